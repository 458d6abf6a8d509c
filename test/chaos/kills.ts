import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createSqliteStore } from '../../runtime/adapters/store/sqlite/index.ts';
import { createDice } from '../simulation/dice.ts';
import { brokenHistory } from '../support/history-checks.ts';
import { readSession } from '../support/session-facts.ts';
import { startFakeProvider } from '../support/fake-provider.ts';

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
const dice = createDice(Number(values.seed));
const folder = await mkdtemp(join(tmpdir(), 'nireon-kills-'));
const file = join(folder, 'nireon.db');
const main = fileURLToPath(new URL('../../runtime/main.ts', import.meta.url));

/** What the provider was asked, by session: its number stands in the objective. */
const asked = new Map<string, number>();
const provider = await startFakeProvider({
  reply(call) {
    const number = /exploration number (\d+)/.exec(call.text)?.[1] ?? '?';
    asked.set(number, (asked.get(number) ?? 0) + 1);
    return { delayMs: 20 + (call.index % 7) * 30 };
  },
});

const config = join(folder, 'nireon.json');
await writeFile(
  config,
  JSON.stringify({
    store: { sqlite: { file } },
    embedder: { provider: 'hashing' },
    api: { port: 0 },
    ops: { port: 0 },
    explorer: { minNovelty: 0 },
    llm: {
      models: {
        fake: { provider: 'openai-compatible', model: 'fake', baseUrl: provider.baseUrl('openai-compatible'), contextTokens: 100_000 },
      },
    },
  }),
);

interface Serving {
  readonly child: ChildProcess;
  readonly url: string;
}

async function serve(): Promise<Serving> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, 'serve', '--config', config], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-20_000);
      const address = /"address":"([^"]+)"[^\n]*"msg":"API listens"|"msg":"API listens"[^\n]*"address":"([^"]+)"/.exec(log);
      if (address) resolve((address[1] ?? address[2])!);
    });
    child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
    child.on('exit', (code) => reject(new Error(`serve ended with ${code}: ${log}`)));
  });
  return { child, url };
}

async function kill({ child }: Serving): Promise<void> {
  const gone = new Promise((resolve) => child.on('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

const sessions = Number(values.sessions);
const kills = Number(values.kills);
const ids = Array.from({ length: sessions }, (_, i) => `ses_kill${i}`);
let created = 0;

async function create(serving: Serving): Promise<void> {
  const body = {
    id: ids[created],
    objective: `Find the way in exploration number ${created}.`,
    seeds: ['A seed to grow from.'],
    policy: { depth: 3, variations: 3, experiments: false },
    limits: { llmCalls: 12 + (created % 5) * 6 },
  };
  const response = await fetch(`${serving.url}/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  created++;
}

const restarts: number[] = [];
let serving = await serve();
for (let n = 0; n < kills; n++) {
  for (let i = 0; i < Math.ceil((sessions - created) / Math.max(1, kills - n)) && created < sessions; i++) await create(serving);
  await sleep(dice.between(50, 900));
  await kill(serving);
  const began = performance.now();
  serving = await serve();
  restarts.push(performance.now() - began);
}
while (created < sessions) await create(serving);

const deadline = Date.now() + 180_000;
for (;;) {
  const page = (await (await fetch(`${serving.url}/v1/sessions?status=running&limit=200`)).json()) as { items: unknown[] };
  if (page.items.length === 0) break;
  if (Date.now() > deadline) throw new Error(`${page.items.length} sessions did not finish`);
  await sleep(250);
}
serving.child.kill('SIGTERM');
const exitCode = await new Promise((resolve) => serving.child.on('exit', resolve));
await provider.close();

const store = await createSqliteStore({ file, readOnly: true });
const broken: string[] = [];
let paidAgain = 0;
/** Calls in flight at a kill, as the journal knows them: begun, and never heard of again. */
let lostInFlight = 0;
let takenOver = 0;
for (const [number, id] of ids.entries()) {
  const facts = await readSession(store, id);
  broken.push(...(await brokenHistory(store, facts)).map((line) => `${id}: ${line}`));
  const calls = asked.get(String(number)) ?? 0;
  if (calls > facts.session.limits.llmCalls)
    broken.push(`${id}: I4 the provider was asked ${calls} times of ${facts.session.limits.llmCalls}`);
  paidAgain +=
    calls - new Set(facts.journal.filter((entry) => entry.kind === 'llm' && entry.state === 'done').map((entry) => entry.effectId)).size;
  lostInFlight += facts.journal.filter((entry) => entry.kind === 'llm' && entry.state === 'lost').length;
  takenOver += facts.work.reduce((sum, item) => sum + item.crashes, 0);
}
if (paidAgain > lostInFlight) broken.push(`I5 ${paidAgain} calls were paid again, ${lostInFlight} were in flight at a kill`);
if (exitCode !== 0) broken.push(`drain ended with ${String(exitCode)}`);
await store.close();
await rm(folder, { recursive: true });
for (const line of broken.slice(0, 20)) console.log(line);
restarts.sort((a, b) => a - b);
console.log(
  JSON.stringify({
    kills,
    sessions,
    calls: [...asked.values()].reduce((sum, n) => sum + n, 0),
    takenOver,
    paidAgain,
    inFlightAtKills: lostInFlight,
    restartMsMedian: Math.round(restarts[Math.floor(restarts.length / 2)] ?? 0),
    broken: broken.length,
  }),
);
process.exitCode = broken.length > 0 ? 1 : 0;
