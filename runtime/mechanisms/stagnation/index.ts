import { z } from 'zod';
import { levelSummarySchema, type LevelSummary } from '../../domain/level.ts';
import { affordable } from '../../domain/planning/affordability.ts';
import { byMerit, candidates, isEligible } from '../../domain/planning/candidate.ts';
import { expandedIdeas } from '../../domain/planning/expanded.ts';
import { interventions, plannedRounds } from '../../domain/planning/history.ts';
import { planningSettings } from '../../domain/planning/settings.ts';
import type { SignalData } from '../../domain/signal.ts';
import type { Mechanism, MechanismContext, OperationResult } from '../../ports/mechanism.ts';
import { stagnationConfig, type StagnationConfig } from './config.ts';
import { stagnationReasons } from './reasons.ts';

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
      run: async ({ level }: { level: LevelSummary }, context: MechanismContext<StagnationConfig>): Promise<OperationResult> => {
        const { config, session, visible } = context;
        const settings = planningSettings(context.allConfig);
        const scored = candidates(visible.ideas, visible.assessment, expandedIdeas(visible.traces, level));
        const rules = { minTrust: settings.minTrust, maxDepth: session.policy.depth };
        const reasons = stagnationReasons(level.history, scored.filter((c) => isEligible(c, rules)).length, config);
        const base = [...scored].sort(byMerit)[0];
        const used = interventions(level.history);
        const canIntervene =
          base !== undefined &&
          base.depth < session.policy.depth &&
          plannedRounds(level.history) < session.policy.rounds &&
          used < config.maxInterventions &&
          affordable({ seeds: 1, variations: 1, judges: settings.judges, remaining: level.remaining }).variations > 0;

        if (reasons.length === 0) return goOn(context, level, 'none');
        if (level.cause === 'stagnation') return goOn(context, level, 'paused');
        if (!canIntervene) return goOn(context, level, 'exhausted');
        const round = level.round + 1;
        return {
          frames: [{ kind: 'level', round, cause: 'stagnation', goals: ['Break the stagnation: bring in what no idea so far has.'] }],
          signals: [
            {
              type: 'stagnation.detected',
              subject: base.id,
              depth: base.depth,
              frameId: context.ids.level(round),
              data: { ideaId: base.id, reasons, intervention: used + 1 },
            },
          ],
          outcome: { result: 'intervened' },
        };
      },
    },
  },
};

function goOn(context: MechanismContext, level: LevelSummary, found: SignalData<'step.requested'>['stagnation']): OperationResult {
  return {
    signals: [{ type: 'step.requested', subject: context.frame.id, depth: level.depth, data: { level, stagnation: found } }],
    outcome: { result: 'checked' },
  };
}
