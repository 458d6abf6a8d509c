import { createDice } from './dice.ts';

/** Everything that one seed decides. */
export interface Plan {
  readonly seed: number;
  readonly shape: ShapeName;
  readonly processes: number;
  readonly concurrency: number;
  /** Probability of a crash around a port call, of a store answer lost on its way, and of a delay. */
  readonly crash: number;
  readonly answerLost: number;
  readonly slow: number;
  readonly stops: number;
  readonly outages: number;
  /** Probabilities that the bus drops, doubles, or delays a message. */
  readonly bus: { readonly drops: number; readonly doubles: number; readonly delays: number; readonly fails: number };
  readonly llmFails: number;
  /** Probability that an answer that was paid for vanishes on its way. */
  readonly answersVanish: number;
  readonly llmMs: number;
  readonly cancelAfterMs: number | undefined;
}

export const shapes = {
  plain: { depth: 2, variations: 2, limits: {} },
  wide: { depth: 1, variations: 4, limits: {} },
  beam: { depth: 2, variations: 2, limits: {}, strategy: 'beam', beamWidth: 2, seeds: 2 },
  poor: { depth: 3, variations: 2, limits: { llmCalls: 9 } },
  costly: { depth: 2, variations: 3, limits: { outputTokens: 9_000 } },
} as const satisfies Record<
  string,
  { depth: number; variations: number; limits: Record<string, number>; strategy?: 'beam'; beamWidth?: number; seeds?: number }
>;
export type ShapeName = keyof typeof shapes;

/** Shapes in which nothing is refused for lack of budget: their history is the same in every layout. */
export const sameHistory: ReadonlySet<ShapeName> = new Set(['plain', 'wide', 'beam']);

export function createPlan(seed: number): Plan {
  const dice = createDice(seed).fork('plan');
  const names = Object.keys(shapes) as ShapeName[];
  const some = (probability: number, most: number): number => (dice.chance(probability) ? dice.uniform() * most : 0);
  return {
    seed,
    shape: names[dice.between(0, names.length - 1)]!,
    processes: dice.between(1, 4),
    concurrency: dice.between(1, 4),
    crash: some(0.7, 0.03),
    answerLost: some(0.4, 0.05),
    slow: some(0.5, 0.3),
    stops: dice.chance(0.35) ? dice.between(1, 3) : 0,
    outages: dice.chance(0.3) ? dice.between(1, 2) : 0,
    bus: {
      drops: dice.chance(0.15) ? 1 : some(0.5, 0.6),
      doubles: some(0.4, 0.5),
      delays: some(0.5, 0.5),
      fails: some(0.3, 0.3),
    },
    llmFails: some(0.3, 0.08),
    answersVanish: some(0.25, 0.06),
    llmMs: dice.between(1, 2_500),
    cancelAfterMs: dice.chance(0.08) ? dice.between(100, 8_000) : undefined,
  };
}
