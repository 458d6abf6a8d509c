import type { LevelSummary } from '../../domain/level.ts';
import { reward, seedTrust } from '../../domain/planning/reward.ts';
import type { MechanismContext, TraceDraft } from '../../ports/mechanism.ts';
import type { PlannerConfig } from './config.ts';

/** One trace an exploration since the last plan: what was decided on what was known, and what it brought. */
export function tracesOf(level: LevelSummary, { config, visible }: MechanismContext<PlannerConfig>): TraceDraft[] {
  const round = level.cause === 'plan' ? level.round : level.round - 1;
  return level.explorations.map((exploration) => {
    const { seedIdeaId, frameId, action, features, bestIdeaId, bestTrust, spent } = exploration;
    const parentTrust = visible.assessment(seedIdeaId)?.trust ?? seedTrust;
    return {
      round,
      frameId,
      policy: 'greedy',
      action,
      features,
      parentIdeaId: seedIdeaId,
      parentTrust,
      ...(bestIdeaId === undefined ? {} : { bestIdeaId }),
      ...(bestTrust === undefined ? {} : { bestTrust }),
      ...reward({ bestTrust, parentTrust, spent, limits: level.limits, costWeight: config.costWeight }),
      spent,
    };
  });
}
