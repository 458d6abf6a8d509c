import fc from 'fast-check';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startPostgresStores } from '../../support/postgres-stores.ts';
import { histories, play } from '../../support/store-histories.ts';
import { epoch } from '../../support/store-records.ts';
import { findPostgres } from '../../testbed/postgres.ts';

/** What reads a whole table on purpose: the figures of all sessions, and lists of all. */
const onPurpose = [/^SELECT status, count\(\*\) AS n FROM sessions/, /^SELECT coalesce\(sum\(ideas - scored\)/];
/** Indexes over what is not ended, which is little. */
const ofTheLiving = /using (sessions_open|sessions_finished|sessions_prune|work_ready|work_running|work_dead|outbox_age)/;

/** Whether a plan reads a table, or an index, from one end to the other: it does unless the index's first column is known. */
function walks(plan: string, firstColumns: ReadonlyMap<string, string>): boolean {
  const lines = plan.split('\n');
  return lines.some((line, i) => {
    if (/Seq Scan on/.test(line)) return true;
    const index = /Index Scan (?:Backward )?(?:using|on) (\w+)|Index Only Scan (?:Backward )?using (\w+)/.exec(line);
    const column = firstColumns.get(index?.[1] ?? index?.[2] ?? '');
    if (column === undefined || ofTheLiving.test(line)) return false;
    const condition = /Index Cond: (.*)/.exec(lines[i + 1] ?? '')?.[1] ?? '';
    return !new RegExp(`\\b${column}\\b`).test(condition);
  });
}

describe('the statements of the PostgreSQL store', () => {
  (findPostgres() === undefined ? it.skip : it)(
    'each find their rows by an index, those within functions too',
    async () => {
      const explained = {
        session_preload_libraries: 'auto_explain',
        'auto_explain.log_min_duration': '0',
        'auto_explain.log_nested_statements': 'on',
      };
      const stores = await startPostgresStores({ fsync: false, settings: explained });
      try {
        const schema = await stores.schema();
        const clock = { ms: epoch };
        const store = await stores.open(schema, { now: () => clock.ms, outbox: true });
        for (const moves of fc.sample(histories, { numRuns: 30, seed: 7 })) await play(moves, [store], clock, () => undefined);
        await stores.closeAll();
        const plans = (await readFile(join(stores.server.folder, 'log'), 'utf8')).split(/ LOG: {2}duration: /).slice(1);
        const indexes = await stores.server.sql<{ name: string; definition: string }>(
          `SELECT indexname AS name, indexdef AS definition FROM pg_indexes WHERE schemaname = '${schema}'`,
        );
        const firstColumns = new Map(indexes.map(({ name, definition }) => [name, /\((\w+)/.exec(definition)![1]!]));
        const scanned = plans
          .filter((plan) => !plan.includes('schema_version') && walks(plan, firstColumns))
          .map((plan) => /Query Text: ([^]*?)\n\t(?=\w.*\(cost)/.exec(plan)?.[1]?.trim() ?? plan)
          .filter((query) => !onPurpose.some((purpose) => purpose.test(query)));
        expect([...new Set(scanned)]).toEqual([]);
        for (const known of ['commit_step', 'claim_work', 'rank_ideas', 'INSERT INTO journal', 'UPDATE budgets', 'UPDATE journal']) {
          expect([known, plans.some((plan) => plan.includes(known))]).toEqual([known, true]);
        }
      } finally {
        await stores.stop();
      }
    },
    60_000,
  );
});
