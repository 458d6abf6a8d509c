import type { RuleSet } from '../rule-set.ts';

/** What planning reads of the mechanisms' pinned settings. */
export interface PlanningSettings {
  readonly judges: number;
  readonly minTrust: number;
  readonly minNovelty: number;
}

/** What a blend has in common with an exploration. */
export interface ExplorerSettings {
  readonly minNovelty: number;
  readonly minLength: number;
  readonly maxLength: number;
}

function number(config: RuleSet['config'], mechanism: string, key: string, fallback: number): number {
  const value = config[mechanism]?.[key];
  return typeof value === 'number' ? value : fallback;
}

export const planningSettings = (config: RuleSet['config']): PlanningSettings => ({
  judges: number(config, 'sentinel', 'judges', 1),
  minTrust: number(config, 'planner', 'minTrust', 4),
  minNovelty: number(config, 'explorer', 'minNovelty', 0.1),
});

export const explorerSettings = (config: RuleSet['config']): ExplorerSettings => ({
  minNovelty: number(config, 'explorer', 'minNovelty', 0.1),
  minLength: number(config, 'explorer', 'minLength', 20),
  maxLength: number(config, 'explorer', 'maxLength', 1500),
});
