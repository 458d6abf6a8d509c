import type { ProtoBlock } from '../../runtime/domain/proto-block.ts';
import { critique } from './fixture-f.ts';
import { createContext, materialOf, placeBank, runOperation, type ContextOptions, type TestContext } from './mechanism-context.ts';
import { createSmallBank } from './small-bank.ts';
import { createTableEmbedder } from './table-embedder.ts';
import { idea, level, rounds, scored } from './visible-records.ts';

/** What one setting of a mechanism changes: the same run under two values, seen from outside. */
export interface ConfigEffect {
  /** Settings of the mechanism under which it is seen. */
  readonly one: object;
  readonly other: object;
  observe(config: object): Promise<unknown>;
}

/** Texts `At X of the seed` lie at that cosine to it; all else lies far from everything. */
const seedText = 'The seed of it all, in a sentence.';
const embedder = createTableEmbedder((text) => {
  if (text === seedText) return [1];
  const cosine = Number(/^At (\S+) of the seed/.exec(text)?.[1] ?? NaN);
  return Number.isNaN(cosine) ? undefined : [cosine, Math.sqrt(1 - cosine ** 2)];
});
const bank = placeBank(createSmallBank(8, 8), embedder);
const seed = idea({ id: 'seed', depth: 0, text: seedText });

async function run(operation: string, input: object, options: ContextOptions) {
  const test = createContext(operation.split('.')[0]!, { embedder, bank: await bank, visible: { ideas: [seed] }, ...options });
  return { ...test, result: await runOperation(operation, input, test.context) };
}
type Ran = TestContext & { result: Awaited<ReturnType<typeof runOperation>> };

const explorer = (seen: (ran: Ran) => unknown, write: (ordinal: number) => string) => async (config: object) =>
  seen(
    await run(
      'explorer.explore',
      { ideaId: 'seed', variations: 2, divergence: 0.7 },
      { config: { explorer: config }, llm: ({ ordinal }) => ({ title: 'An idea', text: write(ordinal) }) },
    ),
  );
const own = (ordinal: number): string => `A text of its own, number ${ordinal}.`;
const copy = (): string => seedText;
const ideas = ({ result }: Ran) => result.ideas!.length;

const sentinel = (seen: (ran: Ran) => unknown) => async (config: object) => {
  const [parent, child] = [Float32Array.of(1, 0), Float32Array.of(0.6, 0.8)];
  const vectors = Object.entries({ seed: parent, child }).map(([ideaId, values]) => ({
    ideaId,
    kind: 'text' as const,
    values,
    embedder: 'e',
  }));
  const visible = { ideas: [seed, idea({ id: 'child' })], vectors };
  return seen(await run('sentinel.assess', { ideaId: 'child' }, { config: { sentinel: config }, visible, llm: () => critique(9, 6) }));
};
const assessment = ({ result }: Ran) => result.assessments![0]!;

const planner = (seen: (ran: Ran) => unknown) => async (config: object) => {
  const exploration = { frameId: 'f', seedIdeaId: 'seed', action: 'explore', features: [1, 0, 0, 0, 0, 0], ideas: 1, bestTrust: 6 };
  const spent = { ...level({}).limits, llmCalls: 12, inputTokens: 0, outputTokens: 0, costMicroUsd: 0, protoCpuMs: 0 };
  const summary = level({ explorations: [{ ...exploration, action: 'explore', spent }] });
  const visible = { ideas: [seed, idea({ id: 'child' })], assessments: [scored('child', 6)] };
  return seen(await run('planner.plan', { step: { level: summary, stagnation: 'none' } }, { config: { planner: config }, visible }));
};

const stagnation = (history: ReturnType<typeof rounds>) => async (config: object) => {
  const visible = { ideas: [seed, idea({ id: 'child' })], assessments: [scored('child', 6)] };
  const { result } = await run(
    'stagnation.check',
    { level: level({ history }) },
    { config: { stagnation: config }, visible, policy: { rounds: 20 } },
  );
  return result.signals![0]!.type;
};
const dull = rounds(5, 6).map((round) => ({ ...round, meanNovel: 3 }));
const intervened = [...rounds(6, 6, 6), { round: 4, cause: 'stagnation' as const, scored: 1, bestTrust: 6 }, ...rounds(6, 6).map((r) => ({ ...r, round: r.round + 4 }))]; // prettier-ignore

const catalyst = (seen: (ran: Ran) => unknown) => async (config: object) =>
  seen(
    await run(
      'catalyst.blend',
      { ideaId: 'seed', cause: 'promising' },
      {
        config: { catalyst: { applicationRate: 1, ...config } },
        llm: ({ ordinal }) => ({ title: 'A blend', text: own(ordinal) }),
      },
    ),
  );
const shareTold = ({ calls }: Ran) => materialOf(calls[0], 'share');

const quantifier = (key: keyof ProtoBlock['limits']) => async (config: object) => {
  const program = { dialect: 'python', code: 'def f(i): return 1', entryPoint: 'f', inputs: {}, requirements: [], expects: {} };
  const { result } = await run(
    'quantifier.decide',
    { ideaId: 'seed' },
    {
      config: { quantifier: config },
      offer: { dialects: ['python'], packages: [], maximum: { cpuSeconds: 600, memoryMiB: 8192, wallSeconds: 1200, outputKiB: 1024 } },
      llm: ({ name }) => (name === 'decide' ? { decision: 'experiment', claim: 'It holds.', reason: 'So.' } : program),
    },
  );
  return (result.signals![0]!.data as { block: ProtoBlock }).block.limits[key];
};

/** Every key of every mechanism's configuration, with a run that shows what it does. */
export const configEffects: Readonly<Record<string, ConfigEffect>> = {
  'explorer.towardConcepts': {
    ...{ one: { towardConcepts: 1 }, other: { towardConcepts: 3 } },
    observe: explorer(({ calls }) => materialOf(calls[0], 'toward'), own),
  },
  'explorer.awayConcepts': {
    ...{ one: { awayConcepts: 0 }, other: { awayConcepts: 2 } },
    observe: explorer(({ calls }) => materialOf(calls[0], 'away'), own),
  },
  'explorer.minNovelty': {
    ...{ one: { minNovelty: 0.1 }, other: { minNovelty: 0.3 } },
    observe: explorer(
      ({ calls }) => calls.length,
      (i) => (i === 0 ? 'At 0.8 of the seed, in a sentence.' : own(i)),
    ),
  },
  'explorer.noveltyRetries': {
    one: { noveltyRetries: 0 },
    other: { noveltyRetries: 1 },
    observe: explorer(({ calls }) => calls.length, copy),
  },
  'explorer.retryFactor': {
    ...{ one: { retryFactor: 1 }, other: { retryFactor: 2 } },
    observe: explorer(
      ({ result }) => result.ideas![0]!.direction!.strength,
      (i) => (i < 2 ? seedText : own(i)),
    ),
  },
  'explorer.minLength': { one: { minLength: 20 }, other: { minLength: 40 }, observe: explorer(ideas, own) },
  'explorer.maxLength': { one: { maxLength: 60 }, other: { maxLength: 50 }, observe: explorer(ideas, (i) => `${'x'.repeat(54)} ${i}`) },
  'explorer.parallel': { one: { parallel: 1 }, other: { parallel: 2 }, observe: explorer(({ mostAtOnce }) => mostAtOnce(), own) },
  ...Object.fromEntries(
    (['align', 'feas', 'novel'] as const).map((axis): [string, ConfigEffect] => {
      const rest = { align: 0.5, feas: 0.5, novel: 0.5, [axis]: 0 };
      const only = { align: 0, feas: 0, novel: 0, [axis]: 1 };
      return [
        `sentinel.weights.${axis}`,
        { one: { weights: rest }, other: { weights: only }, observe: sentinel((ran) => assessment(ran).trust) },
      ];
    }),
  ),
  'sentinel.trustThreshold': {
    one: { trustThreshold: 5 },
    other: { trustThreshold: 8 },
    observe: sentinel((ran) => assessment(ran).rejection),
  },
  'sentinel.minAxis': { one: { minAxis: 2.5 }, other: { minAxis: 6 }, observe: sentinel((ran) => assessment(ran).rejection) },
  'sentinel.judges': { one: { judges: 1 }, other: { judges: 3 }, observe: sentinel(({ calls }) => calls.length) },
  'sentinel.noveltyNear': {
    one: { noveltyNear: 0.95 },
    other: { noveltyNear: 0.8 },
    observe: sentinel((ran) => assessment(ran).axes.novel),
  },
  'sentinel.noveltyFar': { one: { noveltyFar: 0.3 }, other: { noveltyFar: 0.5 }, observe: sentinel((ran) => assessment(ran).axes.novel) },
  'planner.minTrust': { one: { minTrust: 4 }, other: { minTrust: 6 }, observe: planner(({ result }) => result.outcome.result) },
  'planner.costWeight': { one: { costWeight: 0.5 }, other: { costWeight: 5 }, observe: planner(({ result }) => result.traces![0]!.reward) },
  'stagnation.noveltyFloor': { one: { noveltyFloor: 4 }, other: { noveltyFloor: 3 }, observe: stagnation(dull) },
  'stagnation.noveltyStreak': { one: { noveltyStreak: 2 }, other: { noveltyStreak: 3 }, observe: stagnation(dull) },
  'stagnation.minGain': { one: { minGain: 0.2 }, other: { minGain: 0.1 }, observe: stagnation(rounds(6, 6.1, 6.15)) },
  'stagnation.patience': { one: { patience: 2 }, other: { patience: 3 }, observe: stagnation(rounds(6, 6, 6)) },
  'stagnation.maxInterventions': { one: { maxInterventions: 1 }, other: { maxInterventions: 2 }, observe: stagnation(intervened) },
  'catalyst.applicationRate': {
    ...{ one: { applicationRate: 0 }, other: { applicationRate: 1 } },
    observe: catalyst(({ result }) => result.outcome.result),
  },
  'catalyst.shareLow': { one: { shareLow: 0, shareHigh: 0.5 }, other: { shareLow: 0.45, shareHigh: 0.5 }, observe: catalyst(shareTold) },
  'catalyst.shareHigh': { one: { shareHigh: 0.2 }, other: { shareHigh: 0.9 }, observe: catalyst(shareTold) },
  'catalyst.hybrids': {
    ...{ one: { hybrids: 1 }, other: { hybrids: 2 } },
    observe: catalyst(({ calls }) => new Set(calls.map((call) => materialOf(call, 'domain'))).size),
  },
  ...Object.fromEntries(
    (['cpuSeconds', 'memoryMiB', 'wallSeconds', 'outputKiB'] as const).map((key): [string, ConfigEffect] => [
      `quantifier.block.${key}`,
      { one: { block: { [key]: 16 } }, other: { block: { [key]: 17 } }, observe: quantifier(key) },
    ]),
  ),
};
