import { z } from 'zod';

const weight = (standard: number) => z.number().min(0).max(1).default(standard);

export const sentinelConfig = z
  .strictObject({
    weights: z
      .strictObject({ align: weight(0.4), feas: weight(0.3), novel: weight(0.3) })
      .refine((w) => Math.abs(w.align + w.feas + w.novel - 1) < 1e-9, 'the three weights must sum to 1')
      .prefault({})
      .describe('Weights of the axes in trust; they sum to 1'),
    trustThreshold: z.number().min(0).max(10).default(5).describe('An idea is stable from this trust on …'),
    minAxis: z.number().min(0).max(10).default(2.5).describe('… if no axis is below this'),
    judges: z.int().min(1).max(5).default(1).describe('Judge calls an idea; axes are their means'),
    noveltyNear: z.number().min(0).max(1).default(0.95).describe('Cosine to the nearest idea that means novelty 1'),
    noveltyFar: z.number().min(0).max(1).default(0.3).describe('Cosine to the nearest idea that means novelty 10'),
  })
  .refine((c) => c.noveltyNear > c.noveltyFar, { path: ['noveltyNear'], message: 'must be greater than noveltyFar' });
export type SentinelConfig = z.infer<typeof sentinelConfig>;
