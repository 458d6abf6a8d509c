import { messageOf, NireonError } from '../../../domain/errors.ts';
import type { Store } from '../../../ports/store.ts';
import type { PostgresAddress } from './address.ts';
import { createClaims } from './claims.ts';
import { createCommit } from './commit.ts';
import { openPool } from './database.ts';
import { createDeadWork } from './dead-work.ts';
import { createEffects } from './effects.ts';
import { translated } from './failures.ts';
import { checkSchema, schemaState } from './migrate.ts';
import { createReads } from './reads.ts';
import { createRetention } from './retention.ts';
import { createSessions } from './sessions.ts';
import { stats } from './stats.ts';
import { createVisible } from './visible.ts';

export interface PostgresStoreOptions {
  readonly address: PostgresAddress;
  /** Most connections that are open at once. */
  readonly poolSize: number;
  /** Milliseconds since 1970: the store's clock. That of the database unless said. */
  readonly now?: () => number;
  /** Whether signals are kept until the bus has them. Not, unless said. */
  readonly outbox?: boolean;
  /** Changes nothing; writing calls throw STORE_READ_ONLY. */
  readonly readOnly?: boolean;
}

/** As long as a health check may take. */
const healthMs = 45;

/**
 * The store in a schema of a PostgreSQL (14 or newer) database, for any number of processes. It never migrates: that is `nireon migrate`.
 * Rejects with STORE_UNREACHABLE, STORE_DENIED, STORE_UNTRUSTED, STORE_DATABASE_MISSING, STORE_READ_ONLY, STORE_TOO_OLD, STORE_TOO_NEW. Calls
 * outlast a restart of the database as STORE_UNREACHABLE: the next one connects anew. The caller closes it.
 */
export async function createPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  const { address, poolSize, now, readOnly = false, outbox = false } = options;
  const { database: db, trust, close } = openPool(address, { poolSize, readOnly, keepsOutbox: outbox, now: () => now?.() ?? null });
  let schemaVersion: number;
  try {
    const state = await schemaState(db, address.schema);
    checkSchema(state, address);
    if (!readOnly) await needWritable(db, address);
    schemaVersion = state.version;
    trust();
  } catch (error) {
    await close();
    throw translated(error, address);
  }

  const place = `PostgreSQL at ${address.host}:${address.port}`;
  const underWay = new Set<Promise<unknown>>();
  let closing: Promise<void> | undefined;
  /** The pool would leave those without an answer that wait for a connection. */
  async function closeAfterAll(): Promise<void> {
    await Promise.allSettled(underWay);
    await close();
  }
  const store: Store = {
    ...createSessions(db),
    ...createClaims(db),
    ...createCommit(db),
    ...createDeadWork(db),
    ...createEffects(db),
    ...createReads(db),
    ...createVisible(db),
    ...createRetention(db),
    stats: () => stats(db),
    name: 'postgres',
    async health() {
      // While others get answers it needs none of its own: a busy pool is not a silent database.
      if (db.sinceAnswerMs() < 1000) return { ok: true, detail: place, schemaVersion };
      const late = Promise.withResolvers<string>();
      const timer = setTimeout(() => late.resolve(`no answer for ${healthMs} ms`), healthMs);
      const answer = db.all('SELECT').then(() => '', messageOf);
      const problem = await Promise.race([late.promise, answer]).finally(() => clearTimeout(timer));
      return { ok: problem === '', detail: problem || place, schemaVersion };
    },
    close: () => (closing ??= closeAfterAll()),
  };
  const unlessClosed =
    (call: (...args: never[]) => Promise<unknown>) =>
    async (...args: never[]): Promise<unknown> => {
      if (closing) throw new NireonError('STORE_CLOSED');
      const answer = call(...args);
      underWay.add(answer);
      return answer.finally(() => underWay.delete(answer));
    };
  const calls = Object.entries(store).filter(([name, value]) => typeof value === 'function' && name !== 'close');
  return { ...store, ...Object.fromEntries(calls.map(([name, call]) => [name, unlessClosed(call as never)])) };
}

async function needWritable(db: { one<Row>(sql: string): Promise<Row | undefined> }, { host, port }: PostgresAddress): Promise<void> {
  const found = await db.one<{ read_only: boolean }>(
    `SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean AS read_only`,
  );
  if (found?.read_only === true) {
    throw new NireonError(
      'STORE_READ_ONLY',
      `PostgreSQL at ${host}:${port} only lets itself be read: it is a standby, or read-only by its settings; point store.postgres at the primary`,
    );
  }
}
