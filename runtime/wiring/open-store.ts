import type { RuntimeConfig } from '../config.ts';
import type { Store } from '../ports/store.ts';

/** The store of these settings. `read` takes no lock and changes nothing. STORE_MISSING, STORE_LOCKED, STORE_TOO_NEW. */
export async function openStore({ store }: RuntimeConfig, access: 'read' | 'write'): Promise<Store> {
  const { file } = store.sqlite;
  if (file === ':memory:') {
    const { createMemoryStore } = await import('../adapters/store/memory/index.ts');
    return createMemoryStore({ now: Date.now, outbox: false });
  }
  const { createSqliteStore } = await import('../adapters/store/sqlite/index.ts');
  return createSqliteStore({ file, readOnly: access === 'read' });
}
