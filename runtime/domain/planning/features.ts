import { round4 } from '../assessment.ts';
import { resourceNames, type PartialResources } from '../resources.ts';
import type { Trace } from '../trace.ts';

/** What the planner knows of an idea when it decides how to expand it; unknown trust counts 5, unknown novelty 5.5. */
export function features(of: {
  readonly trust?: number | undefined;
  readonly novel?: number | undefined;
  readonly depth: number;
  readonly maxDepth: number;
  /** Least left / limit over all limited resources, 0..1. */
  readonly leastLeft: number;
  readonly streak: number;
}): Trace['features'] {
  return [
    1,
    round4((of.trust ?? 5) / 10),
    round4(((of.novel ?? 5.5) - 1) / 9),
    round4(of.depth / of.maxDepth),
    round4(of.leastLeft),
    Math.min(of.streak, 2) / 2,
  ];
}

/** Of a seed in round 1, before anything is spent or scored. */
export const firstFeatures = (policy: { readonly depth: number }): Trace['features'] =>
  features({ depth: 0, maxDepth: policy.depth, leastLeft: 1, streak: 0 });

export function leastLeft(limits: PartialResources, remaining: PartialResources): number {
  const shares = resourceNames.flatMap((name) => {
    const limit = limits[name] ?? 0;
    return limit > 0 ? [Math.min(1, Math.max(0, (remaining[name] ?? 0) / limit))] : [];
  });
  return Math.min(1, ...shares);
}
