import type { LlmCallParts, LlmRequest } from '../../runtime/ports/llm.ts';

/** A small answer schema as zod writes one, with every kind of limit that mechanisms use. */
export const answerSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  properties: {
    title: { type: 'string', minLength: 3, maxLength: 60 },
    grade: { type: 'integer', minimum: 0, maximum: 4 },
    weaknesses: { type: 'array', items: { type: 'string', maxLength: 50 }, minItems: 1, maxItems: 2 },
  },
  required: ['title', 'grade', 'weaknesses'],
  additionalProperties: false,
} as const;

/** A request as the Gateway makes it, for a test that cares about little of it. */
export function llmRequest(over: Partial<Omit<LlmRequest, 'parts'>> & { parts?: Partial<LlmCallParts> } = {}): LlmRequest {
  const { parts, ...rest } = over;
  return {
    messages: [
      { role: 'system', content: 'You judge ideas.' },
      { role: 'user', content: 'Objective: quieter streets at night.\n\n<idea>"rubber wheels for delivery carts"</idea>' },
    ],
    schema: answerSchema,
    temperature: 0.2,
    maxOutputTokens: 700,
    ...rest,
    parts: {
      effectId: 'eff_test',
      name: 'judge',
      ordinal: 0,
      stage: 'critique',
      role: 'sentinel-evaluator',
      objective: 'quieter streets at night',
      goals: [],
      task: 'You judge ideas.',
      material: [{ label: 'idea', text: 'rubber wheels for delivery carts' }],
      ...parts,
    },
  };
}

/** Call options for a call that is expected to end by itself. */
export const patient = (abort: AbortSignal = new AbortController().signal) => ({ abort, deadlineMs: 20_000 });

/** What a promise was rejected with; fails if it was not. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in outcome) return outcome.error;
  throw new Error(`expected a rejection, got ${JSON.stringify(outcome.value)}`);
}

/** All of an error that could reach a log: its fields and those of its causes, as text. */
export function everythingOf(error: unknown): string {
  const seen = new Set<unknown>();
  const walk = (at: unknown): string => {
    if (typeof at !== 'object' || at === null) return String(at);
    if (seen.has(at)) return '';
    seen.add(at);
    return Reflect.ownKeys(at)
      .map((key) => `${String(key)}=${walk((at as Record<PropertyKey, unknown>)[key])}`)
      .join('\n');
  };
  return walk(error);
}
