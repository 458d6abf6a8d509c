import { z } from 'zod';

export const dialects = ['javascript', 'python', 'math'] as const;

export const blockLimitsSchema = z.strictObject({
  cpuSeconds: z.int().min(1).max(600).meta({ unit: 's' }),
  memoryMiB: z.int().min(16).max(8192).meta({ unit: 'MiB' }),
  wallSeconds: z.int().min(1).max(1200).meta({ unit: 's' }),
  outputKiB: z.int().min(1).max(1024).meta({ unit: 'KiB' }),
});
export type BlockLimits = z.infer<typeof blockLimitsSchema>;

/** A small program with a claim to test. `limits` come from configuration alone, never from a model. */
export const protoBlockSchema = z.strictObject({
  id: z.string().min(1).max(80),
  dialect: z.enum(dialects),
  code: z.string().min(1).max(20_000),
  entryPoint: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/),
  inputs: z.record(z.string(), z.json()),
  requirements: z.array(z.string().max(64)).max(16),
  limits: blockLimitsSchema,
  /** JSON schema of the result. */
  expects: z.record(z.string(), z.json()),
});
export type ProtoBlock = z.infer<typeof protoBlockSchema>;

export const protoFailureCodes = [
  'PROTO_PROGRAM_ERROR',
  'PROTO_TIMEOUT',
  'PROTO_OUT_OF_MEMORY',
  'PROTO_OUTPUT_LIMIT',
  'PROTO_REJECTED',
  'PROTO_RESULT_INVALID',
  'SANDBOX_DISABLED',
  'SANDBOX_UNAVAILABLE',
  'BUDGET_EXHAUSTED',
  'SESSION_STOPPED',
] as const;
