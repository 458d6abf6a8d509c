import { z } from 'zod';
import { blockLimitsSchema } from '../../domain/proto-block.ts';

const limits = blockLimitsSchema.shape;

export const quantifierConfig = z.strictObject({
  block: z
    .strictObject({
      cpuSeconds: limits.cpuSeconds.default(10),
      memoryMiB: limits.memoryMiB.default(256),
      wallSeconds: limits.wallSeconds.default(20),
      outputKiB: limits.outputKiB.default(64),
    })
    .prefault({})
    .describe('Limits of each program; no model can change them'),
});
export type QuantifierConfig = z.infer<typeof quantifierConfig>;
