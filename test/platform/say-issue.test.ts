import { z } from 'zod';
import { sayIssue } from '../../platform/say-issue.ts';

const said = (schema: z.ZodType, value: unknown): string | undefined =>
  schema.safeParse(value, { error: sayIssue }).error?.issues[0]?.message;

describe('sayIssue', () => {
  it.each<[z.ZodType, unknown, string]>([
    [z.string(), undefined, 'is required'],
    [z.number(), 'many', 'must be a number, not a text'],
    [z.number(), Number.NaN, 'must be a number, not no number at all'],
    [z.int(), 1.5, 'must be a whole number, not a fraction'],
    [z.array(z.string()), null, 'must be a list, not null'],
    [z.strictObject({ a: z.string() }), ['a'], 'must be a map, not a list'],
    [z.string().min(3), 'a', 'must have at least 3 characters'],
    [z.array(z.string()).max(1), ['a', 'b'], 'must have at most 1 item'],
    [z.number().min(2), 1, 'must be at least 2'],
    [z.number().lt(2), 2, 'must be less than 2'],
    [z.number().multipleOf(5), 7, 'must be a multiple of 5'],
    [z.enum(['a', 'b']), 'c', 'must be one of a, b'],
    [z.literal('a'), 'c', 'must be a'],
    [z.strictObject({}), { hidden: 1 }, 'has no "hidden"'],
    [z.string().regex(/^x/), 'y', 'must match /^x/'],
    [z.string().regex(/^x/, 'begins with x'), 'y', 'begins with x'],
    [z.url(), 'y', 'must be a valid url'],
  ])('%# says what is wrong, never the value', (schema, value, message) => {
    expect(said(schema, value)).toBe(message);
  });
});
