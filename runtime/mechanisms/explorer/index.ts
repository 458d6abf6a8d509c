import { z } from 'zod';
import type { Mechanism } from '../../ports/mechanism.ts';
import { explorerConfig, type ExplorerConfig } from './config.ts';
import { explore } from './explore.ts';
import { explorerTasks } from './tasks.ts';

/** Grows new ideas out of one. */
export const explorer: Mechanism<ExplorerConfig> = {
  name: 'explorer',
  version: 1,
  defaultRole: 'generator',
  config: explorerConfig,
  tasks: explorerTasks,
  operations: {
    explore: {
      input: z.strictObject({ ideaId: z.string(), variations: z.int().min(1), divergence: z.number() }),
      emits: ['idea.generated'],
      run: explore,
    },
  },
};
