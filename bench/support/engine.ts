import { readFileSync } from 'node:fs';
import { createLocalBus } from '../../runtime/adapters/bus/local.ts';
import { createSystemClock } from '../../runtime/adapters/clock.ts';
import { createHashingEmbedder } from '../../runtime/adapters/embedder/hashing.ts';
import { createSystemEntropy } from '../../runtime/adapters/entropy.ts';
import { createRefusingSandbox } from '../../runtime/adapters/sandbox/refusing.ts';
import { parseConceptBank } from '../../runtime/domain/concept-bank.ts';
import { runtimeConfigSchema } from '../../runtime/config.ts';
import type { Resources } from '../../runtime/domain/resources.ts';
import type { PolicyRequest } from '../../runtime/domain/session.ts';
import { createEngine } from '../../runtime/engine/engine.ts';
import { createLlmRouter } from '../../runtime/engine/llm-router/create-llm-router.ts';
import { mechanisms } from '../../runtime/mechanisms.ts';
import type { Llm } from '../../runtime/ports/llm.ts';
import type { Observe } from '../../runtime/ports/observer.ts';
import type { Store } from '../../runtime/ports/store.ts';
import { checkedRules, defaultRules } from '../../test/support/engine-world.ts';
import { critique } from '../../test/support/fixture-f.ts';

const shipped = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const bank = parseConceptBank(shipped('rules/concepts.yaml'), 'concepts.yaml');
const words = bank.domains.flatMap((domain) => domain.concepts);

/** Draws that follow from a text: FNV-1a, then a linear generator. */
function drawsFrom(text: string): (below: number) => number {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  state = (state >>> 1) % 2147483647 || 1;
  return (below) => (state = (state * 48271) % 2147483647) % below;
}

/** Sixty words that are never the same twice, and grades from poor to good: as much text as a real model writes. */
const instant = (called: () => void): Llm => ({
  async complete({ parts }) {
    called();
    const draw = drawsFrom(parts.effectId);
    const text = Array.from({ length: 60 }, () => words[draw(words.length)]).join(' ');
    const answer = parts.name === 'judge' ? critique(4 + draw(7), 4 + draw(7)) : { title: text.slice(0, 40), text };
    return { outcome: 'answered', text: JSON.stringify(answer), usage: { inputTokens: 900, outputTokens: 120 }, model: 'instant' };
  },
  health: async () => ({ ok: true, detail: 'instant' }),
  close: async () => undefined,
});

export interface BenchEngineOptions {
  readonly tell?: Observe;
  /** At each call of the model. */
  readonly called?: () => void;
  /** Work items at once; as many as `nireon serve` has unless said. */
  readonly concurrency?: number;
  readonly mechanismConfig?: Readonly<Record<string, unknown>>;
}

/** The engine of `nireon serve` on a given store: the default rules, the shipped concepts, its clock; a model that answers at once. */
export async function startEngine(store: Store, options: BenchEngineOptions = {}) {
  const { tell, called = () => undefined, mechanismConfig = {} } = options;
  const [clock, entropy] = [createSystemClock(), createSystemEntropy()];
  const waiting = new Map<string, () => void>();
  const observe: Observe = (event) => {
    tell?.(event);
    if (event.type === 'session-finished') waiting.get(event.sessionId ?? '')?.();
    if (event.type === 'internal-error') throw new Error(event.message, { cause: event.error });
  };
  const models = { instant: { llm: instant(called), contextTokens: 100_000, maxConcurrent: 64, timeoutMs: 60_000 } };
  const { worker, limits, retention } = runtimeConfigSchema.parse({});
  const settings = { ...worker, ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }) };
  const engine = createEngine({
    instance: 'bench',
    worker: 'bench-0',
    store,
    bus: createLocalBus(),
    outside: {
      router: createLlmRouter({ models, routes: [{ models: ['instant'] }], clock, entropy, observe }),
      embedder: createHashingEmbedder(),
      sandbox: createRefusingSandbox(),
      embedTimeoutMs: 60_000,
    },
    mechanisms,
    enabled: [...mechanisms.keys()],
    rules: checkedRules([defaultRules]),
    mechanismConfig,
    bank,
    models: new Set(['instant']),
    ...{ ceiling: limits.session, settings, retention, clock, entropy, observe },
  });
  await engine.prepare(new AbortController().signal);
  await engine.start();

  return {
    /** Runs a session to its end, as `nireon serve` does when nobody looks; how many ideas were written, embedded, judged, scored. */
    async run(id: string, policy: PolicyRequest = {}, limits: Partial<Resources> = {}): Promise<number> {
      const ended = new Promise<void>((resolve) => waiting.set(id, resolve));
      const seed = `A seed that only ${id} has: ${words.slice(0, 30).join(' ')}.`;
      await engine.createSession({
        id,
        objective: 'Keep a workshop dry without power.',
        seeds: [seed],
        policy: { targetTrust: 10, ...policy },
        limits,
      });
      await ended;
      waiting.delete(id);
      return (await store.getSession(id))!.tally.scored;
    },
    async stop(): Promise<void> {
      await engine.drain(1000);
      await store.close();
    },
  };
}
export type BenchEngine = Awaited<ReturnType<typeof startEngine>>;

/** Explores in sessions of their own, `atOnce` side by side, until `ideas` are scored; the ids begin with `ses_` and the prefix. */
export async function exploreUntil(
  { run }: BenchEngine,
  { ideas, prefix, atOnce = 4 }: { ideas: number; prefix: string; atOnce?: number },
): Promise<{ ideas: number; sessions: number; perSecond: number }> {
  let [done, sessions] = [0, 0];
  const began = performance.now();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (done < ideas) {
        const more = await run(`ses_${prefix}-${sessions++}`);
        done += more;
      }
    }),
  );
  return { ideas: done, sessions, perSecond: (done / (performance.now() - began)) * 1000 };
}
