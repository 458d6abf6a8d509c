import fc from 'fast-check';
import type { SignalType } from '../../../runtime/domain/signal.ts';
import { CelRefused, languageOf } from '../../../runtime/engine/rules/cel/language.ts';
import { sampleData, scopeOf, signalOf } from '../../support/rule-samples.ts';

const refusal = (text: string, type: SignalType = 'level.assessed'): string => {
  try {
    languageOf(type).compile(text);
  } catch (error) {
    expect(error).toBeInstanceOf(CelRefused);
    return (error as Error).message;
  }
  return 'accepted';
};
const run = (text: string, data: object = {}): unknown => {
  const language = languageOf('proto.finished');
  const expression = language.compile(text);
  return expression.evaluateToJson(language.values(signalOf('proto.finished', data), scopeOf()));
};
const failure = (text: string, data: object = {}): string => {
  try {
    return `gave ${JSON.stringify(run(text, data))}`;
  } catch (error) {
    return (error as Error).message.split('\n', 1)[0]!;
  }
};

describe('the language of rules', () => {
  it('has no way to the prototypes of JavaScript', () => {
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf', 'raw']) {
      for (const text of [
        `data["${name}"]`,
        `data.result["${name}"]`,
        `data.result.list["${name}"]`,
        `session.labels["${name}x"]`,
        `data.claim.${name}`,
        `data.${name}()`,
        `signal["${name}"]`,
        `frame["${name.slice(0, 3)}" + "${name.slice(3)}"]`,
      ]) {
        let seen: unknown;
        try {
          seen = run(text);
        } catch {
          continue;
        }
        throw new Error(`${text} gave ${String(seen)}`);
      }
    }
    expect(run('session.labels["constructor"]')).toBe('a plain key');
    expect(run('data.result["__proto__"].x', { result: JSON.parse('{"__proto__":{"x":1},"constructor":2}') })).toBe(1);
    expect(run('data.result.constructor', { result: JSON.parse('{"constructor":2}') })).toBe(2);
    expect(run('[data.result]', { result: JSON.parse('{"__proto__":{"polluted":true}}') })).toEqual([
      JSON.parse('{"__proto__":{"polluted":true}}'),
    ]);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('has no function whose result depends on the host, or that may grow without bound', () => {
    expect(refusal('timestamp(signal.time) < timestamp("2030-01-01T00:00:00Z")')).toBe('timestamp() is not available in rules');
    expect(refusal('duration("1s") == duration("1s")')).toBe('duration() is not available in rules');
    expect(refusal('cel.bind(x, data.frameId + data.frameId, x + x)')).toBe('.bind() is not available in rules');
    expect(refusal('data.frameId.split("")')).toBe('.split() is not available in rules');
    expect(refusal('b"bytes".json()')).toBe('.json() is not available in rules');
    expect(refusal('b"bytes" == b"bytes"')).toBe('bytes and unsigned numbers are not available in rules');
    expect(refusal('type(data.round) == int')).toBe('type() is not available in rules');
    expect(refusal('int == int')).toBe('int is not a variable of rules');
    expect(refusal('google.protobuf')).toBe('google is not a variable of rules');
  });

  it('bounds what an expression costs', () => {
    expect(refusal('data.entries.all(a, data.entries.all(b, a.depth > b.depth))')).toMatch(/may not stand inside another/);
    expect(refusal('data.entries.map(e, e.ideaId + e.ideaId)')).toBe('texts and lists may not be joined once for each element');
    expect(refusal('data.entries.all(e, e.depth + 1 > 2)')).toBe('accepted');
    expect(refusal(`${'('.repeat(60)}1${')'.repeat(60)}`)).toMatch(/maxDepth/);
    expect(refusal(Array.from({ length: 500 }, () => '1').join('+'))).toMatch(/maxAstNodes/);
    expect(refusal(`[${Array.from({ length: 300 }, () => '1').join(',')}]`)).toMatch(/maxListElements/);
    expect(failure('data.result.exists(x, x == 1)', { result: Array.from({ length: 6000 }, () => 0) })).toBe('more than 5000 values');
    expect(failure('data.claim.contains("x")', { claim: 'y'.repeat(20_001) })).toBe('a text of more than 20000 characters');
    expect(run('data.claim', { claim: 'y'.repeat(20_001) })).toHaveLength(20_001);
  });

  it('bounds what a pattern costs', () => {
    const matches = (pattern: string): string => refusal(`data.frameId.matches(${JSON.stringify(pattern)})`);
    for (const good of ['abc', '^frm[0-9]+$', '^[a-z]+-[a-z]+$', 'x.*y', '(red|green)', 'colou?r', '\\d{2,4}', '^(?:a|b)c*$']) {
      expect([good, matches(good)]).toEqual([good, 'accepted']);
    }
    for (const bad of [
      '(a+)+$',
      '(a|a)*$',
      '^a*b*|a*b*c',
      '(.*)*x',
      'x*x*x*y',
      '^a*a*a*b',
      'a?'.repeat(40),
      '(a|b|ab)'.repeat(12),
      '[^]{0,9000}[^]{0,9000}',
      'a{19000}a{19000}b*',
    ]) {
      expect([bad, matches(bad)]).not.toEqual([bad, 'accepted']);
    }
    expect(matches('(?=a)b')).toMatch(/look-around/);
    expect(matches('(?<!a)b')).toMatch(/look-around/);
    expect(matches('(a)\\1')).toMatch(/back-references/);
    expect(matches('(?<n>a)\\k<n>')).toMatch(/look-around/);
    expect(matches('(')).toMatch(/not a regular expression/);
    expect(matches('a'.repeat(201))).toMatch(/at most 200/);
    expect(refusal('data.frameId.matches(data.frameId)')).toBe('matches() takes a pattern written as a plain text');
    expect(refusal('data.entries.all(e, e.ideaId.matches("x.*y"))')).toMatch(/may take too long/);
    expect(run('data.claim.matches("^one is")')).toBe(true);
  });

  it('keeps accepted patterns from hanging on the worst of texts', () => {
    const piece = fc.constantFrom('a', 'b', '.', '[ab]', '(a|b)', '(?:a)', 'a?', 'a*', 'a+?', 'a{1,3}', '(a|ab)?', '^', '$', '\\w', '|');
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 7 }), (pieces) => {
        const pattern = pieces.join('');
        if (refusal(`data.claim.matches(${JSON.stringify(pattern)})`, 'proto.finished') !== 'accepted') return;
        run(`data.claim.matches(${JSON.stringify(pattern)})`, { claim: `${'a'.repeat(19_990)}c` });
      }),
      { numRuns: 60 },
    );
  }, 120_000);

  it('never fails in another way than by refusing, whatever the text', () => {
    const word = fc.oneof(
      fc.constantFrom(
        'data',
        '.entries',
        '.all(e,',
        '.map(x,',
        'has(',
        ')',
        '(',
        '[',
        ']',
        '{',
        '}',
        ':',
        '"a"',
        '1',
        '1.5',
        '-',
        '+',
        '&&',
        '||',
        '?',
        'in',
        '==',
        'e',
        '.trust',
        '.matches("a*")',
        'null',
        'signal',
        'true',
      ),
      fc.string({ maxLength: 4 }),
    );
    const language = languageOf('level.assessed');
    const values = language.values(signalOf('level.assessed'), scopeOf());
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), (words) => {
        let expression;
        try {
          expression = language.compile(words.join(' '));
        } catch (error) {
          expect(error).toBeInstanceOf(CelRefused);
          return;
        }
        try {
          JSON.stringify(expression.evaluateToJson(values));
        } catch (error) {
          expect(error).toHaveProperty('message');
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('gives a whole record only the fields that its schema has', () => {
    const frame = { ...scopeOf().frame, status: 'active', open: 3 };
    const language = languageOf('level.assessed');
    const expression = language.compile('frame');
    expect(expression.evaluateToJson(language.values(signalOf('level.assessed'), { ...scopeOf(), frame }))).toEqual(scopeOf().frame);
    expect(language.compile('data').evaluateToJson(language.values(signalOf('level.assessed'), scopeOf()))).toEqual(
      sampleData['level.assessed'],
    );
  });
});
