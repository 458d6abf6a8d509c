import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { conceptBankSchema } from '../../../runtime/domain/concept-bank.ts';

const bank = conceptBankSchema.parse(parse(readFileSync(new URL('../../../rules/concepts.yaml', import.meta.url), 'utf8')));
const concepts = bank.domains.flatMap((domain) => domain.concepts);

describe('the shipped concept bank', () => {
  it('has 24 domains of 64 concepts', () => {
    expect(bank.domains.map((domain) => domain.concepts.length)).toEqual(Array.from({ length: 24 }, () => 64));
  });

  it('names nothing twice, not even as singular and plural', () => {
    const stem = (text: string): string => text.toLowerCase().replace(/s\b/g, '');
    expect(concepts.filter((concept, i) => concepts.findIndex((other) => stem(other) === stem(concept)) !== i)).toEqual([]);
    expect(new Set(bank.domains.map((domain) => domain.name)).size).toBe(24);
  });

  it('says each in one to three words, without stray space', () => {
    expect(concepts.filter((concept) => !/^\S+( \S+){0,2}$/.test(concept))).toEqual([]);
  });
});
