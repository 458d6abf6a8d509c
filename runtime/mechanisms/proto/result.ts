import { z } from 'zod';
import { messageOf } from '../../domain/errors.ts';

const mostProblems = 5;
const longestSchema = 20_000;

/**
 * Whether a result is what the program promised; a promise that is no usable JSON schema is a problem too. The schema was written by a
 * model: it is interpreted, never compiled to code, and may hold no references and no patterns (which could run for ever).
 */
export function resultProblems(result: unknown, expects: Readonly<Record<string, unknown>>): string[] {
  const text = JSON.stringify(expects);
  if (text.length > longestSchema) return ['expects: the schema is too long'];
  if (/"(\$ref|\$dynamicRef|pattern|patternProperties)"\s*:/.test(text)) return ['expects: references and patterns are not allowed'];
  try {
    const checked = z.fromJSONSchema(expects).safeParse(result);
    if (checked.success) return [];
    return checked.error.issues.slice(0, mostProblems).map((issue) => `${issue.path.join('.') || 'result'}: ${issue.message}`);
  } catch (error) {
    return [`expects: ${messageOf(error)}`];
  }
}
