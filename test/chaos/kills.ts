import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createSqliteStore } from '../../runtime/adapters/store/sqlite/index.ts';
import { createDice } from '../simulation/dice.ts';
import { startCountingProvider, kindOfSession } from './load.ts';
import { judge } from './judge.ts';
import { startServing } from './serving.ts';

/*
 * node test/chaos/kills.ts [--kills N] [--sessions N] [--seed N]
 * Kills `nireon serve` on SQLite with SIGKILL while it works on sessions over a real HTTP provider, starts it again each time, lets the
 * sessions finish, and checks their histories. A JSON line at the end; exit 1 if any invariant is broken.
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    sessions: { type: 'string', default: '40' },
    seed: { type: 'string', default: '1' },
  },
});
const kills = Number(values.kills);
const sessions = Number(values.sessions);
const dice = createDice(Number(values.seed));
const folder = await mkdtemp(join(tmpdir(), 'nireon-kills-'));
const file = join(folder, 'nireon.db');
const provider = await startCountingProvider();
const config = join(folder, 'nireon.json');
await writeFile(config, JSON.stringify({ ...provider.config, store: { sqlite: { file } } }));

const requests = Array.from({ length: sessions }, (_, n) => kindOfSession(n));
const restarts: number[] = [];
const serve = () => startServing({ config, pod: 'kills' });
let serving = await serve();
let created = 0;
for (let n = 0; n < kills; n++) {
  // As many before each kill as leave some for the last.
  const now = Math.ceil((sessions - created) / (kills - n));
  for (const request of requests.slice(created, created + now)) await serving.create(request);
  created += now;
  await sleep(dice.between(50, 900));
  await serving.kill();
  const began = performance.now();
  serving = await serve();
  restarts.push(performance.now() - began);
}
for (const request of requests.slice(created)) await serving.create(request);

const deadline = Date.now() + 180_000;
for (;;) {
  const page = (await (await fetch(`${serving.url}/v1/sessions?status=running&limit=200`)).json()) as { items: unknown[] };
  if (page.items.length === 0) break;
  if (Date.now() > deadline) throw new Error(`${page.items.length} sessions did not finish`);
  await sleep(250);
}
const exitCode = await serving.stop();
await provider.close();

const store = await createSqliteStore({ file, readOnly: true });
const ids = requests.map(({ id }) => id);
const { broken: histories, ...figures } = await judge(store, ids, provider.asked);
const broken = [...histories, ...(exitCode === 0 ? [] : [`the drain ended with ${String(exitCode)}`])];
await store.close();
await rm(folder, { recursive: true });
for (const line of broken.slice(0, 20)) console.log(line);
restarts.sort((a, b) => a - b);
const restartMsMedian = Math.round(restarts[Math.floor(restarts.length / 2)] ?? 0);
console.log(JSON.stringify({ kills, sessions, ...figures, restartMsMedian, broken: broken.length }));
process.exitCode = broken.length > 0 ? 1 : 0;
