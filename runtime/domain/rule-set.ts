import { z } from 'zod';
import { limitsSchema, llmPolicySchema } from './frame.ts';
import { blockLimitsSchema, dialects } from './proto-block.ts';

const kebab = z
  .string()
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'kebab-case: lower-case words joined by -')
  .max(64);
const cel = z.string().min(1).max(4000);

/** One rule: when a signal of type `on` satisfies `when`, `to` gets it with `input`. */
export const ruleSchema = z.strictObject({
  id: kebab,
  on: z.string().min(1),
  to: z.string().regex(/^[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*$/, 'mechanism.operation'),
  input: z.record(z.string().min(1).max(64), cel),
  when: z.exactOptional(cel),
  priority: z.int().min(0).max(1000).default(100),
  group: z.exactOptional(kebab),
  opens: z.exactOptional(
    z.strictObject({
      kind: z.enum(['exploration', 'blend', 'experiment']),
      limits: z.exactOptional(limitsSchema),
      llmPolicy: z.exactOptional(llmPolicySchema),
      goals: z.exactOptional(z.array(z.string().min(1).max(500)).min(1).max(8)),
    }),
  ),
});
export type Rule = z.infer<typeof ruleSchema>;

/** One manifest file. */
export const ruleManifestSchema = z.strictObject({
  version: z.literal('nireon.rules/v1'),
  name: kebab,
  terminal: z.array(z.string().min(1)).max(64).default([]),
  rules: z.array(ruleSchema).max(1000),
});

/**
 * What a session pins: the merged rules, the configuration of every mechanism and the trusted texts of its prompts. Stored as RFC 8785
 * JSON under its SHA-256; a roll-out that changes any of it makes another rule set and leaves running sessions alone.
 */
export const ruleSetSchema = z.strictObject({
  version: z.literal('nireon.rule-set/v1'),
  terminal: z.array(z.string()),
  rules: z.array(ruleSchema),
  /** mechanism → its configuration, complete. */
  config: z.record(z.string(), z.record(z.string(), z.json())),
  /** What the sandbox of the instance could run; stands in prompts, so it is pinned with them. Absent without a sandbox. */
  offer: z.exactOptional(
    z.strictObject({ dialects: z.array(z.enum(dialects)), packages: z.array(z.string()), maximum: blockLimitsSchema }),
  ),
  /** mechanism → name of the call → task text. */
  tasks: z.record(z.string(), z.record(z.string(), z.string())),
});
export type RuleSet = z.infer<typeof ruleSetSchema>;
