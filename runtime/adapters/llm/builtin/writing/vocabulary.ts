import { contentRuns } from '../../../../domain/content-runs.ts';
import { isAdverb, isDescribing, isPlainlyVerb, isPlural, isVerb } from '../language/lexicon.ts';
import { families } from './moves.ts';
import { bridges, ends, leads } from './sentences.ts';

/** The words that the templates themselves bring in. */
const templateWords = new Set(
  contentRuns(
    [
      ...families.flatMap(({ moves, workings, rules }) => [
        ...moves.flatMap(({ titles, opens, claim = '' }) => [...titles, ...opens, claim]),
        ...workings,
        ...rules,
      ]),
      ...[ends, leads].flatMap((pools: Readonly<Record<string, readonly string[]>>) => Object.values(pools).flat()),
      ...bridges,
    ]
      .join('\n\n')
      .replace(/\{\w+\}/gu, ','),
  ).flat(),
);

/** Whether a phrase is made of the templates' own words. */
export const isTemplateTalk = (phrase: string): boolean =>
  contentRuns(phrase)
    .flat()
    .every((word) => templateWords.has(word));

/** Whether this writer wrote a text: most of its words come from the templates. */
export function isOurs(text: string): boolean {
  const words = contentRuns(text).flat();
  return words.length >= 8 && words.filter((word) => templateWords.has(word)).length > words.length * 0.55;
}

/**
 * Whether a phrase can stand in a sentence as the name of a thing. Concepts of the bank can; phrases cut out of other ideas often can't, or
 * are the templates' own words.
 */
export function isConcept(phrase: string): boolean {
  const words = phrase.toLowerCase().split(' ');
  const last = words.at(-1)!;
  if (phrase === '' || phrase.length > 40 || words.length > 4) return false;
  if (isTemplateTalk(phrase)) return false;
  const told = words.some((word, i) => isPlainlyVerb(word) || isAdverb(word) || (i > 0 && isVerb(word) && isPlural(words[i - 1]!)));
  return !told && !isDescribing(last);
}
