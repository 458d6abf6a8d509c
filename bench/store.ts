/**
 * What a commit of a step (an idea, its vector and assessment, two signals, the next work item) costs in the SQLite store, singly and
 * with 64 at once, beside a bare loop of node:sqlite that inserts the same six texts with the same pragmas, in alternating rounds; and
 * whether it stays the same with many ideas stored. One JSON line a measure.
 *
 *   node bench/store.ts [--rounds 5] [--commits 1500] [--stored 50000] [--folder /tmp]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import { createSqliteStore } from '../runtime/adapters/store/sqlite/index.ts';
import type { StepCommit } from '../runtime/domain/step-commit.ts';
import type { WorkItem } from '../runtime/domain/work.ts';
import type { Store } from '../runtime/ports/store.ts';
import { assessment, creation, deadSignal, idea, levelOf, step, vector, work } from '../test/support/store-records.ts';
import { claimAll } from '../test/support/store-world.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    commits: { type: 'string', default: '1500' },
    stored: { type: 'string', default: '50000' },
    folder: { type: 'string', default: '/tmp' },
  },
});
const [rounds, commits, stored] = [Number(values.rounds), Number(values.commits), Number(values.stored)];
const folder = mkdtempSync(join(values.folder, 'nireon-bench-'));
const say = (measure: Record<string, unknown>): void => console.log(JSON.stringify(measure));
const round1 = (x: number): number => Math.round(x * 100) / 100;
const middle = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]!;
const spread = (list: readonly number[]) => ({
  median: round1(middle(list)),
  least: round1(Math.min(...list)),
  most: round1(Math.max(...list)),
});
const quantile = (list: readonly number[], q: number): number =>
  round1([...list].sort((a, b) => a - b)[Math.floor(q * (list.length - 1))]!);

const text = 'A text as long as ideas are: what it does, with what means, and why it should serve the objective. '.repeat(4);
const values384 = Array.from({ length: 384 }, (_, i) => Math.sin(i));
let made = 0;

function stepOf(item: WorkItem): StepCommit {
  const { id, sessionId } = item;
  const ideaId = `idea${++made}`;
  return step(item, {
    ideas: [idea(sessionId, ideaId, { workId: id, text })],
    vectors: [vector(ideaId, values384)],
    assessments: [assessment(ideaId, `${ideaId}/a`, { workId: id })],
    signals: [deadSignal(sessionId, `${ideaId}/s0`), deadSignal(sessionId, `${ideaId}/s1`)],
    work: [work(sessionId, `${ideaId}/w`, { input: { text }, frameId: levelOf(sessionId) })],
  });
}

/** Commits so many steps, `atOnce` under way at any time; the time of each in milliseconds. */
async function committed(store: Store, count: number, atOnce: number): Promise<{ perSecond: number; eachMs: number[] }> {
  const eachMs: number[] = [];
  let spent = 0;
  for (let done = 0; done < count; done += atOnce) {
    const steps = (await claimAll(store, { limit: atOnce, leaseMs: 600_000 })).map(({ item }) => stepOf(item));
    const start = performance.now();
    await Promise.all(
      steps.map(async (one) => {
        const began = performance.now();
        await store.commit(one);
        eachMs.push(performance.now() - began);
      }),
    );
    spent += performance.now() - start;
  }
  return { perSecond: (eachMs.length / spent) * 1000, eachMs };
}

/** Transactions of six inserts of the texts of a step, `grouped` steps in each. */
function bareLoop(file: string): (count: number, grouped: number) => number {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536');
  database.exec('CREATE TABLE IF NOT EXISTS bare (id TEXT PRIMARY KEY, record TEXT, elements BLOB) STRICT');
  const insert = database.prepare('INSERT INTO bare VALUES (?, ?, ?)');
  const item = { id: 'w', sessionId: 'ses_0', attempt: 1 } as WorkItem;
  let ids = 0;
  return (count, grouped) => {
    const one = stepOf(item);
    const records = [...one.ideas, ...one.assessments, ...one.signals, ...one.work].map((record) => JSON.stringify(record));
    const elements = Buffer.from(one.vectors[0]!.values.buffer);
    const start = performance.now();
    for (let done = 0; done < count; done += grouped) {
      database.exec('BEGIN IMMEDIATE');
      for (let i = 0; i < grouped; i++) {
        for (const record of records) insert.run(`id${++ids}`, record, null);
        insert.run(`id${++ids}`, null, elements);
      }
      database.exec('COMMIT');
    }
    return (count / (performance.now() - start)) * 1000;
  };
}

async function openWith(file: string, sessions: number): Promise<Store> {
  const store = await createSqliteStore({ file: join(folder, file) });
  for (let i = 0; i < sessions; i++) {
    await store.createSession(creation({ id: `ses_${file.slice(0, -3)}${i}`, policy: { maxParallel: 64 }, labels: {} }));
  }
  return store;
}

const store = await openWith('rates.db', 64);
const bare = bareLoop(join(folder, 'bare.db'));
for (const atOnce of [1, 64]) {
  const ours: number[] = [];
  const ratios: number[] = [];
  const times: number[] = [];
  await committed(store, commits / 5, atOnce);
  bare(commits / 5, atOnce);
  for (let round = 0; round < rounds; round++) {
    const { perSecond, eachMs } = await committed(store, commits, atOnce);
    const peer = bare(commits, atOnce);
    ours.push(perSecond);
    ratios.push(perSecond / peer);
    times.push(...eachMs);
  }
  say({ measure: 'commits/s', atOnce, ...spread(ours) });
  say({ measure: 'commits/s, ratio to bare node:sqlite inserts', atOnce, ...spread(ratios) });
  say({ measure: 'commit ms', atOnce, p50: quantile(times, 0.5), p99: quantile(times, 0.99) });
}
await store.close();

/** Sessions of 15 ideas each, ended like real ones. */
async function fill(into: Store, ideas: number, prefix: string): Promise<void> {
  const perSession = 15;
  for (let first = 0; first < ideas; first += perSession * 64) {
    const ids = Array.from(
      { length: Math.min(64, Math.ceil((ideas - first) / perSession)) },
      (_, i) => `ses_${prefix}${first / perSession + i}`,
    );
    await Promise.all(ids.map((id) => into.createSession(creation({ id, policy: { maxParallel: 64 } }))));
    for (let i = 0; i < perSession; i++) {
      const items = await claimAll(into, { limit: ids.length, leaseMs: 600_000 });
      await Promise.all(
        items.map(({ item }) => {
          const one = stepOf(item);
          return into.commit(i < perSession - 1 ? one : ended(one));
        }),
      );
    }
  }
}
const ended = (one: StepCommit): StepCommit => {
  const { sessionId } = one;
  const summary = { levelFrameId: levelOf(sessionId), work: [], frames: [] };
  return { ...one, work: [], closes: summary, ends: { signal: { ...deadSignal(sessionId, `${sessionId}/end`) }, reason: 'depth-reached' } };
};

const [few, many] = [await createSqliteStore({ file: join(folder, 'few.db') }), await createSqliteStore({ file: join(folder, 'many.db') })];
await fill(few, 1000, 'few');
await fill(many, stored, 'many');
const grown: Record<string, number[]> = { 'claim and commit, ms': [], 'visible of a new session, ms': [], 'stats, ms': [] };
const base: Record<string, number[]> = { 'claim and commit, ms': [], 'visible of a new session, ms': [], 'stats, ms': [] };
for (let round = 0; round < rounds; round++) {
  for (const [into, into2, name] of [
    [few, base, 'few'],
    [many, grown, 'many'],
  ] as const) {
    const id = `ses_${name}-round${round}`;
    await into.createSession(creation({ id }));
    const start = performance.now();
    for (let i = 0; i < 200; i++) {
      const [claimed] = await claimAll(into, { limit: 1 });
      await into.commit(stepOf(claimed!.item));
    }
    into2['claim and commit, ms']!.push((performance.now() - start) / 200);
    const reading = performance.now();
    for (let i = 0; i < 20; i++) await into.visible(id, { round: 2, fromRound: 0, chain: [] });
    into2['visible of a new session, ms']!.push((performance.now() - reading) / 20);
    const counting = performance.now();
    for (let i = 0; i < 5; i++) await into.stats();
    into2['stats, ms']!.push((performance.now() - counting) / 5);
    await into.stopSession(id, 'cancelled');
    const [last] = await claimAll(into, { limit: 1 });
    await into.commit(ended({ ...stepOf(last!.item), ideas: [], vectors: [], assessments: [] }));
  }
}
for (const measure of Object.keys(base)) {
  say({
    measure,
    with1000ideas: spread(base[measure]!),
    [`with${stored}ideas`]: spread(grown[measure]!),
    ratio: round1(middle(grown[measure]!) / middle(base[measure]!)),
  });
}
await few.close();
await many.close();
rmSync(folder, { recursive: true, force: true });
