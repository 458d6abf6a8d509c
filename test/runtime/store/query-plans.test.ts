import type { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { createInProcessSqlite } from '../../support/sqlite-in-process.ts';
import { histories, play } from '../../support/store-histories.ts';
import { epoch } from '../../support/store-records.ts';

/** Every SQL text that histories run. */
async function textsOfHistories(): Promise<{ database: DatabaseSync; texts: ReadonlySet<string> }> {
  const clock = { ms: epoch };
  const { store, database } = createInProcessSqlite({ now: () => clock.ms, outbox: true });
  const texts = new Set<string>();
  const prepare = database.prepare.bind(database);
  database.prepare = (sql, ...more) => {
    texts.add(sql);
    return prepare(sql, ...more);
  };
  for (const moves of fc.sample(histories, { numRuns: 30, seed: 7 })) {
    await play(moves, [store], clock, () => undefined).catch(() => undefined);
  }
  return { database, texts };
}

/** What may look at more than it gives: figures for a metric, and the outbox, which holds only what is not yet published. */
const mayScan = [/^SELECT status, count/, /^SELECT coalesce\(sum/, /FROM outbox/];

/** Partial indexes over what is not ended. */
const ofTheLiving = /INDEX (sessions_claim|work_ready|work_lease|work_dead)/;

describe('the plan of every query', () => {
  it('searches by an index or walks one in order, so that its cost does not grow with what other sessions stored', async () => {
    const { database, texts } = await textsOfHistories();
    const scans: string[] = [];
    for (const sql of texts) {
      if (!/^\s*(SELECT|UPDATE|DELETE|INSERT)/.test(sql) || mayScan.some((pattern) => pattern.test(sql.trim()))) continue;
      const steps = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[];
      for (const { detail } of steps) {
        const harmless = ofTheLiving.test(detail) || /VIRTUAL TABLE|CONSTANT ROW/.test(detail);
        if (detail.startsWith('SCAN') && !harmless) scans.push(`${detail}: ${sql}`);
      }
    }
    expect(texts.size).toBeGreaterThan(60);
    expect(scans).toEqual([]);
    database.close();
  });

  it('hands out work in the order of an index, without sorting all that is ready', async () => {
    const { database, texts } = await textsOfHistories();
    const claims = [...texts].filter((sql) => sql.includes('INDEXED BY sessions_claim'));
    expect(claims).toHaveLength(1);
    const steps = database.prepare(`EXPLAIN QUERY PLAN ${claims[0]!}`).all() as { detail: string }[];
    expect(steps.filter(({ detail }) => detail.includes('TEMP B-TREE'))).toEqual([]);
    database.close();
  });
});
