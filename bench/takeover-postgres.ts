/**
 * How long work that a killed process held lies still, on one PostgreSQL: from SIGKILL until another process has it. NIREON as shipped, in
 * turn with pg-boss by its heartbeats at their shortest (10 s, which needs a worker that beats) and by its shortest expiry (1 s, after
 * which a job that is still at work would be run twice), each looked after every second; and graphile-worker, whose locks end after
 * four hours by a constant in its source: it is watched for half a minute. One JSON line a measure.
 *
 *   npm ci --prefix bench && node bench/takeover-postgres.ts [--rounds 5]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { Logger, run } from 'graphile-worker';
import { PgBoss } from 'pg-boss';
import { kindOfSession, startCountingProvider } from '../test/chaos/load.ts';
import { type LogLine, startServing } from '../test/chaos/serving.ts';
import { startPostgresStores } from '../test/support/postgres-stores.ts';
import { judge, say, spread } from './support/measure.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, peer: { type: 'string' }, url: { type: 'string' } },
});
const watchedMs = 30_000;
const never = new Promise<never>(() => setInterval(() => undefined, 1000));

/** A worker of a peer in a process of its own; it says `has it` when a job came, and never ends it. */
async function work(peer: string, connectionString: string): Promise<void> {
  const hold = (): Promise<never> => {
    console.log('has it');
    return never;
  };
  if (peer === 'graphile-worker') {
    const logger = new Logger(() => () => undefined);
    await run({ connectionString, taskList: { held: hold }, logger, pollInterval: 200, concurrency: 1 });
  } else {
    const boss = new PgBoss({ connectionString, superviseIntervalSeconds: 1, monitorIntervalSeconds: 1, maintenanceIntervalSeconds: 1 });
    await boss.start();
    await boss.work('held', { pollingIntervalSeconds: 0.5, ...(peer === 'heartbeat' ? { heartbeatRefreshSeconds: 2 } : {}) }, hold);
  }
}

interface Held {
  readonly child: ChildProcess;
  readonly has: Promise<void>;
}

function startPeer(peer: string, url: string): Held {
  const child = spawn(process.execPath, [...process.execArgv, import.meta.filename, '--peer', peer, '--url', url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const has = new Promise<void>((resolve) => createInterface({ input: child.stdout }).on('line', (line) => line === 'has it' && resolve()));
  return { child, has };
}

/** Milliseconds until the second worker has the job of the first, which is killed; null if not within the time that is watched. */
async function takenOver(peer: string, url: string, settleMs = 3000): Promise<number | null> {
  const first = startPeer(peer, url);
  await first.has;
  const second = startPeer(peer, url);
  // It begins to look for work, and to look after that of others.
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  first.child.kill('SIGKILL');
  const died = performance.now();
  const taken = second.has.then(() => performance.now() - died);
  const waited = new Promise<null>((resolve) => setTimeout(resolve, watchedMs, null));
  const ms = await Promise.race([taken, waited]);
  second.child.kill('SIGKILL');
  return ms;
}

async function main(): Promise<void> {
  const stores = await startPostgresStores({ fsync: true });
  const { host, port, user } = stores.server;
  let databases = 0;
  const database = async (): Promise<string> => {
    const name = `peer${databases++}`;
    await stores.server.sql(`CREATE DATABASE ${name}`);
    return `postgres://${user}@${host}:${port}/${name}`;
  };

  const peers = {
    async nireon(): Promise<number | null> {
      const provider = await startCountingProvider(() => 120_000);
      const folder = await mkdtemp(join(tmpdir(), 'nireon-takeover-'));
      const config = join(folder, 'nireon.json');
      const store = { postgres: { url: `postgres://${user}@${host}:${port}/postgres`, schema: await stores.schema() } };
      await writeFile(config, JSON.stringify({ ...provider.config, store }));
      let over: ((line: LogLine) => void) | undefined;
      const first = await startServing({ config, pod: 'first' });
      await first.create(kindOfSession(0));
      while (provider.asked.size === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      const second = await startServing({ config, pod: 'second', onLine: (line) => over?.(line) });
      await new Promise((resolve) => setTimeout(resolve, 3500));
      const taken = new Promise<void>((resolve) => {
        over = ({ msg }) => msg === 'work taken over from a worker that was lost' && resolve();
      });
      const died = performance.now();
      await first.kill();
      await taken;
      const ms = performance.now() - died;
      await second.kill();
      await provider.close();
      await rm(folder, { recursive: true });
      return ms;
    },
    async heartbeat(): Promise<number | null> {
      const url = await database();
      await fill(url, { heartbeatSeconds: 10 });
      return takenOver('heartbeat', url);
    },
    async expiry(): Promise<number | null> {
      const url = await database();
      await fill(url, { expireInSeconds: 1, retryLimit: 1000 });
      // Left alone for a second, the second worker has the job though the first lives.
      return takenOver('expiry', url, 0);
    },
  };
  const names = {
    nireon: 'NIREON, lease of 3 s as shipped',
    heartbeat: 'pg-boss, heartbeat of 10 s',
    expiry: 'pg-boss, expiry after 1 s',
  };
  const seen = new Map<keyof typeof peers, number[]>();
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const name of Object.keys(peers) as (keyof typeof peers)[]) {
      const ms = await peers[name]();
      seen.set(name, [...(seen.get(name) ?? []), ms ?? Infinity]);
    }
  }
  for (const [name, list] of seen)
    say({ bench: 'takeover', measure: 'SIGKILL to the next holder, ms', subject: names[name], ...spread(list) });

  const url = await database();
  const logger = new Logger(() => () => undefined);
  const runner = await run({ connectionString: url, taskList: { nothing: () => undefined }, logger, noHandleSignals: true });
  await runner.addJob('held', {});
  await runner.stop();
  const ms = await takenOver('graphile-worker', url);
  say({ bench: 'takeover', measure: 'SIGKILL to the next holder, ms', subject: 'graphile-worker', seen: ms ?? `not within ${watchedMs}` });
  judge('takeover as shipped, ms, greatest', Math.max(...seen.get('nireon')!), { atMost: 5000 });
  await stores.stop();
  process.exit();
}

/** A queue of pg-boss with one job. */
async function fill(connectionString: string, options: object): Promise<void> {
  const boss = new PgBoss({ connectionString, supervise: false, schedule: false });
  await boss.start();
  await boss.createQueue('held', { ...options, retryDelay: 0 });
  await boss.send('held', {});
  await boss.stop({ graceful: false });
}

await (values.peer === undefined ? main() : work(values.peer, values.url ?? ''));
