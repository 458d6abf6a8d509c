/**
 * How long a session waits for its first work item while another has 10,000 that are ready, and may use every place that the process has
 * for work: in PostgreSQL (fsync on), with items of 50 ms; beside the same sessions alone, in alternating rounds. One JSON line a measure.
 *
 *   node bench/fairness.ts [--rounds 5] [--items 10000] [--sessions 20]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createSystemClock } from '../runtime/adapters/clock.ts';
import type { EngineEvent } from '../runtime/domain/engine-event.ts';
import { bursting } from '../test/support/bursting.ts';
import { createWorld } from '../test/support/engine-world.ts';
import { startPostgresStores } from '../test/support/postgres-stores.ts';
import { judge, quantile, say } from './support/measure.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    items: { type: 'string', default: '10000' },
    sessions: { type: 'string', default: '20' },
  },
});
const [rounds, items, sessions] = [Number(values.rounds), Number(values.items), Number(values.sessions)];
const itemMs = 50;
const seeds = 20;
const concurrency = 8;
const stores = await startPostgresStores({ fsync: true });

interface Round {
  /** From the creation of a session to the claim of its first item. */
  readonly waitMs: number[];
  /** From the claim of an item of the great session to its end. */
  readonly itemMs: number[];
}

/** Small sessions, one after another; beside a great one, if it is to be there. */
async function round(beside: boolean): Promise<Round> {
  const store = await stores.open(await stores.schema());
  const world = await createWorld({
    ...{ store, concurrency, clock: createSystemClock(), script: () => undefined },
    mechanisms: bursting(
      (session) => (session.id === 'ses_great' ? items / seeds : 1),
      () => sleep(itemMs),
    ),
  });
  const [engine] = world.engines;
  await engine!.start();
  const request = (id: string, count: number, parallel: number): object => ({
    ...{ id, objective: 'Wait for a turn.', seeds: Array.from({ length: count }, (_, n) => `A seed to grow from, number ${n}.`) },
    policy: { experiments: false, depth: 1, maxParallel: parallel },
  });
  const seen: Round = { waitMs: [], itemMs: [] };
  const claims = new Map<string, number>();
  let first: (() => void) | undefined;
  const told = (event: EngineEvent): void => {
    if (event.type === 'work-claimed' && event.sessionId === 'ses_great') claims.set(event.workId!, performance.now());
    if (event.type === 'work-claimed' && event.sessionId !== 'ses_great') first?.();
    const since = event.type === 'work-ended' ? claims.get(event.workId!) : undefined;
    if (since !== undefined) seen.itemMs.push(performance.now() - since);
  };
  world.events.push = (...events: EngineEvent[]): number => {
    events.forEach(told);
    return 0;
  };
  if (beside) {
    await engine!.createSession(request('ses_great', seeds, 64));
    while ((await store.getSession('ses_great'))!.openWork < items * 0.9) await sleep(50);
  }
  for (let n = 0; n < sessions; n++) {
    const claimed = new Promise<void>((resolve) => (first = resolve));
    const began = performance.now();
    await engine!.createSession(request(`ses_small${n}`, 1, 1));
    await claimed;
    seen.waitMs.push(performance.now() - began);
    await sleep(100);
  }
  const left = beside ? (await store.getSession('ses_great'))!.openWork : 0;
  if (beside && left < items / 10) throw new Error(`the great session had only ${left} items left at the end: take more --items`);
  await world.stop();
  await store.close();
  return seen;
}

const alone: number[] = [];
const together: number[] = [];
const great: number[] = [];
for (let n = 0; n < rounds; n++) {
  alone.push(...(await round(false)).waitMs);
  const seen = await round(true);
  together.push(...seen.waitMs);
  great.push(...seen.itemMs);
}
await stores.stop();
const wait = (list: readonly number[]) => ({ p50: quantile(list, 0.5), p95: quantile(list, 0.95), most: Math.max(...list) });
say({ bench: 'fairness', measure: 'creation to first item, alone, ms', ...wait(alone) });
say({ bench: 'fairness', measure: `creation to first item beside ${items} ready ones, ms`, ...wait(together) });
say({ bench: 'fairness', measure: 'an item of the great session, ms', ...wait(great) });
const delay = quantile(together, 0.5) - quantile(alone, 0.5);
judge('what the great session adds to the wait for a first item, in times of the wait alone', delay / quantile(alone, 0.5), { atMost: 2 });
