import { affordable, meanSpent } from '../../domain/planning/affordability.ts';
import { candidates, isEligible, isWorthy, type Candidate } from '../../domain/planning/candidate.ts';
import { expandedIdeas } from '../../domain/planning/expanded.ts';
import { plannedRounds, roundOfLastPlan } from '../../domain/planning/history.ts';
import { seedTrust } from '../../domain/planning/reward.ts';
import { planningSettings } from '../../domain/planning/settings.ts';
import { strategies } from '../../domain/planning/strategy.ts';
import type { SignalData } from '../../domain/signal.ts';
import { dot } from '../../domain/vector.ts';
import type { Outcome } from '../../domain/work.ts';
import type { MechanismContext } from '../../ports/mechanism.ts';
import type { PlannerConfig } from './config.ts';

type Step = SignalData<'step.requested'>;

/** What the planner sees before it decides. */
export interface Survey {
  readonly scored: readonly Candidate[];
  /** Chosen by the strategy, best first, as many as are affordable. */
  readonly chosen: readonly Candidate[];
  readonly affords: ReturnType<typeof affordable>;
  /** Something would be eligible if depth did not bar it. */
  readonly barredByDepth: boolean;
}

export function survey({ level }: Step, { visible, session, allConfig }: MechanismContext<PlannerConfig>): Survey {
  const { policy } = session;
  const settings = planningSettings(allConfig);
  const scored = candidates(visible.ideas, visible.assessment, expandedIdeas(visible.traces, level));
  const eligible = scored.filter((c) => isEligible(c, { minTrust: settings.minTrust, maxDepth: policy.depth }));
  const wanted = strategies[policy.strategy](
    {
      eligible,
      sinceRound: roundOfLastPlan(level.history),
      last: level.explorations.map(({ seedIdeaId: id }) => ({ id, trust: visible.assessment(id)?.trust ?? seedTrust })),
      tooClose(a, b) {
        const [x, y] = [visible.vector(a.id), visible.vector(b.id)];
        return x !== undefined && y !== undefined && 1 - dot(x, y) < settings.minNovelty;
      },
    },
    policy,
  );
  const ideas = visible.ideas.filter((idea) => idea.method !== 'seed').length;
  const affords = affordable({
    seeds: Math.max(1, wanted.length),
    variations: policy.variations,
    judges: settings.judges,
    remaining: level.remaining,
    meanSpent: meanSpent(level.limits, level.remaining, ideas),
  });
  return {
    scored,
    chosen: wanted.slice(0, affords.seeds),
    affords,
    barredByDepth: scored.some((c) => isWorthy(c, settings.minTrust)) && eligible.length === 0,
  };
}

/** Why the session ends here, first reason that holds; absent when it goes on. */
export function conclusion(seen: Survey, step: Step, { session }: MechanismContext<PlannerConfig>): Outcome['finish'] {
  const { policy } = session;
  if (seen.scored.some((c) => c.stable && c.trust >= policy.targetTrust)) return { reason: 'target-reached' };
  if (seen.affords.variations === 0) return { reason: 'budget-spent', code: seen.affords.code ?? 'llmCalls' };
  if (seen.scored.length === 0) return { reason: 'failed', code: 'NO_SCORED_IDEA' };
  if (plannedRounds(step.level.history) >= policy.rounds || seen.barredByDepth) return { reason: 'depth-reached' };
  if (step.stagnation === 'exhausted' || seen.chosen.length === 0) return { reason: 'stagnated' };
  return undefined;
}
