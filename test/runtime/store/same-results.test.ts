import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { createMemoryStore } from '../../../runtime/adapters/store/memory/index.ts';
import { createSqliteStore } from '../../../runtime/adapters/store/sqlite/index.ts';
import { startPostgresStores } from '../../support/postgres-stores.ts';
import { createInProcessSqlite } from '../../support/sqlite-in-process.ts';
import { histories, play } from '../../support/store-histories.ts';
import { epoch } from '../../support/store-records.ts';
import { findPostgres } from '../../testbed/postgres.ts';

/** How many histories: more of them by hand. */
const numRuns = Number(process.env['STORE_HISTORIES'] ?? 150);

describe('any history of calls', () => {
  it('has the same results in memory and in SQLite', async () => {
    const counted = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(histories, async (moves) => {
        const clock = { ms: epoch };
        const options = { now: () => clock.ms, outbox: true };
        const sqlite = createInProcessSqlite(options);
        await play(moves, [createMemoryStore(options), sqlite.store], clock, (results, call) => {
          const [memory, other] = results;
          expect({ call, ...other }).toEqual({ call, ...memory });
          const kind = memory && 'code' in memory ? memory.code : ((memory?.value as { kind?: string } | undefined)?.kind ?? 'value');
          counted.set(`${call} ${kind}`, (counted.get(`${call} ${kind}`) ?? 0) + 1);
        });
        sqlite.database.close();
      }),
      { numRuns },
    );
    for (const seen of [
      'commit applied',
      'commit fenced',
      'commit CLOSE_MISMATCH',
      'startEffect recorded',
      'startEffect refused',
      'startEffect waits',
    ]) {
      expect([seen, counted.get(seen) ?? 0]).not.toEqual([seen, 0]);
    }
  }, 120_000);

  it('has them through the thread and the file too', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'nireon-same-'));
    let files = 0;
    await fc.assert(
      fc.asyncProperty(histories, async (moves) => {
        const clock = { ms: epoch };
        const options = { now: () => clock.ms, outbox: true };
        const sqlite = await createSqliteStore({ ...options, file: join(folder, `${++files}.db`) });
        await play(moves, [createMemoryStore(options), sqlite], clock, ([memory, other], call) => {
          expect({ call, ...other }).toEqual({ call, ...memory });
        });
        await sqlite.close();
      }),
      { numRuns: 5 },
    );
    await rm(folder, { recursive: true, force: true });
  }, 120_000);

  (findPostgres() === undefined ? it.skip : it)(
    'has them in PostgreSQL too',
    async () => {
      const stores = await startPostgresStores();
      const alike = fc.asyncProperty(histories, async (moves) => {
        const clock = { ms: epoch };
        const options = { now: () => clock.ms, outbox: true };
        const store = await stores.open(await stores.schema(), options);
        await play(moves, [createMemoryStore(options), store], clock, ([memory, other], call) => {
          expect({ call, ...other }).toEqual({ call, ...memory });
        });
        await stores.closeAll();
      });
      await fc.assert(alike, { numRuns: Number(process.env['STORE_HISTORIES'] ?? 6) }).finally(() => stores.stop());
    },
    120_000,
  );
});
