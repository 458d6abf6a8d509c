import fc from 'fast-check';
import { isStopWord } from '../../../runtime/domain/content-runs.ts';
import { phrases } from '../../../runtime/domain/phrases.ts';

const seeded = { numRuns: 300, seed: 20_261_123 };
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.string({ unit: 'grapheme', maxLength: 400 }),
  fc
    .array(fc.constantFrom('waiting', 'time', 'the', "library's", 'don’t', '—', ',', '12', 'Über', 'naïve', '日本', '\ud800'), {
      maxLength: 60,
    })
    .map((words) => words.join(' ')),
);

describe('the phrases of a text', () => {
  it('are its runs of words between punctuation and stop words, most words first, then by alphabet', () => {
    expect(phrases('Shorten the waiting time at our returns desk, without hiring staff.')).toEqual([
      'hiring staff',
      'returns desk',
      'waiting time',
      'desk',
      'hiring',
      'returns',
    ]);
  });

  it('count each word as often as it occurs', () => {
    expect(phrases('Bees. Bees! Bees? The honey of bees, the honey jar lid.')).toEqual([
      'bees',
      'honey jar lid',
      'honey',
      'honey jar',
      'jar lid',
      'jar',
    ]);
  });

  it('are stretches of at most three words of a longer run', () => {
    expect(phrases('red brick garden wall')).toEqual([
      'brick garden wall',
      'red brick garden',
      'brick garden',
      'garden wall',
      'red brick',
      'brick',
    ]);
  });

  it('keep hyphens and possessives inside words, and take both apostrophes for one', () => {
    expect(phrases("The library's self-service desk; the library’s self-service desk")[0]).toBe("library's self-service desk");
    expect(phrases('-- desk - lamp -')).toEqual(['desk', 'lamp']);
  });

  it('do not reach over a blank line, though over the end of a line', () => {
    expect(phrases('night bus\n\nquiet road')).toEqual(['night bus', 'quiet road', 'bus', 'night', 'quiet', 'road']);
    expect(phrases('night\nbus')[0]).toBe('night bus');
  });

  it('take no contraction for a word', () => {
    expect(phrases("We don't know, it's late, they'll see, let's go: that's that.")).toEqual(['late']);
  });

  it('are found in other alphabets too', () => {
    expect(phrases('ТИХИЕ улицы ночью')[0]).toBe('тихие улицы ночью');
    expect(phrases('ﬁne Straße')[0]).toBe('fine straße');
  });

  it('are none for a text without words', () => {
    expect(phrases('')).toEqual([]);
    expect(phrases('… 12 000 — the of and — 3.5 %!')).toEqual([]);
  });

  it('are six different ones at most, of one to three words, none a stop word, none in upper case', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const found = phrases(text);
        expect(found.length).toBeLessThanOrEqual(6);
        expect(new Set(found).size).toBe(found.length);
        for (const phrase of found) {
          const words = phrase.split(' ');
          expect(words.length).toBeLessThanOrEqual(3);
          expect(words.filter((word) => word === '' || isStopWord(word))).toEqual([]);
          expect(phrase).toBe(phrase.toLowerCase());
          expect(phrase.isWellFormed()).toBe(true);
        }
      }),
      seeded,
    );
  });

  it('stand in the text as they are, but for case and form', () => {
    const plain = (text: string): string => text.normalize('NFKC').toLowerCase().replaceAll('’', "'").replace(/\s+/gu, ' ');
    fc.assert(
      fc.property(anyText, (text) => {
        for (const phrase of phrases(text)) expect(plain(text)).toContain(phrase);
      }),
      seeded,
    );
  });

  it('are the same each time, and do not mind what is put between sentences', () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom('…', ' — ', ' | ', '\n\n• '), (text, gap) => {
        expect(phrases(text)).toEqual(phrases(text));
        expect(phrases(`${gap}${text}${gap}`)).toEqual(phrases(text));
      }),
      seeded,
    );
  });

  it('are found in a megabyte of anything: punctuation, hyphens, one word, ever new words, spaces', () => {
    const megabyte = 1_000_000;
    const texts = ['!', '-', "'", '—', 'a', 'a-', "a'", 'ä ', ' ', '\ud800', 'the ', '日', '. a'].map((unit) =>
      unit.repeat(megabyte / unit.length),
    );
    texts.push(Array.from({ length: 150_000 }, (_, i) => i.toString(36).replace(/^/, 'x')).join(' '));
    // A quadratic step would outlast the runner's own limit by hours.
    expect(texts.map((text) => phrases(text).length <= 6)).toEqual(texts.map(() => true));
  });
});
