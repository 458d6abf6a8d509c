import { z } from 'zod';

export const explorerConfig = z
  .strictObject({
    towardConcepts: z.int().min(1).max(8).default(3).describe('Concepts that a prompt names to go toward'),
    awayConcepts: z.int().min(0).max(8).default(2).describe('Concepts that a prompt names to go away from'),
    minNovelty: z
      .number()
      .min(0)
      .max(0.5)
      .default(0.1)
      .describe('An idea is refused if 1 - its greatest cosine to a seed, visible idea or accepted sibling is below this'),
    noveltyRetries: z.int().min(0).max(4).default(2).describe('New tries for a refused variation'),
    retryFactor: z.number().min(1).max(3).default(1.5).describe('Each new try multiplies the strength of the step by this'),
    minLength: z.int().min(5).max(1000).default(20).describe('Shortest text of an idea, in characters'),
    maxLength: z.int().min(50).max(4000).default(1500).describe('Longest text of an idea, in characters'),
    parallel: z.int().min(1).max(10).default(3).describe('Model calls in flight within one item'),
  })
  .refine((c) => c.minLength < c.maxLength, { path: ['minLength'], message: 'must be less than maxLength' });
export type ExplorerConfig = z.infer<typeof explorerConfig>;
