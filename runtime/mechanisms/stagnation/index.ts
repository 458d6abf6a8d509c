import { z } from 'zod';
import { levelSummarySchema, type LevelSummary } from '../../domain/level.ts';
import { affordable, meanSpent } from '../../domain/planning/affordability.ts';
import { byMerit, candidates, isEligible, type Candidate } from '../../domain/planning/candidate.ts';
import { expandedIdeas } from '../../domain/planning/expanded.ts';
import { interventions, plannedRounds } from '../../domain/planning/history.ts';
import { planningSettings } from '../../domain/planning/settings.ts';
import type { SignalData } from '../../domain/signal.ts';
import type { Mechanism, MechanismContext, OperationResult } from '../../ports/mechanism.ts';
import { stagnationConfig, type StagnationConfig } from './config.ts';
import { stagnationReasons } from './reasons.ts';

type Context = MechanismContext<StagnationConfig>;

/** Once a level, since concurrent assessments have no order: goes on to the planner, or opens a level that shakes things up. */
export const stagnation: Mechanism<StagnationConfig> = {
  name: 'stagnation',
  version: 1,
  defaultRole: 'evaluator',
  config: stagnationConfig,
  tasks: {},
  operations: {
    check: {
      input: z.strictObject({ level: levelSummarySchema }),
      emits: ['step.requested', 'stagnation.detected'],
      run: check,
    },
  },
};

async function check({ level }: { level: LevelSummary }, context: Context): Promise<OperationResult> {
  const { config, session, visible, allConfig } = context;
  const scored = candidates(visible.ideas, visible.assessment, expandedIdeas(visible.traces, level));
  const rules = { minTrust: planningSettings(allConfig).minTrust, maxDepth: session.policy.depth };
  const reasons = stagnationReasons(level.history, scored.filter((c) => isEligible(c, rules)).length, config);
  if (reasons.length === 0) return goOn(context, level, 'none');
  if (level.cause === 'stagnation') return goOn(context, level, 'paused');
  const [base] = scored.toSorted(byMerit);
  if (!base || !mayIntervene(base, scored, level, context)) return goOn(context, level, 'exhausted');
  const round = level.round + 1;
  return {
    frames: [{ kind: 'level', round, cause: 'stagnation', goals: ['Break the stagnation: bring in what no idea so far has.'] }],
    signals: [
      {
        type: 'stagnation.detected',
        subject: base.id,
        depth: base.depth,
        frameId: context.ids.level(round),
        data: { ideaId: base.id, reasons, intervention: interventions(level.history) + 1 },
      },
    ],
    outcome: { result: 'intervened' },
  };
}

/** Whether a level that grows from `base` is allowed, is paid for, and is still wanted: a target that is reached ends the session. */
function mayIntervene(
  base: Candidate,
  scored: readonly Candidate[],
  { history, limits, remaining }: LevelSummary,
  context: Context,
): boolean {
  const { config, visible, allConfig } = context;
  const { policy } = context.session;
  const ideas = visible.ideas.filter((idea) => idea.method !== 'seed').length;
  const { judges } = planningSettings(allConfig);
  return (
    base.depth < policy.depth &&
    plannedRounds(history) < policy.rounds &&
    interventions(history) < config.maxInterventions &&
    !scored.some((c) => c.stable && c.trust >= policy.targetTrust) &&
    affordable({ seeds: 1, variations: 1, judges, remaining, meanSpent: meanSpent(limits, remaining, ideas) }).variations > 0
  );
}

function goOn(context: Context, level: LevelSummary, found: SignalData<'step.requested'>['stagnation']): OperationResult {
  return {
    signals: [{ type: 'step.requested', subject: context.frame.id, depth: level.depth, data: { level, stagnation: found } }],
    outcome: { result: 'checked' },
  };
}
