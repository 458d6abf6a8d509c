import { z } from 'zod';

const share = z.number().min(0).max(0.9);

export const catalystConfig = z
  .strictObject({
    applicationRate: z
      .number()
      .min(0)
      .max(1)
      .default(0.2)
      .describe('Share of the promising ideas that are blended; planned and stagnation always are'),
    shareLow: share.default(0.2).describe('The share of the other field in a blend is drawn from here …'),
    shareHigh: share.default(0.5).describe('… to here'),
    hybrids: z.int().min(1).max(5).default(1).describe('Blends an item, each with another field'),
  })
  .refine((c) => c.shareLow <= c.shareHigh, { path: ['shareLow'], message: 'must not be greater than shareHigh' });
export type CatalystConfig = z.infer<typeof catalystConfig>;
