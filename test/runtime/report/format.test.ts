import { compact, duration, moment, plural, score, usd } from '../../../runtime/report/format.ts';
import { plainLine, plainText } from '../../../runtime/report/plain-text.ts';

describe('numbers for people', () => {
  it.each([
    [0, '$0'],
    [12, '<$0.0001'],
    [181, '$0.0002'],
    [4_000, '$0.004'],
    [14_200, '$0.014'],
    [500_000, '$0.50'],
    [1_000_000, '$1.00'],
    [1_250_500_000, '$1,250.50'],
    [-4_000, '-$0.004'],
  ])('writes %d millionths of a dollar as %s', (micro, text) => expect(usd(micro)).toBe(text));

  it.each([
    [0, '0'],
    [999, '999'],
    [1_000, '1.00k'],
    [12_345, '12.3k'],
    [99_960, '100k'],
    [999_499, '999k'],
    [999_500, '1.00M'],
    [250_000_000, '250M'],
  ])('writes %d in three digits as %s', (value, text) => expect(compact(value)).toBe(text));

  it.each([
    [0, '00:00'],
    [31_900, '00:31'],
    [3_751_000, '1:02:31'],
    [183_600_000, '2d 03:00:00'],
    [-5, '00:00'],
  ])('writes %d ms as %s', (ms, text) => expect(duration(ms)).toBe(text));

  it('writes moments, scores and plurals', () => {
    expect(moment('2026-01-31T09:05:59.000Z')).toBe('2026-01-31 09:05 UTC');
    expect([score(undefined), score(7.36921), score(7.25, 1)]).toEqual(['–', '7.37', '7.3']);
    expect([plural(1, 'idea'), plural(1200, 'idea'), plural(2, 'entry', 'entries')]).toEqual(['1 idea', '1,200 ideas', '2 entries']);
  });
});

describe('plain text', () => {
  it('shows control characters instead of obeying them', () => {
    expect(plainText('\u001b[31mred\u0007\u007f')).toBe('␛[31mred␇␡');
    expect(plainText('a\u202eb\u2066c\u009b')).toBe('a\ufffdb\ufffdc\ufffd');
    expect(plainText('lone \ud800 end\u{e0041}')).toBe('lone \ufffd end');
  });
  it('keeps line breaks, tabs and letters of any script', () => {
    expect(plainText('a\r\nb\u2028c\td مرحبا 👩‍👧')).toBe('a\nb\nc\td مرحبا 👩‍👧');
  });
  it('fits on one line', () => {
    expect(plainLine('  a\n\n b\tc ')).toBe('a b c');
  });
});
