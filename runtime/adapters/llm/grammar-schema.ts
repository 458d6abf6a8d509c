import type { JsonSchema } from '../../ports/llm.ts';
import { mapSchema } from './provider-schema.ts';

/** The longest string that a grammar is asked to bound: longer ones make grammars that take seconds to compile. */
const maxGrammarLength = 2000;
const defaultLength = 600;
const widestEnum = 32;

/**
 * The schema as a grammar can hold an answer to it: integers of a small range as an enum, since grammars know no minimum or maximum;
 * a greatest length on every string, without which a small model never closes its quotes; no keyword that grammars ignore, and no
 * empty schema, which they take for null.
 */
export function grammarSchema(schema: JsonSchema): JsonSchema {
  return mapSchema(schema, (node) => {
    const { $schema: _dialect, minimum, maximum, anyOf, ...rest } = node;
    if (anyOf !== undefined) return { ...rest, oneOf: anyOf };
    if (rest['type'] === 'integer' && typeof minimum === 'number' && typeof maximum === 'number' && maximum - minimum < widestEnum) {
      const { type: _integer, ...others } = rest;
      return { ...others, enum: Array.from({ length: maximum - minimum + 1 }, (_, i) => minimum + i) };
    }
    if (rest['type'] === 'string' && !('enum' in rest) && !('const' in rest)) {
      const longest = typeof rest['maxLength'] === 'number' ? rest['maxLength'] : defaultLength;
      return { ...rest, maxLength: Math.min(longest, maxGrammarLength) };
    }
    if (isEmpty(rest['additionalProperties'])) return { ...rest, additionalProperties: true };
    return isEmpty(rest) ? { type: ['string', 'number', 'boolean', 'null'] } : rest;
  });
}

function isEmpty(schema: unknown): boolean {
  return typeof schema === 'object' && schema !== null && Object.keys(schema).length === 0;
}
