import { z } from 'zod';

export const plannerConfig = z.strictObject({
  minTrust: z.number().min(0).max(10).default(4).describe('An idea must be above it to be expanded'),
  costWeight: z.number().min(0).max(5).default(0.5).describe('Weight of the share of the budget in the reward of a trace'),
});
export type PlannerConfig = z.infer<typeof plannerConfig>;
