import { z } from 'zod';
import { signalData, type SignalData } from '../../domain/signal.ts';
import type { Mechanism, MechanismContext, OperationResult } from '../../ports/mechanism.ts';
import { plannerConfig, type PlannerConfig } from './config.ts';
import { conclusion, survey } from './survey.ts';
import { plant } from './plant.ts';
import { tracesOf } from './traces.ts';

type Step = SignalData<'step.requested'>;

/** Decides after each level: the session is done, or these ideas are expanded next, at this strength. */
export const planner: Mechanism<PlannerConfig> = {
  name: 'planner',
  version: 1,
  defaultRole: 'evaluator',
  config: plannerConfig,
  tasks: {},
  operations: {
    plan: {
      input: z.strictObject({ step: signalData['step.requested'] }),
      emits: ['seed.planted'],
      run: async ({ step }: { step: Step }, context: MechanismContext<PlannerConfig>): Promise<OperationResult> => {
        const traces = tracesOf(step.level, context);
        const seen = survey(step, context);
        const finish = conclusion(seen, step, context);
        if (finish) return { traces, outcome: { result: 'finished', finish } };
        return { traces, ...plant(seen, step.level, context), outcome: { result: 'planned' } };
      },
    },
  },
};
