import { z } from 'zod';
import { critiqueSchema, evidenceSchema } from '../../runtime/domain/assessment.ts';
import { dialects } from '../../runtime/domain/proto-block.ts';
import type { LlmRequest, Material } from '../../runtime/ports/llm.ts';

const ideaSchema = (least: number, most: number) =>
  z.strictObject({ title: z.string().min(3).max(80), text: z.string().min(least).max(most) });

/** The answers that mechanisms ask for, by the name of the call. */
export const answers = {
  vary: ideaSchema(20, 1500),
  blend: ideaSchema(20, 1500),
  judge: critiqueSchema,
  rejudge: critiqueSchema.extend({ evidence: evidenceSchema }),
  decide: z.strictObject({ decision: z.enum(['experiment', 'none']), claim: z.string().max(500), reason: z.string().max(500) }),
  write: programSchema(),
  rewrite: programSchema(),
} as const;
export type CallName = keyof typeof answers;
export const callNames = Object.keys(answers) as CallName[];

function programSchema() {
  return z.strictObject({
    dialect: z.enum(dialects),
    code: z.string().min(1).max(20_000),
    entryPoint: z.string().min(1).max(64),
    inputs: z.record(z.string(), z.json()),
    requirements: z.array(z.string().max(64)).max(16),
    expects: z.record(z.string(), z.json()),
  });
}

export interface Asked {
  readonly effectId?: string;
  readonly ordinal?: number;
  readonly objective?: string;
  readonly material?: Readonly<Record<string, string>>;
  readonly schema?: z.ZodType;
}

export const libraryObjective = "Shorten the waiting time at our town library's returns desk without hiring staff.";
export const librarySeed = 'Volunteers sort returned books by shelf before staff arrive.';

/** A call as a mechanism makes it, for the builtin model: it reads the parts, so that the messages say nothing. */
export function builtinRequest(name: CallName | `${CallName}-repair`, asked: Asked = {}): LlmRequest {
  const { effectId = 'eff_test', ordinal = 0, objective = libraryObjective, material = {} } = asked;
  return {
    messages: [{ role: 'user', content: 'rendered elsewhere' }],
    schema: z.toJSONSchema(asked.schema ?? answers[name.replace('-repair', '') as CallName]),
    maxOutputTokens: 800,
    parts: {
      effectId,
      name,
      ordinal,
      stage: 'exploration',
      role: 'any',
      objective,
      goals: [objective],
      task: 'Trusted words.',
      material: Object.entries(material).map(([label, text]): Material => ({ label, text })),
    },
  };
}

/** Material of a vary call, with other concepts for other numbers. */
export function varyMaterial(i: number, concepts: readonly string[], seed = librarySeed): Record<string, string> {
  const concept = (k: number): string => concepts[(i * 3 + k * 131) % concepts.length]!;
  return {
    seed: `${seed.slice(0, 80)}\n\n${seed}`,
    toward: [0, 1, 2].map(concept).join(', '),
    away: [3, 4].map(concept).join(', '),
    distance: ['near', 'medium', 'far'][i % 3]!,
    'already there': 'Books by the hour\nA shelf for late returns',
    length: '20 to 1500 characters',
  };
}
