import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createDice } from '../simulation/dice.ts';
import { startPostgresStores } from '../support/postgres-stores.ts';
import { findPostgres } from '../testbed/postgres.ts';
import { startTcpProxy } from '../testbed/tcp-proxy.ts';
import { judge } from './judge.ts';
import { kindOfSession, startCountingProvider } from './load.ts';
import { startServing, type LogLine, type Serving } from './serving.ts';

/*
 * node test/chaos/cluster.ts [--kills N] [--processes N] [--sessions N] [--seed N]
 * Several `nireon serve` on one real PostgreSQL with fsync, working on sessions over a real HTTP provider. Their faults, where and when drawn by the seed:
 * SIGKILL and a new process in the place of the dead; SIGSTOP for longer than a lease; answers of the database that are lost on the way
 * after it did what it was asked; every connection ended by the database; the database ended and started again. Then the sessions may finish, and their histories are checked. A JSON line at the end; exit 1 if any invariant
 * is broken.
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    processes: { type: 'string', default: '4' },
    sessions: { type: 'string', default: '40' },
    seed: { type: 'string', default: '1' },
  },
});
if (findPostgres() === undefined) process.exit(0);
const kills = Number(values.kills);
const sessions = Number(values.sessions);
const dice = createDice(Number(values.seed));
const folder = await mkdtemp(join(tmpdir(), 'nireon-cluster-'));
const database = await startPostgresStores({ fsync: true });
const schema = await database.schema();
const provider = await startCountingProvider();
const { server } = database;
const network = await startTcpProxy(server);
const config = join(folder, 'nireon.json');
await writeFile(
  config,
  JSON.stringify({
    ...provider.config,
    store: { postgres: { url: `postgres://${server.user}@${network.host}:${network.port}/postgres`, schema } },
    worker: { concurrency: 4 },
  }),
);

// --- what happens, and when

/** Items that a dead process held: when it died, by id. */
const orphans = new Map<string, number>();
const takeoverMs: number[] = [];
let contactFrom = 0;

function hear(line: LogLine): void {
  if (line.msg !== 'work taken over from a worker that was lost') return;
  const id = String(line['workId']);
  const since = orphans.get(id);
  orphans.delete(id);
  if (since !== undefined && since > contactFrom) takeoverMs.push(Date.parse(line.time) - since);
}

let born = 0;
const serve = (): Promise<Serving> => startServing({ config, pod: `pod-${born++}`, onLine: hear });
const alive = await Promise.all(Array.from({ length: Number(values.processes) }, serve));

const faults = {
  async kill(at: number) {
    const victim = alive[at]!;
    await victim.kill();
    const died = Date.now();
    const left = await server.sql<{ id: string }>(`SELECT id FROM ${schema}.work WHERE state = 'running' AND owner LIKE '${victim.pod}-%'`);
    for (const { id } of left) orphans.set(id, died);
    alive[at] = await serve();
  },
  async stop(at: number) {
    const { child } = alive[at]!;
    child.kill('SIGSTOP');
    await sleep(dice.between(3500, 6000));
    child.kill('SIGCONT');
  },
  async cut() {
    network.set('cut-at-answer');
    await sleep(dice.between(5, 150));
    network.set('none');
    loseContact();
  },
  async disconnect() {
    await server.sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'",
    );
    loseContact();
  },
  async restart() {
    await server.restart();
    loseContact();
  },
};

/** Whoever lost the store takes nothing over until it has had it again for as long as a lease: such times say nothing of a take-over. */
function loseContact(): void {
  orphans.clear();
  contactFrom = Date.now() + 3000;
}
type Fault = keyof typeof faults;
const done: Record<Fault, number> = { kill: 0, stop: 0, cut: 0, disconnect: 0, restart: 0 };

/** Two kills, then one of the others in turn. */
async function harm(n: number): Promise<void> {
  const others: readonly Fault[] = ['stop', 'cut', 'disconnect', 'restart'];
  const fault: Fault = n % 3 === 2 ? others[Math.floor(n / 3) % others.length]! : 'kill';
  done[fault]++;
  await faults[fault](dice.between(0, alive.length - 1));
}

const requests = Array.from({ length: sessions }, (_, n) => kindOfSession(n));
let created = 0;
for (let n = 0; done.kill < kills; n++) {
  const now = Math.ceil((sessions - created) / (kills - done.kill));
  for (const request of requests.slice(created, created + now)) await alive[created % alive.length]!.create(request);
  created += now;
  await sleep(dice.between(100, 1200));
  await harm(n);
}
for (const request of requests.slice(created)) await alive[0]!.create(request);

// --- the end of all sessions

const store = await database.open(schema);
const deadline = Date.now() + 240_000 + sessions * 500;
for (;;) {
  const { running, stopping } = (await store.stats()).sessions;
  if (running + stopping === 0) break;
  if (Date.now() > deadline) throw new Error(`${running + stopping} sessions did not finish`);
  await sleep(250);
}
const exitCodes = await Promise.all(alive.map((one) => one.stop()));
await provider.close();
await network.close();

const ids = requests.map(({ id }) => id);
const { broken: histories, ...figures } = await judge(store, ids, provider.asked);
await database.stop();
await rm(folder, { recursive: true });

takeoverMs.sort((a, b) => a - b);
const quantile = (q: number): number | null => takeoverMs[Math.min(takeoverMs.length - 1, Math.floor(takeoverMs.length * q))] ?? null;
const slow = takeoverMs.filter((ms) => ms > 5000);
const broken = [
  ...histories,
  ...exitCodes.filter((code) => code !== 0).map((code) => `a drain ended with ${String(code)}`),
  ...slow.map((ms) => `I8 an item of a killed process ran elsewhere after ${ms} ms`),
];
for (const line of broken.slice(0, 20)) console.log(line);
const takeover = { count: takeoverMs.length, p50: quantile(0.5), p99: quantile(0.99), max: takeoverMs.at(-1) ?? null };
console.log(
  JSON.stringify({
    processes: alive.length,
    faults: done,
    answersCut: network.cutAnswers(),
    sessions,
    ...figures,
    takeoverMs: takeover,
    broken: broken.length,
  }),
);
// By itself Node may wait for ever for sockets that were reset while something was being written to them.
process.exit(broken.length > 0 ? 1 : 0);
