import type { RuleSet } from '../rule-set.ts';

/** What planning reads of the mechanisms' pinned settings. */
export interface PlanningSettings {
  readonly judges: number;
  readonly minTrust: number;
  readonly minNovelty: number;
}

export function planningSettings(config: RuleSet['config']): PlanningSettings {
  const number = (mechanism: string, key: string, fallback: number): number => {
    const value = config[mechanism]?.[key];
    return typeof value === 'number' ? value : fallback;
  };
  return {
    judges: number('sentinel', 'judges', 1),
    minTrust: number('planner', 'minTrust', 4),
    minNovelty: number('explorer', 'minNovelty', 0.1),
  };
}
