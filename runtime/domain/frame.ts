import { z } from 'zod';
import { resourcesSchema } from './resources.ts';

/** The only settings that reach a provider. */
export const llmPolicySchema = z.strictObject({
  model: z.exactOptional(z.string().min(1).max(200)),
  temperature: z.exactOptional(z.number().min(0).max(2)),
  topP: z.exactOptional(z.number().min(0).max(1)),
  maxOutputTokens: z.exactOptional(z.int().min(16).max(32_768)),
});
export type LlmPolicy = z.infer<typeof llmPolicySchema>;

export const frameKinds = ['session', 'level', 'exploration', 'blend', 'experiment'] as const;
/** Root 1, level 2, and so on: a frame opened by a rule may be the eighth at most. */
export const maxFrameNesting = 8;

/** A bounded working context. Kept by the store: status and outcome; everything else never changes. */
export const frameSchema = z.strictObject({
  id: z.string(),
  sessionId: z.string(),
  parentId: z.exactOptional(z.string()),
  kind: z.enum(frameKinds),
  goals: z.array(z.string().min(1).max(500)).min(1).max(8),
  llmPolicy: llmPolicySchema,
  round: z.int().min(0),
  /** Nesting: the root frame has 1. */
  depth: z.int().min(1).max(maxFrameNesting),
  /** The idea that the frame is about, where there is one. */
  subject: z.exactOptional(z.string()),
  /** Place among the frames that its commit brought: explorations of a level are ordered by it. */
  ordinal: z.int().min(0),
  cause: z.exactOptional(z.enum(['plan', 'stagnation'])),
  /** Work items of a level and of the frames below it that are not ended. Levels only. */
  open: z.exactOptional(z.int().min(0)),
  /** Id of the work item that runs in it (opened by a rule), that made it (levels), or of the session (root, first level). */
  openedBy: z.string(),
  status: z.enum(['active', 'finished']),
  outcome: z.exactOptional(z.enum(['done', 'budget', 'stopped', 'failed'])),
});
export type Frame = z.infer<typeof frameSchema>;
export type FrameOutcome = NonNullable<Frame['outcome']>;
/** A frame as a commit brings it; the store adds `open`, `status` and the budget row. */
export type NewFrame = Omit<Frame, 'open' | 'status' | 'outcome'> & { readonly limits: z.infer<typeof limitsSchema> };

export const limitsSchema = resourcesSchema.partial();

/**
 * lost: charged against the limit (its worker vanished while it ran), but not known to be spent. counted: what the effects that have a
 * result cost, each once; repeats and failures, which depend on who died when, are spent but not counted. Summaries and plans go by it.
 */
export const budgetSchema = z.strictObject({
  frameId: z.string(),
  limits: limitsSchema,
  reserved: resourcesSchema,
  lost: resourcesSchema,
  spent: resourcesSchema,
  counted: resourcesSchema,
});
export type Budget = z.infer<typeof budgetSchema>;

/** Default goals of the frames that rules open. */
export const defaultGoals: Readonly<Record<'exploration' | 'blend' | 'experiment', string>> = {
  exploration: 'Vary the idea: propose something that serves the objective better, or in a way not yet tried.',
  blend: 'Join the idea with another field, so that a mechanism of that field does real work in it.',
  experiment: 'Test the main claim of the idea by computing something that could refute it.',
};
