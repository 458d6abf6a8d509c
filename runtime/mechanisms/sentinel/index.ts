import { z } from 'zod';
import type { Mechanism } from '../../ports/mechanism.ts';
import { assess, reassess, unscored } from './assess.ts';
import { sentinelConfig, type SentinelConfig } from './config.ts';
import { sentinelTasks } from './tasks.ts';

const ideaId = z.string();

/** Criticises and scores ideas. */
export const sentinel: Mechanism<SentinelConfig> = {
  name: 'sentinel',
  version: 1,
  defaultRole: 'evaluator',
  config: sentinelConfig,
  tasks: sentinelTasks,
  operations: {
    assess: {
      input: z.strictObject({ ideaId }),
      emits: ['idea.assessed'],
      run: assess,
      onDead: (input: { ideaId: string }, config: SentinelConfig) => ({ assessments: [unscored(input.ideaId, 1, 'WORK_DEAD', config)] }),
    },
    // A reassessment that dies leaves the idea with the score that it has.
    reassess: { input: z.strictObject({ ideaId, claim: z.string(), result: z.json() }), emits: ['idea.assessed'], run: reassess },
  },
};
