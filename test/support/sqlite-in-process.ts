import { DatabaseSync } from 'node:sqlite';
import { storeCalls, type StoreCall } from '../../runtime/adapters/store/calls.ts';
import { createSqliteCalls } from '../../runtime/adapters/store/sqlite/calls.ts';
import { createConnection } from '../../runtime/adapters/store/sqlite/connection.ts';
import { createDatabase } from '../../runtime/adapters/store/sqlite/database.ts';
import { translated } from '../../runtime/adapters/store/sqlite/failures.ts';
import { answerTogether } from '../../runtime/adapters/store/sqlite/group-commit.ts';
import { migrate } from '../../runtime/adapters/store/sqlite/migrate.ts';
import type { CallMessage } from '../../runtime/adapters/store/sqlite/protocol.ts';
import type { Store } from '../../runtime/ports/store.ts';

/** The SQLite adapter without its file and its thread: the same SQL and the same transactions, fast enough for thousands of histories. */
export function createInProcessSqlite(options: { now: () => number; outbox: boolean }): { store: Store; database: DatabaseSync } {
  const database = new DatabaseSync(':memory:');
  migrate(database, { file: ':memory:', apply: true, nowMs: options.now() });
  const clock = { ms: options.now() };
  const connection = createConnection(database);
  const calls = createSqliteCalls(createDatabase(connection, clock, options.outbox));
  const batch = {
    database,
    run: connection.run,
    writes: ({ call }: CallMessage) => storeCalls[call as StoreCall] === 'writes',
    forgettable: () => false,
    awaitDisk: () => undefined,
    perform(message: CallMessage) {
      clock.ms = message.nowMs;
      return (calls[message.call as StoreCall] as (...args: readonly unknown[]) => unknown)(...message.args);
    },
    translate: (error: unknown) => translated(error, ':memory:'),
  };
  const ask = (call: StoreCall, args: readonly unknown[]): unknown => {
    const [reply] = answerTogether([{ id: 0, call, args: structuredClone(args), nowMs: options.now() }], batch);
    if (reply && 'failure' in reply) throw Object.assign(new Error(reply.failure.message), reply.failure);
    return structuredClone(reply && 'value' in reply ? reply.value : undefined);
  };
  const store = Object.fromEntries(
    (Object.keys(storeCalls) as StoreCall[]).map((call) => [call, async (...args: unknown[]) => ask(call, args)]),
  );
  return { store: store as unknown as Store, database };
}
