import { NireonError } from '../../../domain/errors.ts';
import type { Store } from '../../../ports/store.ts';
import type { StoreCalls } from '../calls.ts';
import { createClaims } from './claims.ts';
import { createCommit } from './commit.ts';
import { createDatabase, type Database } from './database.ts';
import { createDeadWork } from './dead-work.ts';
import { createEffects } from './effects.ts';
import { createReads } from './reads.ts';
import { createRetention } from './retention.ts';
import { createSessions } from './sessions.ts';
import { stats } from './stats.ts';

export interface MemoryStoreOptions {
  /** Milliseconds since 1970: the store's clock. */
  readonly now: () => number;
  /** Whether signals are kept until the bus has them. */
  readonly outbox: boolean;
}

/** The whole store in one process's memory, for simulations and tests: every promise but durability. Records come frozen. */
export function createMemoryStore(options: MemoryStoreOptions): Store {
  const calls = createCalls(createDatabase(options.now, options.outbox));
  let closed = false;

  /** A call is a transaction of its own, since nothing in it waits and every refusal comes before the first write. */
  const promised = Object.fromEntries(
    Object.entries(calls).map(([name, run]) => [
      name,
      async (...args: never[]): Promise<unknown> => {
        if (closed) throw new NireonError('STORE_CLOSED');
        return (run as (...args: never[]) => unknown)(...args);
      },
    ]),
  ) as unknown as Omit<Store, 'name' | 'health' | 'close'>;

  return {
    ...promised,
    name: 'memory',
    async health() {
      if (closed) throw new NireonError('STORE_CLOSED');
      return { ok: true, detail: 'in memory', schemaVersion: 0 };
    },
    async close() {
      closed = true;
    },
  };
}

const createCalls = (db: Database): StoreCalls => ({
  putBlob(key, content) {
    if (!db.blobs.has(key)) db.blobs.set(key, content.slice());
    return db.blobs.get(key)!.slice();
  },
  getBlob: (key) => db.blobs.get(key)?.slice(),
  ...createSessions(db),
  ...createClaims(db),
  ...createCommit(db),
  ...createDeadWork(db),
  ...createEffects(db),
  ...createReads(db),
  stats: () => stats(db),
  ...createRetention(db),
});
