import { z } from 'zod';

export const stagnationConfig = z.strictObject({
  noveltyFloor: z.number().min(1).max(10).default(4).describe('Reason `novelty`: mean novelty of a round below this …'),
  noveltyStreak: z.int().min(1).max(10).default(2).describe('… in so many rounds in a row'),
  minGain: z.number().min(0).max(5).default(0.2).describe('Reason `trust`: the best trust grew by less than this …'),
  patience: z.int().min(1).max(100).default(2).describe('… over so many rounds of cause plan, after at least one more'),
  maxInterventions: z.int().min(1).max(10).default(2).describe('Interventions a session'),
});
export type StagnationConfig = z.infer<typeof stagnationConfig>;
