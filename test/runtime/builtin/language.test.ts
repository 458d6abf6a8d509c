import { readFileSync } from 'node:fs';
import { withArticle } from '../../../runtime/adapters/llm/builtin/language/article.ts';
import { singular } from '../../../runtime/adapters/llm/builtin/language/lexicon.ts';
import { looksEnglish, nounPhrases } from '../../../runtime/adapters/llm/builtin/language/noun-phrases.ts';
import { readSubject } from '../../../runtime/adapters/llm/builtin/writing/subject.ts';
import { bankOrder, parseConceptBank } from '../../../runtime/domain/concept-bank.ts';

describe('noun phrases', () => {
  it.each([
    ["Shorten the waiting time at our town library's returns desk", ['waiting time', "library's returns desk"]],
    ['Volunteers sort returned books by shelf before staff arrive', ['volunteers', 'returned books', 'shelf', 'staff']],
    ['Reduce CO2 of the NHS quickly, hiring nobody', ['CO2', 'NHS']],
    ['Make our streets quieter at night', ['streets']],
    ['We hope that something good happens soon', []],
    ['', []],
  ])('of "%s"', (text, found) => {
    expect(nounPhrases(text)).toEqual(found);
  });

  it('are looked for in English only', () => {
    expect(looksEnglish('Verkürze die Wartezeit an der Rückgabe')).toBe(false);
    expect(looksEnglish('Réduire le gaspillage dans les écoles')).toBe(false);
    expect(looksEnglish('短い待ち時間')).toBe(false);
    expect(looksEnglish('quieter streets at night')).toBe(true);
    expect(looksEnglish('Reducing plastic packaging')).toBe(true);
  });
});

describe('what an objective asks for', () => {
  it.each([
    ['Shorten the wait at the desk without hiring staff.', 'shorten the wait at the desk', 'without hiring staff'],
    ['How can we make streets quieter at night?', 'make streets quieter at night', undefined],
    ['We want to lower dropout in our course', 'lower dropout in our course', undefined],
    ['Find a cheap way to spot leaks early', 'spot leaks early', undefined],
    ['Keep vaccines cold on the way to villages', 'keep vaccines cold on the way to villages', undefined],
    ['Quieter streets at night', 'get quieter streets at night', undefined],
    ['Why do some cells age faster?', 'answer “Why do some cells age faster?”', undefined],
    ['Reducing waste in schools', 'succeed in reducing waste in schools', undefined],
    ['Help new colleagues find their way within two weeks', 'help new colleagues find their way', 'within two weeks'],
  ])('"%s" is read as to %s', (objective, aim, limit) => {
    const subject = readSubject(objective, '');
    expect([subject.aim, subject.limit]).toEqual([aim, limit]);
  });

  it('is found to be about something, whatever stands there', () => {
    for (const objective of ['x', '…', 'no', '短い', 'Make it better', '12 + 3'])
      expect(readSubject(objective, '').goals.length).toBeGreaterThan(0);
  });
});

describe('an article', () => {
  it.each([
    ['milk run', 'a milk run'],
    ['apex predator', 'an apex predator'],
    ['hourglass', 'an hourglass'],
    ['uniform', 'a uniform'],
    ['unpicked seam', 'an unpicked seam'],
    ['one time pad', 'a one time pad'],
    ['NMC cell', 'an NMC cell'],
    ['USB stick', 'a USB stick'],
    ['scout bees', 'scout bees'],
    ['camouflage', 'camouflage'],
    ['annealing', 'annealing'],
    ['public hearing', 'a public hearing'],
    ['proof of work', 'a proof of work'],
    ['separation of powers', 'a separation of powers'],
    ['hub and spoke', 'hub and spoke'],
    ['“Wartezeit”', '“Wartezeit”'],
  ])('stands before %s as in %s', (phrase, whole) => {
    expect(withArticle(phrase)).toBe(whole);
  });

  it('is "an" before a vowel of the whole bank, but for words that sound like "you" or "one"', () => {
    const bank = bankOrder(
      parseConceptBank(readFileSync(new URL('../../../rules/concepts.yaml', import.meta.url), 'utf8'), 'concepts.yaml'),
    );
    const odd = bank.map(withArticle).filter((phrase) => /^a [aeiou]|^an [^aeiouh]/u.test(phrase));
    expect(odd.filter((phrase) => !/^a (?:one|uni|use|eu)/u.test(phrase))).toEqual([]);
  });
});

describe('a singular', () => {
  it.each([
    'queues queue',
    'boxes box',
    'stories story',
    'glass glass',
    'shelves shelf',
    'people person',
    'bus bus',
    'analysis analysis',
    'batteries battery',
    'houses house',
    'churches church',
  ])('of %s', (pair) => {
    const [plural, one] = pair.split(' ') as [string, string];
    expect(singular(plural)).toBe(one);
  });
});
