import type { Policy } from '../session.ts';
import { byMerit, type Candidate } from './candidate.ts';

export interface StrategyInput {
  /** Eligible ideas of the whole session. */
  readonly eligible: readonly Candidate[];
  /** First round of those since the last plan: its ideas are the pool. */
  readonly sinceRound: number;
  /** What the last plan expanded, with its trust (a seed: 5). */
  readonly last: readonly { readonly id: string; readonly trust: number }[];
  /** Whether two ideas are so alike that expanding both would be expanding one twice. */
  readonly tooClose: (a: Candidate, b: Candidate) => boolean;
}

type Strategy = (input: StrategyInput, policy: Pick<Policy, 'beamWidth'>) => Candidate[];

const best = (ideas: readonly Candidate[]): Candidate[] => [...ideas].sort(byMerit).slice(0, 1);

function poolOr(input: StrategyInput): readonly Candidate[] {
  const pool = input.eligible.filter((c) => c.round >= input.sinceRound);
  return pool.length > 0 ? pool : best(input.eligible);
}

/** Which ideas are expanded next, best first; none when nothing is eligible. */
export const strategies: Readonly<Record<Policy['strategy'], Strategy>> = {
  breadth: (input) => best(poolOr(input)),
  beam(input, { beamWidth }) {
    const chosen: Candidate[] = [];
    for (const candidate of [...poolOr(input)].sort(byMerit)) {
      if (chosen.length < beamWidth && !chosen.some((other) => input.tooClose(candidate, other))) chosen.push(candidate);
    }
    return chosen;
  },
  'depth-first'(input) {
    const better = input.eligible.filter((c) => input.last.some(({ id, trust }) => c.parentIds.includes(id) && c.trust > trust));
    if (better.length > 0) return best(better);
    return [...input.eligible].sort((a, b) => b.trust - a.trust || b.depth - a.depth || byMerit(a, b)).slice(0, 1);
  },
};
