import { z } from 'zod';
import type { Mechanism } from '../../ports/mechanism.ts';
import { blend } from './blend.ts';
import { catalystConfig, type CatalystConfig } from './config.ts';
import { catalystTasks } from './tasks.ts';

/** Joins ideas with other fields. */
export const catalyst: Mechanism<CatalystConfig> = {
  name: 'catalyst',
  version: 1,
  defaultRole: 'generator',
  config: catalystConfig,
  tasks: catalystTasks,
  operations: {
    blend: {
      input: z.strictObject({ ideaId: z.string(), cause: z.enum(['planned', 'promising', 'stagnation']) }),
      emits: ['idea.catalyzed'],
      run: blend,
    },
  },
};
