import type { Assessment } from '../assessment.ts';
import type { Idea } from '../idea.ts';

/** An idea as planning looks at it: with its newest visible score. `place` is its age: round, exploration, index. */
export interface Candidate {
  readonly id: string;
  readonly depth: number;
  readonly round: number;
  readonly place: number;
  readonly parentIds: readonly string[];
  readonly trust: number;
  readonly novel: number | undefined;
  readonly stable: boolean;
  readonly expanded: boolean;
}

/** Ideas with a score, in the order in which they came. */
export function candidates(
  ideas: readonly Idea[],
  assessmentOf: (ideaId: string) => Assessment | undefined,
  expanded: ReadonlySet<string>,
): Candidate[] {
  return ideas.flatMap((idea, place) => {
    const assessment = assessmentOf(idea.id);
    if (assessment?.trust === undefined) return [];
    const { id, depth, round, parentIds } = idea;
    const { trust, stable = false, axes } = assessment;
    return [{ id, depth, round, place, parentIds, trust, novel: axes.novel, stable, expanded: expanded.has(id) }];
  });
}

/** Worth expanding, depth aside. */
export const isWorthy = (c: Candidate, minTrust: number): boolean => c.stable && c.trust > minTrust && !c.expanded;

export const isEligible = (c: Candidate, rules: { readonly minTrust: number; readonly maxDepth: number }): boolean =>
  isWorthy(c, rules.minTrust) && c.depth < rules.maxDepth;

/** Best first: trust, then novelty, then age. */
export const byMerit = (a: Candidate, b: Candidate): number => b.trust - a.trust || (b.novel ?? 0) - (a.novel ?? 0) || a.place - b.place;
