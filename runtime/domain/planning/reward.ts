import { round4 } from '../assessment.ts';
import { resourceNames, type PartialResources } from '../resources.ts';

/** What a seed counts for, whose trust nobody measured. */
export const seedTrust = 5;

/** Half the rise in trust, less the weighted share of the budget: no clock enters it. In [-1, 1]. */
export function reward(of: {
  readonly bestTrust: number | undefined;
  readonly parentTrust: number;
  readonly spent: PartialResources;
  readonly limits: PartialResources;
  readonly costWeight: number;
}): { gain: number; costShare: number; reward: number } {
  const gain = of.bestTrust === undefined ? 0 : round4((of.bestTrust - of.parentTrust) / 2);
  const costShare = round4(
    Math.max(
      0,
      ...resourceNames
        .filter((name) => name !== 'embeddings' && name !== 'protoRuns')
        .map((name) => ((of.limits[name] ?? 0) > 0 ? (of.spent[name] ?? 0) / of.limits[name]! : 0)),
    ),
  );
  return { gain, costShare, reward: round4(Math.max(-1, Math.min(1, gain - of.costWeight * costShare))) };
}
