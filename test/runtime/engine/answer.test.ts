import fc from 'fast-check';
import { z } from 'zod';
import { parseAnswer } from '../../../runtime/engine/answer.ts';

const answer = z.strictObject({ title: z.string().min(3).max(80), text: z.string() });
const open = z.strictObject({ inputs: z.record(z.string(), z.json()), more: z.array(z.string()).max(4) });
const good = { title: 'A title', text: 'It says "timeout", error: and {braces}.' };
const megabyte = 1_000_000;

describe('the reader of answers', () => {
  it.each([
    ['plain', JSON.stringify(good)],
    ['with white space around it', `\n\t ${JSON.stringify(good, null, 2)}\r\n`],
    ['fenced', '```json\n' + JSON.stringify(good) + '\n```'],
    ['between words', `Sure { here it is: ${JSON.stringify(good)} } I hope it helps.`],
    ['after another object', `{"thinking": "hm {"} ${JSON.stringify(good)}`],
  ])('finds an answer that stands %s', (_how, text) => {
    expect(parseAnswer(text, answer)).toEqual({ ok: true, value: good });
  });

  it.each([
    ['a field too many', { ...good, score: 9 }],
    ['a field too few', { title: 'A title' }],
    ['a text out of range', { ...good, title: 'A' }],
    ['another type', { ...good, text: 7 }],
    ['a list', [good]],
    ['the answer in the answer', { answer: good }],
    ['half a character', { ...good, text: 'cut \ud83c here' }],
  ])('refuses %s, and says what is wrong', (_what, value) => {
    const parsed = parseAnswer(JSON.stringify(value), answer);
    expect(parsed.ok).toBe(false);
    expect(parsed.ok ? [] : parsed.problems).not.toHaveLength(0);
  });

  it.each([
    '',
    'No.',
    'title: A title\ntext: YAML',
    '{"title": "A title", "text": "cut o',
    "{'title': 'A title'}",
    'null',
    '"a string"',
    '7',
  ])('finds nothing in %j', (text) => {
    expect(parseAnswer(text, answer).ok).toBe(false);
  });

  it('never throws, whatever the text', () => {
    const pieces = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.constantFrom('{', '}', '"', '\\', '[', ']', ':', '```json', JSON.stringify(good), '{"inputs":', '{"__proto__":{}}'),
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (list) => {
        for (const schema of [answer, open] as z.ZodType[]) {
          const parsed = parseAnswer(list.join(''), schema);
          if (parsed.ok) expect(schema.safeParse(parsed.value).success).toBe(true);
          else expect(parsed.problems.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['braces that open', '{'.repeat(megabyte)],
    ['braces that close', '}'.repeat(megabyte)],
    ['quotes', '{"'.repeat(megabyte / 2)],
    ['backslashes', `{"${'\\'.repeat(megabyte)}`],
    ['objects in one another', `${'{"inputs":'.repeat(megabyte / 10)}1${'}'.repeat(megabyte / 10)}`],
    ['lists in one another', `{"inputs":{"a":${'['.repeat(megabyte / 2)}${']'.repeat(megabyte / 2)}},"more":[]}`],
    ['small objects', '{"a":1} '.repeat(megabyte / 8)],
    ['a long string', JSON.stringify({ title: 'A title', text: 'x'.repeat(megabyte), more: 1 })],
    ['wrong keys', JSON.stringify(Object.fromEntries(Array.from({ length: megabyte / 10 }, (_, i) => [`k${i}`, i])))],
    ['wrong items', JSON.stringify({ inputs: {}, more: Array.from({ length: megabyte / 10 }, (_, i) => i) })],
  ])('is not held up by a megabyte of %s', (_what, text) => {
    for (const schema of [answer, open] as z.ZodType[]) expect(parseAnswer(text, schema).ok).toBe(false);
  });
});
