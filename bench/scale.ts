/**
 * What four times the processes do: 64 sessions at once over one PostgreSQL (fsync on) and a model that answers after 200 ms over HTTP, by one
 * generator and one evaluator process, and by four of each, every one with the same few places for work, in alternating rounds. How long
 * they take until all sessions are finished, and how much of the machine's CPU was idle meanwhile: with less than a tenth of it idle the
 * processes wait for the CPU, not for the model, and the round says nothing of the engine. One JSON line a measure.
 *
 *   node bench/scale.ts [--rounds 3] [--concurrency 1] [--sessions 64]
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { kindOfSession, startCountingProvider } from '../test/chaos/load.ts';
import { startServing } from '../test/chaos/serving.ts';
import { startPostgresStores } from '../test/support/postgres-stores.ts';
import { judge, quantile, rounded, say, spread } from './support/measure.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    concurrency: { type: 'string', default: '1' },
    sessions: { type: 'string', default: '64' },
  },
});
const [rounds, concurrency, sessions] = [Number(values.rounds), Number(values.concurrency), Number(values.sessions)];
const roles = [
  { NIREON_ROLE: 'generator', NIREON_MECHANISMS: 'explorer,catalyst,planner,stagnation' },
  { NIREON_ROLE: 'evaluator', NIREON_MECHANISMS: 'sentinel,quantifier,proto' },
];
const stores = await startPostgresStores({ fsync: true });
const folder = await mkdtemp(join(tmpdir(), 'nireon-scale-'));

/** Idle and all time of the machine's CPUs since it started, in ticks. */
async function cpu(): Promise<{ idle: number; all: number }> {
  const [, ...ticks] = (await readFile('/proc/stat', 'utf8')).split('\n')[0]!.split(/\s+/).map(Number);
  return { idle: ticks[3]! + ticks[4]!, all: ticks.slice(0, 8).reduce((sum, n) => sum + n, 0) };
}

interface Run {
  readonly seconds: number;
  readonly calls: number;
  readonly idle: number;
}

async function measured(ofEach: number): Promise<Run> {
  const provider = await startCountingProvider(() => 200);
  const schema = await stores.schema();
  const store = await stores.open(schema, { poolSize: 1 });
  const { host, port, user } = stores.server;
  const config = join(folder, 'nireon.json');
  const url = `postgres://${user}@${host}:${port}/postgres`;
  await writeFile(config, JSON.stringify({ ...provider.config, store: { postgres: { url, schema } }, worker: { concurrency } }));
  const starts = roles.flatMap((env, role) => Array.from({ length: ofEach }, (_, n) => ({ config, env, pod: `pod-${role}-${n}` })));
  const processes = await Promise.all(starts.map(startServing));
  const [before, began] = [await cpu(), performance.now()];
  for (let n = 0; n < sessions; n++) await processes[n % processes.length]!.create(kindOfSession(n));
  for (;;) {
    const { running, stopping } = (await store.stats()).sessions;
    if (running + stopping === 0) break;
    await sleep(100);
  }
  const [after, ended] = [await cpu(), performance.now()];
  await Promise.all(processes.map((one) => one.stop()));
  await provider.close();
  await store.close();
  const calls = [...provider.asked.values()].reduce((sum, n) => sum + n, 0);
  return { seconds: (ended - began) / 1000, calls, idle: (after.idle - before.idle) / (after.all - before.all) };
}

const one: Run[] = [];
const four: Run[] = [];
try {
  for (let round = 0; round < rounds; round++) {
    one.push(await measured(1));
    four.push(await measured(4));
  }
} finally {
  await stores.stop();
  await rm(folder, { recursive: true });
}
for (const [name, runs] of Object.entries({ '1 and 1': one, '4 and 4': four })) {
  const [seconds, idle] = [runs.map((run) => run.seconds), spread(runs.map((run) => run.idle))];
  say({ bench: 'scale', measure: `seconds for ${sessions} sessions, processes: ${name}`, concurrency, ...spread(seconds) });
  say({ bench: 'scale', measure: `idle share of the CPU, processes: ${name}`, ...idle, cpuBound: idle.median < 0.1 });
  say({
    bench: 'scale',
    measure: `calls of the model a second, processes: ${name}`,
    ...spread(runs.map((run) => run.calls / run.seconds)),
  });
}
const efficiency = one.map((run, round) => run.seconds / (4 * four[round]!.seconds));
say({ bench: 'scale', measure: 'efficiency', ...spread(efficiency) });
judge('pace of 4 and 4 processes by 4 times that of 1 and 1', rounded(quantile(efficiency, 0.5)), { atLeast: 0.9 });
