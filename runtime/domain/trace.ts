import { z } from 'zod';
import { resourcesSchema } from './resources.ts';

export const actions = ['explore', 'synthesize'] as const;
export const actionSchema = z.enum(actions);
export const featuresSchema = z.array(z.number()).length(6);

/** What the planner learns from: one exploration of a round of cause plan. No clock enters the reward. */
export const traceSchema = z.strictObject({
  id: z.string(),
  sessionId: z.string(),
  round: z.int().min(1),
  frameId: z.string(),
  policy: z.string(),
  action: actionSchema,
  features: featuresSchema,
  parentIdeaId: z.string(),
  parentTrust: z.number(),
  bestIdeaId: z.exactOptional(z.string()),
  bestTrust: z.exactOptional(z.number()),
  gain: z.number(),
  costShare: z.number(),
  reward: z.number().min(-1).max(1),
  spent: resourcesSchema,
  createdAt: z.iso.datetime(),
});
export type Trace = z.infer<typeof traceSchema>;
