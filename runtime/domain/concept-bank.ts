import { z } from 'zod';

/** 24 domains of 64 concepts: what the explorer's directions and the catalyst's blends are made of. Bank order: domains, then concepts. */
export const conceptBankSchema = z.strictObject({
  version: z.literal('nireon.concepts/v1'),
  domains: z
    .array(z.strictObject({ name: z.string().min(1).max(40), concepts: z.array(z.string().min(1).max(60)).min(1).max(256) }))
    .min(4)
    .max(64),
});
export type ConceptBank = z.infer<typeof conceptBankSchema>;
