import type { z } from 'zod';

/**
 * What is wrong with a value, as the rest of a sentence that begins with its path: for people who wrote it. The value itself is not
 * repeated: it may be a secret, or as long as a book. To be handed to zod with the value (`safeParse(value, { error: sayIssue })`).
 */
export const sayIssue: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is required';
      return `must be ${kinds[issue.expected] ?? issue.expected}, not ${kindOf(issue.input)}`;
    case 'too_small':
      return `must ${issue.inclusive === false ? beyond('more than', issue) : beyond('at least', issue)}`;
    case 'too_big':
      return `must ${issue.inclusive === false ? beyond('less than', issue) : beyond('at most', issue)}`;
    case 'invalid_value':
      return `must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map(String).join(', ')}`;
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'unrecognized_keys':
      return `has no ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}`;
    case 'invalid_format':
      return issue.pattern === undefined ? `must be a valid ${issue.format}` : `must match ${issue.pattern}`;
    default:
      return undefined;
  }
};

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
  null: 'null',
};

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number') return Number.isInteger(value) ? 'a number' : Number.isFinite(value) ? 'a fraction' : 'no number at all';
  return kinds[typeof value] ?? typeof value;
}

function beyond(words: string, { origin, ...limits }: { origin: string; minimum?: number | bigint; maximum?: number | bigint }): string {
  const limit = limits.minimum ?? limits.maximum ?? 0;
  const unit = origin === 'string' ? 'character' : origin === 'array' ? 'item' : origin === 'object' || origin === 'record' ? 'key' : '';
  return unit === '' ? `be ${words} ${limit}` : `have ${words} ${limit} ${unit}${Number(limit) === 1 ? '' : 's'}`;
}
