/**
 * What four times the processes do: 64 sessions at once over one PostgreSQL (fsync on) and a model that answers after 200 ms over HTTP, by one
 * generator and one evaluator process, and by four of each, every one with the same few places for work, in alternating rounds. Calls of
 * the model that were answered a second, and how much of the machine's CPU was idle meanwhile: with less than a tenth of it idle the
 * processes wait for the CPU, not for the model, and the round says nothing of the engine. One JSON line a measure.
 *
 *   node bench/scale.ts [--rounds 3] [--concurrency 2] [--seconds 20]
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startCountingProvider } from '../test/chaos/load.ts';
import { startServing } from '../test/chaos/serving.ts';
import { startPostgresStores } from '../test/support/postgres-stores.ts';
import { judge, quantile, rounded, say, spread } from './support/measure.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    concurrency: { type: 'string', default: '2' },
    seconds: { type: 'string', default: '20' },
  },
});
const [rounds, concurrency, seconds] = [Number(values.rounds), Number(values.concurrency), Number(values.seconds)];
const roles = [
  { NIREON_ROLE: 'generator', NIREON_MECHANISMS: 'explorer,catalyst,planner,stagnation' },
  { NIREON_ROLE: 'evaluator', NIREON_MECHANISMS: 'sentinel,quantifier,proto' },
];
const warmMs = 5000;
const stores = await startPostgresStores({ fsync: true });
const folder = await mkdtemp(join(tmpdir(), 'nireon-scale-'));

/** Idle and all time of the machine's CPUs since it started, in ticks. */
async function cpu(): Promise<{ idle: number; all: number }> {
  const [, ...ticks] = (await readFile('/proc/stat', 'utf8')).split('\n')[0]!.split(/\s+/).map(Number);
  return { idle: ticks[3]! + ticks[4]!, all: ticks.slice(0, 8).reduce((sum, n) => sum + n, 0) };
}

async function measured(ofEach: number): Promise<{ perSecond: number; idle: number }> {
  const provider = await startCountingProvider(() => 200);
  const schema = await stores.schema();
  const { host, port, user } = stores.server;
  const config = join(folder, 'nireon.json');
  const url = `postgres://${user}@${host}:${port}/postgres`;
  await writeFile(config, JSON.stringify({ ...provider.config, store: { postgres: { url, schema } }, worker: { concurrency } }));
  const starts = roles.flatMap((env, role) => Array.from({ length: ofEach }, (_, n) => ({ config, env, pod: `pod-${role}-${n}` })));
  const processes = await Promise.all(starts.map(startServing));
  for (let n = 0; n < 64; n++) {
    await processes[n % processes.length]!.create({
      ...{ id: `ses_chaos${n}`, objective: `Find the way in exploration number ${n}.`, seeds: ['A seed to grow from.'] },
      policy: { depth: 20, rounds: 100, variations: 4, experiments: false, targetTrust: 10 },
      limits: { llmCalls: 2000 },
    });
  }
  const calls = (): number => [...provider.asked.values()].reduce((sum, n) => sum + n, 0);
  await sleep(warmMs);
  const [before, from, began] = [await cpu(), calls(), performance.now()];
  await sleep(seconds * 1000);
  const [after, to, ended] = [await cpu(), calls(), performance.now()];
  await Promise.all(processes.map((one) => one.kill()));
  await provider.close();
  return { perSecond: ((to - from) / (ended - began)) * 1000, idle: (after.idle - before.idle) / (after.all - before.all) };
}

const seen = { one: [] as number[], four: [] as number[], efficiency: [] as number[], idle: [] as number[] };
try {
  for (let round = 0; round < rounds; round++) {
    const [one, four] = [await measured(1), await measured(4)];
    seen.one.push(one.perSecond);
    seen.four.push(four.perSecond);
    seen.efficiency.push(four.perSecond / (4 * one.perSecond));
    seen.idle.push(four.idle);
  }
} finally {
  await stores.stop();
  await rm(folder, { recursive: true });
}
say({ bench: 'scale', measure: 'calls/s, 1 generator and 1 evaluator', concurrency, ...spread(seen.one) });
say({ bench: 'scale', measure: 'calls/s, 4 generators and 4 evaluators', concurrency, ...spread(seen.four) });
say({ bench: 'scale', measure: 'efficiency', ...spread(seen.efficiency) });
const idle = quantile(seen.idle, 0.5);
say({ bench: 'scale', measure: 'share of the CPU that was idle with 4 and 4', ...spread(seen.idle), cpuBound: idle < 0.1 });
judge('throughput of 4 and 4 processes by 4 times that of 1 and 1', rounded(quantile(seen.efficiency, 0.5)), { atLeast: 0.9 });
