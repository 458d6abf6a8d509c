import type { RuntimeConfig } from '../config.ts';
import { busKind } from '../config-bus.ts';
import { storeKind } from '../config-store.ts';
import { hasCode } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Observe } from '../ports/observer.ts';
import type { Store } from '../ports/store.ts';

/**
 * The store of these settings. `read` takes no lock and changes nothing. Rejects with what the adapters say: STORE_MISSING, STORE_LOCKED,
 * STORE_TOO_NEW, STORE_TOO_OLD, STORE_DENIED, STORE_UNTRUSTED, STORE_READ_ONLY, STORE_UNREACHABLE.
 */
export async function openStore({ bus, store }: RuntimeConfig, access: 'read' | 'write'): Promise<Store> {
  // What such a bus has not taken must outlive this process.
  const outbox = busKind(bus, store) === 'kafka';
  if (storeKind(store) === 'postgres') {
    const { createPostgresStore } = await import('../adapters/store/postgres/index.ts');
    const { postgresAddress } = await import('./postgres-address.ts');
    const { poolSize } = store.postgres;
    return createPostgresStore({ address: await postgresAddress(store.postgres), poolSize, readOnly: access === 'read', outbox });
  }
  const { file } = store.sqlite;
  if (file === ':memory:') {
    const { createMemoryStore } = await import('../adapters/store/memory/index.ts');
    return createMemoryStore({ now: Date.now, outbox });
  }
  const { createSqliteStore } = await import('../adapters/store/sqlite/index.ts');
  return createSqliteStore({ file, readOnly: access === 'read', outbox });
}

const pauseMs = 1000;

/** The store for writing, as soon as it answers. Rejects as openStore does, with STORE_UNREACHABLE only after the abort. */
export async function awaitStore(
  config: RuntimeConfig,
  { clock, observe, abort }: { clock: Clock; observe: Observe; abort: AbortSignal },
): Promise<Store> {
  const began = clock.nowMs();
  for (let isLost = false; ; isLost = true) {
    try {
      const store = await openStore(config, 'write');
      if (isLost) observe({ type: 'store-found', afterMs: clock.nowMs() - began });
      return store;
    } catch (error) {
      if (!hasCode(error, 'STORE_UNREACHABLE') || abort.aborted) throw error;
      if (!isLost) observe({ type: 'store-lost', code: error.code, message: error.message });
      await clock.sleep(pauseMs, abort);
    }
  }
}
