import { NireonError } from '../../runtime/domain/errors.ts';
import type { Bus, SignalNotice } from '../../runtime/ports/bus.ts';
import type { Llm } from '../../runtime/ports/llm.ts';
import type { Store } from '../../runtime/ports/store.ts';
import type { Dice } from './dice.ts';
import type { Plan } from './plan.ts';
import type { WorldTime } from './time.ts';

/** The life of one simulated process: it can be killed, or stopped for a while, at any port call. */
export interface Life {
  readonly name: string;
  readonly alive: Promise<never>;
  dead: boolean;
  /** Resolves when the process is not stopped. */
  running(): Promise<void>;
  kill(): void;
  stop(): void;
  resume(): void;
}

export function createLife(name: string, onKill: () => void): Life {
  let resumed: Promise<void> = Promise.resolve();
  let wake: (() => void) | undefined;
  // Never settles: whoever waits on a dead process waits for ever.
  const alive = new Promise<never>(() => undefined);
  const self: Life = {
    name,
    alive,
    dead: false,
    async running() {
      await resumed;
      if (self.dead) await alive;
    },
    kill() {
      if (self.dead) return;
      self.dead = true;
      onKill();
    },
    stop() {
      if (!wake) resumed = new Promise((resolve) => (wake = resolve));
    },
    resume() {
      wake?.();
      wake = undefined;
    },
  };
  return self;
}

export interface Weather {
  readonly plan: Plan;
  readonly time: WorldTime;
  readonly dice: Dice;
  /** Whether crashes still happen: in the end every world calms down, so that it can finish. */
  stormy(): boolean;
  storeDown(): boolean;
}

/** What may happen to a process around a call of its: a delay, a stop, a crash. */
async function pass(life: Life, { plan, time, dice, stormy }: Weather): Promise<void> {
  await life.running();
  if (stormy() && dice.chance(plan.crash)) life.kill();
  if (life.dead) await life.alive;
  const ms = dice.chance(plan.slow) ? dice.between(1, 400) : dice.between(0, 2);
  await time.sleep(ms);
  await life.running();
}

/** The store as one process sees it: calls take time, are lost on the way there or back, or find the store down. */
export function shakyStore(store: Store, life: Life, weather: Weather, onCall: (name: keyof Store) => void): Store {
  const { plan, dice } = weather;
  const unreachable = (): NireonError => new NireonError('STORE_UNREACHABLE', 'the store is down');
  return new Proxy(store, {
    get(target, name: keyof Store) {
      const value = target[name];
      if (typeof value !== 'function') return value;
      return async (...args: unknown[]): Promise<unknown> => {
        await pass(life, weather);
        if (weather.storeDown()) throw unreachable();
        const result = (value as (...a: unknown[]) => Promise<unknown>).apply(target, args);
        // A rejection is looked at only after the way back.
        result.catch(() => undefined);
        const settled = await result.then(
          (answer) => ({ answer }),
          (error: unknown) => ({ error }),
        );
        onCall(name);
        await pass(life, weather);
        if (weather.stormy() && dice.chance(plan.answerLost)) throw unreachable();
        if ('error' in settled) throw settled.error;
        return settled.answer;
      };
    },
  });
}

export interface Provider {
  /** Calls that the provider began to work on: each is paid. */
  executions: number;
  /** Of these, those whose answer never came back. */
  vanished: number;
  tokensOut: number;
}

/** The model as one process sees it. What the provider works on is paid, whether or not the process lives to see it. */
export function shakyLlm(llm: Llm, life: Life, weather: Weather, provider: Provider): Llm {
  const { plan, time, dice } = weather;
  return {
    ...llm,
    async complete(request, options) {
      await pass(life, weather);
      if (weather.stormy() && dice.chance(plan.llmFails)) throw new NireonError('LLM_SERVER_ERROR');
      provider.executions++;
      const answer = await llm.complete(request, options);
      provider.tokensOut += answer.usage.outputTokens;
      await time.sleep(dice.between(1, plan.llmMs));
      await pass(life, weather);
      if (weather.stormy() && dice.chance(plan.answersVanish)) {
        provider.vanished++;
        throw new NireonError('LLM_TIMEOUT', 'the answer vanished on its way', { maybeBilled: true });
      }
      return answer;
    },
  };
}

/** A bus between simulated processes: drops, doubles, delays and reorders. */
export interface SimulatedBus {
  readonly published: Set<string>;
  for(life: Life, weather: Weather): Bus;
}

export function createSimulatedBus(): SimulatedBus {
  const handlers = new Map<Life, Set<(notice: SignalNotice) => Promise<void>>>();
  const published = new Set<string>();
  return {
    published,
    for: (life, weather) => ({
      name: 'simulated',
      durable: true,
      async publish(signals) {
        const { plan, time, dice } = weather;
        await pass(life, weather);
        if (weather.stormy() && dice.chance(plan.bus.fails)) throw new NireonError('STORE_UNREACHABLE', 'the broker is down');
        for (const { id, sessionid: sessionId, type } of signals) {
          published.add(id);
          const copies = dice.chance(plan.bus.doubles) ? 3 : 1;
          for (const [other, all] of handlers) {
            for (let copy = 0; copy < copies; copy++) {
              if (dice.chance(plan.bus.drops)) continue;
              const ms = dice.chance(plan.bus.delays) ? dice.between(1, 3_000) : dice.between(0, 3);
              void time
                .sleep(ms)
                .then(() => other.running())
                .then(() => Promise.all([...all].map((handle) => handle({ sessionId, signalId: id, type }))))
                .catch(() => undefined);
            }
          }
        }
        await pass(life, weather);
      },
      async subscribe(_group, handle) {
        const all = handlers.get(life) ?? new Set();
        handlers.set(life, all.add(handle));
        return async () => void all.delete(handle);
      },
      health: async () => ({ ok: true, detail: 'simulated' }),
      close: async () => undefined,
    }),
  };
}
