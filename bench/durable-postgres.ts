/**
 * Durable steps a second on one PostgreSQL (fsync on), 16 at once over 16 connections, beside what others make durable, in alternating
 * rounds. A step runs once, keeps a result of 600 characters and sets off the next:
 *
 *   NIREON           claim; reserve and journal of one call and its result; commit with a signal and the next item: four transactions
 *   DBOS             a step of a workflow of three, its result checkpointed; the workflow's begin and end are shared by them
 *   graphile-worker  a job that inserts its result and adds the next job, by two statements; its queue ends it
 *
 * and the rate at which items that do nothing are handed out and ended: NIREON, graphile-worker, and pg-boss, which fetches and completes
 * in batches of 8. One JSON line a measure.
 *
 *   npm ci --prefix bench && node bench/durable-postgres.ts [--rounds 5] [--steps 1000]
 */
import { DBOS } from '@dbos-inc/dbos-sdk';
import { Logger, run, type Runner, type TaskList } from 'graphile-worker';
import pg from 'pg';
import { PgBoss } from 'pg-boss';
import { parseArgs } from 'node:util';
import type { WorkItem } from '../runtime/domain/work.ts';
import { startPostgresStores } from '../test/support/postgres-stores.ts';
import { creation, deadSignal, effect, levelOf, settlement, step, work } from '../test/support/store-records.ts';
import { claimAll } from '../test/support/store-world.ts';
import { judge, quantile, say, spread } from './support/measure.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' }, steps: { type: 'string', default: '1000' } } });
const [rounds, steps] = [Number(values.rounds), Number(values.steps)];
const atOnce = 16;
const text = 'A result as long as a short answer of a model is. '.repeat(12);
const stores = await startPostgresStores({ fsync: true, settings: { shared_buffers: '256MB' } });
const { host, port, user } = stores.server;
const url = (database: string): string => `postgres://${user}@${host}:${port}/${database}`;
for (const name of ['dbos', 'graphile', 'boss']) await stores.server.sql(`CREATE DATABASE ${name}`);

interface Subject {
  readonly name: string;
  /** Does so many, 16 at once. */
  run(count: number): Promise<void>;
  stop(): Promise<void>;
}

/** So many calls of `one`, 16 at any time. */
async function manyTimes(count: number, one: () => Promise<unknown>): Promise<void> {
  let left = count;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (left-- > 0) await one();
    }),
  );
}

async function nireon(name: string, then: (item: WorkItem) => Promise<void>, batch = 1): Promise<Subject> {
  const limits = { llmCalls: 1_000_000, outputTokens: 1_000_000_000 };
  for (let n = 0; n < 64; n++) {
    const id = `ses_${name}${n}`;
    const lined = Array.from({ length: Math.ceil((steps * (rounds + 2)) / 64) }, (_, i) => work(id, `${id}/w${i}`));
    await store.createSession(creation({ id, policy: { maxParallel: 64 }, limits, work: lined }));
  }
  return {
    name,
    async run(count) {
      let left = count;
      await Promise.all(
        Array.from({ length: atOnce / batch }, async () => {
          while (left > 0) {
            const claimed = await claimAll(store, { limit: Math.min(batch, left), leaseMs: 600_000 });
            left -= claimed.length;
            await Promise.all(claimed.map(({ item }) => then(item)));
          }
        }),
      );
    },
    stop: async () => undefined,
  };
}

/** One step, as the engine makes it. */
async function wholeStep(item: WorkItem): Promise<void> {
  await store.startEffect(effect(item, { request: { prompt: text } }), item.attempt);
  await store.finishEffect(settlement(`${item.id}/vary0`, item.attempt, { result: { text } }));
  const { id, sessionId } = item;
  await store.commit(
    step(item, { signals: [deadSignal(sessionId, `${id}/s`)], work: [work(sessionId, `${id}/n`, { frameId: levelOf(sessionId) })] }),
  );
}
async function noStep(item: WorkItem): Promise<void> {
  await store.commit(step(item));
}

async function dbos(): Promise<Subject> {
  const three = DBOS.registerWorkflow(
    async () => {
      for (let n = 0; n < 3; n++) await DBOS.runStep(() => Promise.resolve(text), { name: 'step' });
    },
    { name: 'three' },
  );
  DBOS.setConfig({
    ...{ name: 'bench', applicationVersion: '1', systemDatabaseUrl: url('dbos'), systemDatabasePoolSize: atOnce, logLevel: 'error' },
  });
  await DBOS.launch();
  return {
    name: 'DBOS',
    run: (count) => manyTimes(count / 3, async () => (await DBOS.startWorkflow(three)()).getResult()),
    stop: () => DBOS.shutdown(),
  };
}

/** A worker of graphile-worker that takes jobs all the time, and how many are to be added before a round is over. */
async function graphile(name: string, schema: string, chained: boolean): Promise<Subject> {
  const pool = new pg.Pool({ connectionString: url('graphile'), max: atOnce });
  pool.on('error', (error) => console.error(error));
  await pool.query(`CREATE TABLE IF NOT EXISTS results (id bigint GENERATED ALWAYS AS IDENTITY, job text, result text)`);
  let [left, toAdd] = [0, 0];
  let over: (() => void) | undefined;
  const taskList: TaskList = {
    async step(_payload, helpers) {
      if (chained) {
        await helpers.query('INSERT INTO results (job, result) VALUES ($1, $2)', [helpers.job.id, text]);
        if (toAdd-- > 0) await helpers.addJob('step', {});
      }
      if (--left === 0) over?.();
    },
  };
  const logger = new Logger(() => () => undefined);
  const runner: Runner = await run({
    pgPool: pool,
    taskList,
    concurrency: atOnce,
    schema,
    logger,
    noHandleSignals: true,
    pollInterval: 100,
  });
  const first = chained ? atOnce : undefined;
  return {
    name,
    async run(count) {
      left = count;
      const begin = first ?? count;
      toAdd = count - begin;
      const ended = new Promise<void>((resolve) => (over = resolve));
      await pool.query(`SELECT ${schema}.add_job('step', json_build_object()) FROM generate_series(1, $1)`, [begin]);
      await ended;
    },
    async stop() {
      await runner.stop();
      await pool.end();
    },
  };
}

async function boss(): Promise<Subject> {
  const queue = new PgBoss({ connectionString: url('boss'), max: atOnce, supervise: false, schedule: false });
  queue.on('error', (error) => console.error(error));
  await queue.start();
  await queue.createQueue('step');
  return {
    name: 'pg-boss',
    async run(count) {
      await queue.insert(
        'step',
        Array.from({ length: count }, () => ({ data: {} })),
      );
      await manyTimes(count / 8, async () => {
        const jobs = await queue.fetch('step', { batchSize: 8 });
        if (jobs.length > 0)
          await queue.complete(
            'step',
            jobs.map(({ id }) => id),
          );
      });
    },
    stop: () => queue.stop({ graceful: false }),
  };
}

/** Each subject in turn, a round to warm up first; the first as a ratio to each of the others, the middle of which is given back. */
async function compare(measure: string, subjects: readonly Subject[]): Promise<ReadonlyMap<string, number>> {
  const seen = new Map(subjects.map((subject) => [subject, [] as number[]]));
  for (let round = -1; round < rounds; round++) {
    for (const subject of subjects) {
      const began = performance.now();
      await subject.run(steps);
      if (round >= 0) seen.get(subject)!.push((steps / (performance.now() - began)) * 1000);
    }
  }
  const [ours, ...peers] = subjects;
  const middle = new Map<string, number>();
  for (const [{ name }, rates] of seen) say({ bench: 'durable', measure, subject: name, ...spread(rates) });
  for (const peer of peers) {
    const ratios = seen.get(ours!)!.map((rate, round) => rate / seen.get(peer)![round]!);
    say({ bench: 'durable', measure: `${measure}, ratio to ${peer.name}`, ...spread(ratios) });
    middle.set(peer.name, quantile(ratios, 0.5));
  }
  for (const subject of subjects) await subject.stop();
  return middle;
}

const store = await stores.open(await stores.schema(), { poolSize: atOnce });
const ratios = await compare('durable steps/s', [
  await nireon('NIREON', wholeStep),
  await dbos(),
  await graphile('graphile-worker', 'chained', true),
]);
judge("steps/s to DBOS' workflows of three steps/s", 3 * ratios.get('DBOS')!, { atLeast: 3 });
judge('steps/s to jobs/s of graphile-worker', ratios.get('graphile-worker')!, { atLeast: 0.7 });
await compare('items that do nothing/s', [
  await nireon('NIREON', noStep),
  await nireon('NIREON, claims of 8', noStep, 8),
  await graphile('graphile-worker', 'idle', false),
  await boss(),
]);
await stores.stop();
