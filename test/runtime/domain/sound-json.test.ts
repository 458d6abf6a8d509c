import fc from 'fast-check';
import { canonicalJson } from '../../../runtime/domain/canonical-json.ts';
import { titleFrom } from '../../../runtime/domain/idea.ts';
import { mostNesting, unsoundIn } from '../../../runtime/domain/sound-json.ts';

const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));

describe('a JSON value from outside', () => {
  it.each([
    ['\ud83c', '(root)'],
    [{ a: [{ b: 'x' }, { b: 'x\udf31' }] }, 'a.1.b'],
    [{ ['k\ud800']: 1 }, 'k\ufffd'],
  ])('is unsound with half a character: %j, at %s', (value, path) => {
    expect(unsoundIn(value)).toEqual({ path, message: 'holds half a character (a lone surrogate)' });
  });

  it('is unsound beyond a certain depth, however deep it goes', () => {
    expect(unsoundIn(nested(mostNesting))).toBeUndefined();
    for (const depth of [mostNesting + 1, 100_000]) expect(unsoundIn(nested(depth))?.message).toBe('is nested more than 64 deep');
  });

  it('has a digest if it is sound, and half a character if it has none', () => {
    const unit = fc.integer({ min: 0xd7f0, max: 0xe010 }).map((code) => String.fromCharCode(code));
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: unit }), (value) => {
        const digest = (): string => canonicalJson(value);
        if (unsoundIn(value) === undefined) expect(digest).not.toThrow();
        else expect(digest).toThrow('surrogate');
      }),
    );
  });

  it('keeps its characters whole where a title is cut from it', () => {
    for (const lead of ['', 'x']) expect(titleFrom(lead + '\u{1f331}'.repeat(60)).isWellFormed()).toBe(true);
  });
});
