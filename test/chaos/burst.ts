import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { createSystemClock } from '../../runtime/adapters/clock.ts';
import { createSqliteStore } from '../../runtime/adapters/store/sqlite/index.ts';
import { bursting } from '../support/bursting.ts';
import { allMechanisms, createWorld } from '../support/engine-world.ts';
import { brokenHistory } from '../support/history-checks.ts';
import { readSession } from '../support/session-facts.ts';

/*
 * node test/chaos/burst.ts [--signals N] [--kills N]
 * Sessions on SQLite whose first items emit N signals (50,000) in steps of 500, each of which a rule makes an item of. The process that
 * works on them is ended by SIGKILL while they come and while they are taken, again and again; the last one finishes. Then the histories
 * are checked: each signal routed once, no gap in the sequence. A JSON line at the end; exit 1 if anything is broken.
 */
const { values } = parseArgs({
  options: { signals: { type: 'string', default: '50000' }, kills: { type: 'string', default: '5' }, child: { type: 'string' } },
});
const burst = 500;
const signals = Number(values.signals);
const id = 'ses_burst';

async function work(file: string): Promise<void> {
  const store = await createSqliteStore({ file });
  const name = `burst-${process.pid}`;
  const world = await createWorld({
    ...{ store, name, concurrency: 16 },
    script: () => undefined,
    clock: createSystemClock(),
    mechanisms: bursting(() => burst),
  });
  console.log('open');
  await world.runAll(
    perSession().map((count, n) => ({
      ...{ id: `${id}${n}`, objective: 'Outlive the burst.', policy: { experiments: false, depth: 1 } },
      seeds: Array.from({ length: count }, (_, k) => `A seed to grow from, number ${k}.`),
    })),
  );
  await world.stop();
  await store.close();
}

/** Seeds of each session: 20 at most. */
function perSession(): number[] {
  const seeds = Math.ceil(signals / burst);
  return Array.from({ length: Math.ceil(seeds / 20) }, (_, n) => Math.min(20, seeds - n * 20));
}

/** Lets a process work on the file; ends it `afterMs` later, or not at all. */
async function live(file: string, afterMs?: number): Promise<number | null> {
  const child = spawn(process.execPath, [...process.execArgv, import.meta.filename, '--child', file, '--signals', values.signals], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  createInterface({ input: child.stdout }).once('line', () => {
    if (afterMs !== undefined) setTimeout(() => child.kill('SIGKILL'), afterMs).unref();
  });
  return ended;
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'nireon-burst-'));
  const file = join(folder, 'nireon.db');
  const began = performance.now();
  let killed = 0;
  for (let n = 0; n < Number(values.kills); n++) if ((await live(file, 500 + n * 1700)) === null) killed++;
  const exitCode = await live(file);
  const ms = Math.round(performance.now() - began);
  const store = await createSqliteStore({ file, readOnly: true });
  const broken: string[] = exitCode === 0 ? [] : [`the last process ended with ${String(exitCode)}`];
  const made = new Map(allMechanisms);
  for (const mechanism of bursting(() => burst)) made.set(mechanism.name, mechanism);
  let [routed, crashes] = [0, 0];
  for (const n of perSession().keys()) {
    const facts = await readSession(store, `${id}${n}`);
    broken.push(...(await brokenHistory(store, facts, made)));
    routed += facts.count('proto.finished');
    crashes += facts.work.reduce((sum, item) => sum + item.crashes, 0);
  }
  await store.close();
  await rm(folder, { recursive: true });
  if (routed < signals) broken.push(`${routed} signals came of ${signals}`);
  for (const line of broken.slice(0, 20)) console.log(line);
  console.log(JSON.stringify({ signals: routed, killed, takenOver: crashes, ms, broken: broken.length }));
  process.exitCode = broken.length > 0 ? 1 : 0;
}

await (values.child === undefined ? main() : work(values.child));
