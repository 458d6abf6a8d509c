import { hasCode } from '../../runtime/domain/errors.ts';
import { createHashingEmbedder } from '../../runtime/adapters/embedder/hashing.ts';
import { createScriptedLlm } from '../../runtime/adapters/llm/scripted.ts';
import { createRefusingSandbox } from '../../runtime/adapters/sandbox/refusing.ts';
import { createMemoryStore } from '../../runtime/adapters/store/memory/index.ts';
import type { EngineEvent } from '../../runtime/domain/engine-event.ts';
import { defaultLimits } from '../../runtime/domain/session.ts';
import { createEngine, type Engine } from '../../runtime/engine/engine.ts';
import { createLlmRouter } from '../../runtime/engine/llm-router/create-llm-router.ts';
import type { Store } from '../../runtime/ports/store.ts';
import { allMechanisms, checkedRules, defaultRules } from '../support/engine-world.ts';
import { fixtureScript } from '../support/fixture-f.ts';
import { createSmallBank } from '../support/small-bank.ts';
import { createDice } from './dice.ts';
import { shapes, type Plan } from './plan.ts';
import { createLife, createSimulatedBus, shakyLlm, shakyStore, type Life, type Provider, type Weather } from './process.ts';
import { createProcessClock, createWorldTime, storeTime, type WorldTime } from './time.ts';
import { watchStore, type Watch } from './watch.ts';

export const sessionId = 'ses_sim';
const calmAfterMs = 60_000;
const giveUpAfterMs = 30 * 60_000;
const bank = createSmallBank(8, 2);
/** Good enough for some ideas to be blended, not for the session to end early. */
const script = fixtureScript(({ round, index }) => ({ a: Math.min(12, 7 + round + index), f: 11 }));

export interface Ended {
  readonly store: Store;
  readonly time: WorldTime;
  readonly provider: Provider;
  readonly published: ReadonlySet<string>;
  readonly events: readonly EngineEvent[];
  readonly watch: Watch;
  readonly finished: boolean;
  readonly kills: number;
}

/** Lives through one seed: a session, made by processes that die, stop, and see store and bus fail. */
export async function live(plan: Plan): Promise<Ended> {
  const time = createWorldTime();
  const root = createDice(plan.seed);
  const memory = createMemoryStore({ now: storeTime(time), outbox: true });
  const watch = watchStore(memory, time);
  const provider: Provider = { executions: 0, vanished: 0, tokensOut: 0 };
  const bus = createSimulatedBus();
  const events: EngineEvent[] = [];
  const outages = drawOutages(plan);
  let kills = 0;
  let over = false;
  const stormy = (): boolean => !over && time.now() < calmAfterMs;
  const storeDown = (): boolean => outages.some(([from, to]) => time.now() >= from && time.now() < to);
  const lives = new Set<Life>();

  function born(index: number, generation: number): Engine {
    const name = `process-${index}-${generation}`;
    const dice = root.fork(name);
    const life = createLife(name, () => {
      kills++;
      lives.delete(life);
      watch.died(name);
      // Somebody restarts it.
      void time.sleep(dice.between(50, 6_000)).then(async () => {
        if (!over) await begin(born(index, generation + 1));
      });
    });
    lives.add(life);
    watch.born(name);
    const weather: Weather = { plan, time, dice, stormy, storeDown };
    const clock = createProcessClock(time, life);
    const observe = (event: EngineEvent): void => void events.push(event);
    const llm = shakyLlm(createScriptedLlm({ script, clock }), life, weather, provider);
    const entropy = { uniform: dice.uniform, bytes: dice.bytes };
    return createEngine({
      instance: 'test',
      worker: name,
      store: shakyStore(watch.store, life, weather, () => undefined),
      bus: bus.for(life, weather),
      outside: {
        router: createLlmRouter({
          models: { scripted: { llm, contextTokens: 100_000, maxConcurrent: 8, timeoutMs: 60_000 } },
          routes: [{ models: ['scripted'] }],
          clock,
          entropy,
          observe,
        }),
        embedder: createHashingEmbedder(),
        sandbox: createRefusingSandbox(),
        embedTimeoutMs: 30_000,
      },
      mechanisms: allMechanisms,
      enabled: [...allMechanisms.keys()],
      rules: checkedRules([defaultRules]),
      mechanismConfig: { explorer: { minNovelty: 0, towardConcepts: 1, awayConcepts: 1 }, catalyst: { applicationRate: 0.5 } },
      bank,
      models: new Set(['scripted']),
      ceiling: defaultLimits,
      settings: {
        concurrency: plan.concurrency,
        leaseMs: 3000,
        renewMs: 1000,
        sweepMs: 500,
        maxFailures: 5,
        maxCrashes: 10,
        backoffMs: 1000,
        backoffMaxMs: 60_000,
      },
      retention: { sessionsDays: 0 },
      clock,
      entropy,
      observe,
    });
  }

  const never = new AbortController().signal;
  async function begin(engine: Engine): Promise<void> {
    await engine.prepare(never);
    // The same request from each: it is created once. Who asks is told of an outage, and asks again.
    for (let created = false; !created;) {
      created = await engine.createSession(requestOf(plan)).then(
        () => true,
        (error: unknown) => (hasCode(error, 'STORE_UNREACHABLE') ? time.sleep(500).then(() => false) : Promise.reject(error as Error)),
      );
    }
    await engine.start();
  }

  for (let i = 0; i < plan.processes; i++) void begin(born(i, 0));
  stopSome(plan, time, lives, stormy);
  if (plan.cancelAfterMs !== undefined)
    void time.sleep(plan.cancelAfterMs).then(() => memory.stopSession(sessionId, 'cancelled').catch(() => undefined));
  const finished = await settled(memory, time);
  over = true;
  // What is still under way (zombies, publishing) may come to its end.
  await time.sleep(20_000);
  time.end();
  return { store: memory, time, provider, published: bus.published, events, watch, finished, kills };
}

export function requestOf(plan: Pick<Plan, 'shape'>): object {
  const { depth, variations, limits, ...more } = shapes[plan.shape];
  const { seeds, ...policy } = { seeds: 1, ...more };
  return {
    id: sessionId,
    objective: 'Find the way.',
    seeds: ['A seed to grow from.', 'A seed of another kind.'].slice(0, seeds),
    limits,
    policy: { experiments: false, depth, variations, ...policy },
  };
}

function drawOutages(plan: Plan): [number, number][] {
  const dice = createDice(plan.seed).fork('outages');
  return Array.from({ length: plan.outages }, () => {
    const from = dice.between(500, 20_000);
    return [from, from + dice.between(200, 9_000)];
  });
}

/** Stops processes for longer than a lease, and lets them go on as zombies. */
function stopSome(plan: Plan, time: WorldTime, lives: ReadonlySet<Life>, stormy: () => boolean): void {
  const dice = createDice(plan.seed).fork('stops');
  for (let i = 0; i < plan.stops; i++) {
    const at = dice.between(100, 15_000);
    const forMs = dice.between(500, 12_000);
    void time.sleep(at).then(async () => {
      const life = [...lives][dice.between(0, Math.max(0, lives.size - 1))];
      if (!life || !stormy()) return;
      life.stop();
      await time.sleep(forMs);
      life.resume();
    });
  }
}

async function settled(store: Store, time: WorldTime): Promise<boolean> {
  while (time.now() < giveUpAfterMs) {
    await time.sleep(1_000);
    if ((await store.getSession(sessionId))?.status === 'finished') return true;
  }
  return false;
}
