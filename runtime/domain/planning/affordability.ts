import { resourceNames, type PartialResources, type ResourceName } from '../resources.ts';

export interface Affordable {
  /** Seeds to expand, and ideas to ask for from each; both 0 when nothing is affordable. */
  readonly seeds: number;
  readonly variations: number;
  /** The resource that allows no more; absent when everything asked for is affordable. */
  readonly code?: ResourceName;
}

/**
 * How much of a plan the remaining budget pays for, assessments included: nobody pays for ideas that cannot be assessed. Fewer seeds come
 * before no variations at all. `meanSpent` is what an idea has cost so far, where that is known.
 */
export function affordable(plan: {
  readonly seeds: number;
  readonly variations: number;
  readonly judges: number;
  readonly remaining: PartialResources;
  readonly meanSpent?: PartialResources;
}): Affordable {
  let code: ResourceName | undefined;
  for (let seeds = plan.seeds; seeds > 0; seeds--) {
    let variations = plan.variations;
    for (const name of resourceNames) {
      const costs = name === 'llmCalls' ? 1 + plan.judges : (plan.meanSpent?.[name] ?? 0);
      if (costs <= 0) continue;
      const most = Math.max(0, Math.floor((plan.remaining[name] ?? 0) / (seeds * costs)));
      if (most >= variations) continue;
      variations = most;
      code = name;
    }
    if (variations > 0) return code === undefined ? { seeds, variations } : { seeds, variations, code };
  }
  return { seeds: 0, variations: 0, ...(code === undefined ? {} : { code }) };
}

/** What an idea has cost on average, everything that was spent for it included; nothing is known before the first. */
export function meanSpent(limits: PartialResources, remaining: PartialResources, ideas: number): PartialResources {
  if (ideas === 0) return {};
  return Object.fromEntries(resourceNames.map((name) => [name, ((limits[name] ?? 0) - (remaining[name] ?? 0)) / ideas]));
}
