import { readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { bankDigest, bankOrder, parseConceptBank } from '../../../runtime/domain/concept-bank.ts';

const shippedText = readFileSync(new URL('../../../rules/concepts.yaml', import.meta.url), 'utf8');
const file = (over: object = {}, ...domains: [string, unknown[]][]): string =>
  stringify({
    version: 'nireon.concepts/v1',
    domains: [['a', ['anvil']], ['b', ['sluice']], ['c', ['fugue']], ['d', ['quorum']], ...domains].map(([name, concepts]) => ({
      name,
      concepts,
    })),
    ...over,
  });

const problemsOf = (text: string): string[] => {
  try {
    parseConceptBank(text, 'bank.yaml');
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return [code, ...message.split('\n')];
  }
  return [];
};

describe('the shipped concept bank', () => {
  const bank = parseConceptBank(shippedText, 'concepts.yaml');
  const concepts = bankOrder(bank);

  it('has 24 domains of 64 concepts', () => {
    expect(bank.domains.map((domain) => domain.concepts.length)).toEqual(Array.from({ length: 24 }, () => 64));
  });

  it('holds no two concepts that are made of the same word stems, in whatever order', () => {
    const stems = (text: string): string =>
      text
        .split(/[ '-]/)
        .map((word) => word.replace(/(?:ies|ings?|ed|ers?|es|s|y)$/, ''))
        .sort()
        .join(' ');
    const all = concepts.map(stems);
    expect(concepts.filter((_, i) => all.indexOf(all[i]!) !== i)).toEqual([]);
  });

  it('uses letters, single spaces, hyphens and apostrophes only', () => {
    expect(concepts.filter((concept) => !/^\p{Ll}+(?:[ '-]\p{Ll}+)*$/u.test(concept))).toEqual([]);
  });
});

describe('a concept bank file', () => {
  it('keeps the order of domains, then of concepts', () => {
    expect(bankOrder(parseConceptBank(file({}, ['e', ['weir', 'relay baton']]), 'bank.yaml'))).toEqual([
      'anvil',
      'sluice',
      'fugue',
      'quorum',
      'weir',
      'relay baton',
    ]);
  });

  it('has a digest that follows its content and not its layout', () => {
    const digest = (text: string): string => bankDigest(parseConceptBank(text, 'bank.yaml'));
    expect(digest(`# a remark\n${file()}\n`)).toBe(digest(file()));
    expect(digest(file({}, ['e', ['weir']]))).not.toBe(digest(file()));
  });

  it('is refused with every problem of shape at once', () => {
    expect(problemsOf(file({ version: 'v9', colour: 'red' }, ['e', [7]]))).toEqual([
      'CONFIG_INVALID',
      expect.stringMatching(/^bank\.yaml: version: /),
      expect.stringMatching(/^bank\.yaml: domains\.4\.concepts\.0: /),
      expect.stringMatching(/^bank\.yaml: it: .*"colour"/),
    ]);
  });

  it('is refused with every concept that is too long, not in lower case, or said twice', () => {
    expect(
      problemsOf(file({}, ['e', ['one two three four', 'Weir', 'anvils', 'loose  space', 'wild card', 'wild-cards']], ['e', ['fly']])),
    ).toEqual([
      'CONFIG_INVALID',
      'bank.yaml: the domain "e" stands twice',
      'bank.yaml: "one two three four" (e) is not one to three words with single spaces between them',
      'bank.yaml: "Weir" (e) is not in lower case',
      'bank.yaml: "anvils" (e) says the same as "anvil" (a)',
      'bank.yaml: "loose  space" (e) is not one to three words with single spaces between them',
      'bank.yaml: "wild-cards" (e) says the same as "wild card" (e)',
    ]);
  });

  it('is refused if it is no YAML', () => {
    expect(problemsOf('version: [')).toEqual(['CONFIG_INVALID', expect.stringMatching(/^bank\.yaml: \S/)]);
  });
});
