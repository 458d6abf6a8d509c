/**
 * What a commit of a step costs in the PostgreSQL store, singly and with 16 and 64 at once over 64 sessions, beside a bare client that
 * inserts the same seven records with one statement, on the same server (fsync on), in alternating rounds; how many claims and whole
 * steps (claim, then commit) a second 16 loops make; and whether it stays so with many ideas stored. One JSON line a measure.
 *
 *   node bench/store-postgres.ts [--rounds 5] [--commits 1000] [--stored 20000]
 */
import { parseArgs } from 'node:util';
import pg from 'pg';
import type { StepCommit } from '../runtime/domain/step-commit.ts';
import type { WorkItem } from '../runtime/domain/work.ts';
import type { Store } from '../runtime/ports/store.ts';
import { startPostgresStores } from '../test/support/postgres-stores.ts';
import { assessment, creation, deadSignal, idea, levelOf, step, vector, work } from '../test/support/store-records.ts';
import { claimAll } from '../test/support/store-world.ts';
import { quantile, say, spread } from './support/measure.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    commits: { type: 'string', default: '1000' },
    stored: { type: 'string', default: '20000' },
  },
});
const [rounds, commits, stored] = [Number(values.rounds), Number(values.commits), Number(values.stored)];
const text = 'A text as long as ideas are: what it does, with what means, and why it should serve the objective. '.repeat(4);
const values384 = Array.from({ length: 384 }, (_, i) => Math.sin(i));
let made = 0;

/** An idea, its vector and assessment, two signals, the next work item. */
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

/** Does so many, `atOnce` under way at any time; the rate, and the time of each in milliseconds. */
async function timed(count: number, atOnce: number, one: () => Promise<unknown>): Promise<{ perSecond: number; eachMs: number[] }> {
  const eachMs: number[] = [];
  let left = count;
  const start = performance.now();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (left-- > 0) {
        const began = performance.now();
        await one();
        eachMs.push(performance.now() - began);
      }
    }),
  );
  return { perSecond: (count / (performance.now() - start)) * 1000, eachMs };
}

async function claimed(store: Store, count: number): Promise<WorkItem[]> {
  const items: WorkItem[] = [];
  while (items.length < count)
    items.push(...(await claimAll(store, { limit: Math.min(64, count - items.length), leaseMs: 3_600_000 })).map(({ item }) => item));
  return items;
}

const stores = await startPostgresStores({ fsync: true, settings: { shared_buffers: '128MB' } });
const { server } = stores;
const sessionsOf = async (store: Store, name: string, count: number): Promise<void> => {
  for (let i = 0; i < count; i++)
    await store.createSession(creation({ id: `ses_${name}${i}`, policy: { maxParallel: 64 }, work: lined(`ses_${name}${i}`) }));
};
/** Items enough for rounds that claim before they commit. */
const lined = (sessionId: string) =>
  Array.from({ length: Math.ceil(commits / 32) }, (_, i) => work(sessionId, `${sessionId}/line${i}`, { input: { text } }));

const schema = await stores.schema();
const store = await stores.open(schema, { poolSize: 16 });
await sessionsOf(store, 'rate', 64);

const peer = new pg.Pool({ host: server.host, port: server.port, user: server.user, database: 'postgres', max: 16 });
await server.sql('CREATE TABLE bare (id text PRIMARY KEY, record text, elements bytea)');
const peerStep = (): Promise<unknown> => {
  const one = stepOf({ id: 'w', sessionId: 'ses_0', attempt: 1 } as WorkItem);
  const records = [...one.ideas, ...one.assessments, ...one.signals, ...one.work].map((record) => JSON.stringify(record));
  return peer.query({
    name: 'bare',
    text: 'INSERT INTO bare SELECT $1::text || place, record, NULL::bytea FROM unnest($2::text[]) WITH ORDINALITY AS r(record, place) UNION ALL SELECT $1, NULL, $3::bytea',
    values: [`id${++made}/`, records, Buffer.from(one.vectors[0]!.values.buffer)],
  });
};

for (const atOnce of [1, 16, 64]) {
  const ours: number[] = [];
  const ratios: number[] = [];
  const times: number[] = [];
  const count = atOnce === 1 ? Math.ceil(commits / 4) : commits;
  for (let round = -1; round < rounds; round++) {
    const steps = (await claimed(store, count)).map(stepOf);
    const { perSecond, eachMs } = await timed(count, atOnce, () => store.commit(steps.pop()!));
    const bare = await timed(count, atOnce, peerStep);
    if (round < 0) continue;
    ours.push(perSecond);
    ratios.push(perSecond / bare.perSecond);
    times.push(...eachMs);
  }
  say({ measure: 'PostgreSQL commits/s', atOnce, ...spread(ours) });
  say({ measure: 'PostgreSQL commits/s, ratio to one bare INSERT of the same records', atOnce, ...spread(ratios) });
  say({ measure: 'PostgreSQL commit ms', atOnce, p50: quantile(times, 0.5), p99: quantile(times, 0.99) });
}

await peer.end();

/** Whole steps of 16 loops, as workers make them that claim one item at a time; and claims in batches of 8 by 4 loops. */
async function stepsPerSecond(on: Store, count: number): Promise<number> {
  const { perSecond } = await timed(count, 16, async () => {
    const [one] = await claimed(on, 1);
    await on.commit(stepOf(one!));
  });
  return perSecond;
}
async function claimsPerSecond(on: Store, count: number): Promise<number> {
  const taken: WorkItem[] = [];
  const { perSecond } = await timed(count / 8, 4, async () => taken.push(...(await claimed(on, 8))));
  await timed(taken.length, 16, () => on.commit(stepOf(taken.pop()!)));
  return perSecond * 8;
}
const rates: Record<string, number[]> = {
  'PostgreSQL steps/s (claim and commit), 16 loops': [],
  'PostgreSQL claims/s in batches of 8, 4 loops': [],
};
for (let round = -1; round < rounds; round++) {
  const measured = [await stepsPerSecond(store, commits), await claimsPerSecond(store, commits)];
  if (round >= 0) Object.values(rates).forEach((list, at) => list.push(measured[at]!));
}
for (const [measure, list] of Object.entries(rates)) say({ measure, ...spread(list) });

const few = await stores.open(await stores.schema(), { poolSize: 16 });
await sessionsOf(few, 'few', 64);
for (let round = 0; made < stored && round < 1000; round++) await stepsPerSecond(store, 1000);
const [withFew, withMany]: [number[], number[]] = [[], []];
for (let round = -1; round < rounds; round++) {
  const pair = [await stepsPerSecond(few, commits / 4), await stepsPerSecond(store, commits / 4)] as const;
  if (round < 0) continue;
  withFew.push(pair[0]);
  withMany.push(pair[1]);
}
const ratio = withMany.map((many, at) => many / withFew[at]!);
say({ measure: `PostgreSQL steps/s with ${made} ideas stored, ratio to few`, ...spread(ratio) });
await stores.stop();
