import { z } from 'zod';
import { noResources, resourcesSchema } from './resources.ts';

export const strategies = ['breadth', 'beam', 'depth-first'] as const;

/** What is fixed at a session's creation. */
export const policySchema = z.strictObject({
  strategy: z.enum(strategies),
  depth: z.int().min(1).max(20),
  variations: z.int().min(1).max(20),
  beamWidth: z.int().min(1).max(10),
  rounds: z.int().min(1).max(100),
  targetTrust: z.number().min(5).max(10),
  divergence: z.number().min(0.05).max(2),
  experiments: z.boolean(),
  model: z.exactOptional(z.string().min(1).max(200)),
  deadlineMs: z
    .int()
    .min(1_000)
    .max(7 * 86_400_000),
  maxParallel: z.int().min(1).max(64),
  retention: z.int().min(0).max(3650),
});
export type Policy = z.infer<typeof policySchema>;
export const policyRequestSchema = policySchema.partial();
export type PolicyRequest = z.infer<typeof policyRequestSchema>;

/** Fills in the defaults; `experiments` follows from whether a sandbox executor is configured. */
export function completePolicy(asked: PolicyRequest, instance: { experiments: boolean }): Policy {
  const strategy = asked.strategy ?? 'breadth';
  const depth = asked.depth ?? 5;
  return {
    strategy,
    depth,
    variations: asked.variations ?? 3,
    beamWidth: asked.beamWidth ?? 3,
    rounds: asked.rounds ?? (strategy === 'depth-first' ? 2 * depth : depth),
    targetTrust: asked.targetTrust ?? 8.5,
    divergence: asked.divergence ?? 0.7,
    experiments: asked.experiments ?? instance.experiments,
    ...(asked.model === undefined ? {} : { model: asked.model }),
    deadlineMs: asked.deadlineMs ?? 3_600_000,
    maxParallel: asked.maxParallel ?? 8,
    retention: asked.retention ?? 30,
  };
}

export const defaultLimits = Object.freeze({
  ...noResources,
  llmCalls: 120,
  inputTokens: 1_000_000,
  outputTokens: 250_000,
  costMicroUsd: 1_000_000,
  embeddings: 5_000,
  protoRuns: 10,
  protoCpuMs: 300_000,
});

const tag = z.string().min(1).max(64);
export const seedSchema = z.strictObject({
  text: z.string().trim().min(3).max(4000),
  title: z.exactOptional(z.string().trim().min(1).max(80)),
  tags: z.array(tag).max(8),
});
export type Seed = z.infer<typeof seedSchema>;

export const labelsSchema = z
  .record(
    z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9_.\-/]{0,61}[A-Za-z0-9])?$/, 'letters, digits, - _ . /, at most 63'),
    z.string().max(256),
  )
  .refine((labels) => Object.keys(labels).length <= 16, 'at most 16 labels');

export const sessionIdSchema = z
  .string()
  .regex(/^ses_[a-z0-9][a-z0-9_-]{0,59}$/, 'an id is ses_ and up to 60 lower-case letters, digits, - or _');

/** The body of `POST /v1/sessions`. */
export const sessionRequestSchema = z.strictObject({
  id: z.exactOptional(sessionIdSchema),
  objective: z.string().trim().min(3).max(2000),
  seeds: z
    .array(z.union([z.string().trim().min(3).max(4000), seedSchema.extend({ tags: z.array(tag).max(8).default([]) })]))
    .min(1)
    .max(20),
  policy: z.exactOptional(policyRequestSchema),
  limits: z.exactOptional(resourcesSchema.partial()),
  labels: z.exactOptional(labelsSchema),
  ruleSet: z.exactOptional(z.string().regex(/^[0-9a-f]{64}$/, 'the digest of a stored rule set')),
});
export type SessionRequest = z.infer<typeof sessionRequestSchema>;

/** Digests of stored blobs, and versions of the code that started the session. */
export const pinsSchema = z.strictObject({
  ruleSet: z.string(),
  bank: z.string(),
  embedder: z.string(),
  versions: z.record(z.string(), z.int()),
});
export type Pins = z.infer<typeof pinsSchema>;

/** Why a session ended. The planner says the first four; accounting and stops the rest. */
export const reasons = ['target-reached', 'depth-reached', 'budget-spent', 'stagnated', 'deadline', 'cancelled', 'failed'] as const;
export const reasonSchema = z.enum(reasons);
export type Reason = z.infer<typeof reasonSchema>;
export type StopReason = Extract<Reason, 'deadline' | 'cancelled'>;

const time = z.iso.datetime();

/** Counts kept beside the session by the store, exact at every commit. Seeds are not counted as ideas. */
export const tallySchema = z.strictObject({
  ideas: z.int().min(0),
  scored: z.int().min(0),
  unscored: z.int().min(0),
  stable: z.int().min(0),
  nearDuplicates: z.int().min(0),
});
export type Tally = z.infer<typeof tallySchema>;

export const sessionSchema = z.strictObject({
  id: sessionIdSchema,
  objective: z.string(),
  seeds: z.array(seedSchema),
  labels: labelsSchema,
  policy: policySchema,
  limits: resourcesSchema,
  pins: pinsSchema,
  frameId: z.string(),
  status: z.enum(['running', 'stopping', 'finished']),
  reason: z.exactOptional(reasonSchema),
  code: z.exactOptional(z.string()),
  round: z.int().min(0),
  openWork: z.int().min(0),
  sequence: z.int().min(0),
  tally: tallySchema,
  createdAt: time,
  deadlineAt: time,
  finishedAt: z.exactOptional(time),
});
export type Session = z.infer<typeof sessionSchema>;

/** What never changes after creation: all that a mechanism or a rule may know of a session. */
export type SessionFacts = Pick<Session, 'id' | 'objective' | 'labels' | 'policy' | 'limits' | 'pins' | 'frameId'>;
