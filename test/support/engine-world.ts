import { readFileSync } from 'node:fs';
import { createLocalBus } from '../../runtime/adapters/bus/local.ts';
import { createScriptedLlm, type ScriptedLlm, type ScriptedReply } from '../../runtime/adapters/llm/scripted.ts';
import { createRefusingSandbox } from '../../runtime/adapters/sandbox/refusing.ts';
import { createMemoryStore } from '../../runtime/adapters/store/memory/index.ts';
import type { ConceptBank } from '../../runtime/domain/concept-bank.ts';
import type { EngineEvent } from '../../runtime/domain/engine-event.ts';
import { defaultLimits, type Session } from '../../runtime/domain/session.ts';
import { createEngine, type Engine, type RuleFile } from '../../runtime/engine/engine.ts';
import { operationsOf, requireRules } from '../../runtime/engine/rules/check.ts';
import { createLlmRouter } from '../../runtime/engine/llm-router/create-llm-router.ts';
import type { RouterModel } from '../../runtime/engine/llm-router/llm-router.ts';
import { mechanisms } from '../../runtime/mechanisms.ts';
import type { Bus } from '../../runtime/ports/bus.ts';
import type { Clock } from '../../runtime/ports/clock.ts';
import type { Embedder } from '../../runtime/ports/embedder.ts';
import type { Mechanism } from '../../runtime/ports/mechanism.ts';
import type { LlmRequest } from '../../runtime/ports/llm.ts';
import type { Sandbox } from '../../runtime/ports/sandbox.ts';
import type { Store } from '../../runtime/ports/store.ts';
import { createFixtureEmbedder } from './fixture-embedder.ts';
import { createLeapingClock } from './leaping-clock.ts';
import { createSmallBank } from './small-bank.ts';

export { mechanisms as allMechanisms };

export const defaultRules: RuleFile = {
  name: 'default.yaml',
  text: readFileSync(new URL('../../rules/default.yaml', import.meta.url), 'utf8'),
};

const checked = new Map<string, ReturnType<typeof requireRules>>();

/** Rules checked against the real mechanisms; the same files are checked once. */
export function checkedRules(files: readonly RuleFile[]): ReturnType<typeof requireRules> {
  const key = files.map((file) => file.text).join('\0');
  const found = checked.get(key) ?? requireRules(files, operationsOf(mechanisms.values()));
  checked.set(key, found);
  return found;
}

export interface WorldOptions {
  readonly script: (request: LlmRequest) => ScriptedReply | undefined;
  readonly store?: Store;
  readonly clock?: Clock;
  readonly bus?: Bus;
  readonly cosine?: number;
  readonly bank?: ConceptBank;
  readonly embedder?: Embedder;
  readonly sandbox?: Sandbox;
  /** What the names of its workers begin with: `worker` unless said. */
  readonly name?: string;
  /** Engines over the one store. */
  readonly workers?: number;
  readonly concurrency?: number;
  readonly mechanismConfig?: Readonly<Record<string, unknown>>;
  readonly models?: (clock: Clock) => Record<string, RouterModel>;
  readonly chain?: readonly string[];
  readonly rules?: readonly RuleFile[];
  /** In place of the real ones of these names. */
  readonly mechanisms?: readonly Mechanism[];
}

export interface World {
  readonly engines: readonly Engine[];
  readonly store: Store;
  readonly llm: ScriptedLlm;
  readonly events: EngineEvent[];
  readonly clock: Clock;
  /** Creates the session, runs it to its end, and says how it ended. */
  run(request: unknown): Promise<Session>;
  /** The same for many at once. */
  runAll(requests: readonly unknown[]): Promise<readonly Session[]>;
  stop(): Promise<void>;
}

export const isIdeaText = (text: string): boolean => text.startsWith('An idea') || text.startsWith('A seed');

/** The whole engine over doubles: scripted model, fixture embedder, and a clock that leaps. */
export async function createWorld(options: WorldOptions): Promise<World> {
  const clock = options.clock ?? createLeapingClock();
  const store = options.store ?? createMemoryStore({ now: () => Date.parse(clock.isoNow()), outbox: false });
  const bank = options.bank ?? createSmallBank();
  const embedder = options.embedder ?? createFixtureEmbedder({ bank, cosine: options.cosine ?? 0.5, isIdea: isIdeaText });
  const llm = createScriptedLlm({ script: options.script, clock });
  const events: EngineEvent[] = [];
  const bus = options.bus ?? createLocalBus();
  let draws = 1;
  const entropy = {
    uniform: () => (draws = (draws * 16807) % 2147483647) / 2147483647,
    bytes: (count: number) => Uint8Array.from({ length: count }, () => Math.floor(entropy.uniform() * 256)),
  };
  const models = options.models?.(clock) ?? { scripted: { llm, contextTokens: 100_000, maxConcurrent: 64, timeoutMs: 60_000 } };
  const engines = Array.from({ length: options.workers ?? 1 }, (_, i) =>
    createEngine({
      instance: 'test',
      worker: `${options.name ?? 'worker'}-${i}`,
      store,
      bus,
      outside: {
        router: createLlmRouter({
          models,
          routes: [{ models: options.chain ?? Object.keys(models) }],
          clock,
          entropy,
          observe: (event) => events.push(event),
        }),
        embedder,
        sandbox: options.sandbox ?? createRefusingSandbox(),
        embedTimeoutMs: 30_000,
      },
      mechanisms: new Map([...mechanisms, ...(options.mechanisms ?? []).map((one) => [one.name, one] as const)]),
      enabled: [...mechanisms.keys()],
      rules: checkedRules(options.rules ?? [defaultRules]),
      mechanismConfig: options.mechanismConfig ?? { catalyst: { applicationRate: 0 } },
      bank,
      models: new Set(Object.keys(models)),
      ceiling: defaultLimits,
      settings: {
        concurrency: options.concurrency ?? 8,
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
      observe: (event) => events.push(event),
    }),
  );
  const never = new AbortController().signal;
  for (const engine of engines) await engine.prepare(never);

  async function runAll(requests: readonly unknown[]): Promise<Session[]> {
    const created = await Promise.all(requests.map((request) => engines[0]!.createSession(request)));
    for (const engine of engines) await engine.start();
    return Promise.all(
      created.map(async ({ session }) => {
        for await (const _signal of engines[0]!.follow(session.id, 0, never));
        return (await store.getSession(session.id))!;
      }),
    );
  }

  return {
    engines,
    store,
    llm,
    events,
    clock,
    run: async (request) => (await runAll([request]))[0]!,
    runAll,
    async stop() {
      for (const engine of engines) await engine.drain(1_000);
    },
  };
}
