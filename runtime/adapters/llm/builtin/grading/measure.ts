import { contentRuns } from '../../../../domain/content-runs.ts';
import { actors } from '../language/kinds.ts';
import { change, kinds } from './grade-words.ts';
import { emptyHeads, isDescribing, isVerb, singular } from '../language/lexicon.ts';
import { likeness, stemOf, stemsOf, vectorOf } from '../language/likeness.ts';
import { nounPhrases, sentencesOf } from '../language/noun-phrases.ts';

/** What can be counted in a text about an objective. Shares and likenesses are 0..1. */
export interface Measures {
  readonly words: number;
  readonly sentences: number;
  /** Words of the objective that occur in the text, by their stems, and those that don't. */
  readonly covered: readonly string[];
  readonly missing: readonly string[];
  /** Of the objective's noun phrases, how many the text holds whole. */
  readonly phraseShare: number;
  readonly likeness: number;
  readonly parentLikeness: number;
  /** What the objective rules out or caps, and how the text stands to it. */
  readonly limits: readonly { readonly clause: string; readonly state: 'kept' | 'open' | 'broken' }[];
  /** People, by different words. */
  readonly actors: number;
  /** Things done, by different verbs; things given in numbers; and the numbers. */
  readonly acts: number;
  readonly counted: number;
  readonly figures: number;
  /** The best sentence about an effect: 0..4 for a direction, a figure and a word of the objective together. */
  readonly effect: number;
  /** Different stems among all, 0..1: low in a text that repeats itself. */
  readonly variety: number;
}

const figure = /(?<![\p{L}\d])(?:\d[\d.,:]*|one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|thirty|half)(?![\p{L}\d])/giu;
const countedThing = new RegExp(`${figure.source}\\s+\\p{Ll}{3,}`, 'giu');
const limiting =
  /(?<![\p{L}])(without|within|under|below|at most|no more than|less than|using only|with no|at no|must not|may not|not to|never|do not|don't|no)\s+([^,.;:!?()]{2,80})/giu;
const denying = /^(?:without|with no|at no|must not|may not|not to|never|do not|don't|no)$/iu;

/** Counts. Orders, marks and templates in the texts are words like any other. */
export function measure({ objective, idea, parentTitle }: { objective: string; idea: string; parentTitle: string }): Measures {
  const content = contentRuns(idea).flat();
  const stems = content.map(stemOf);
  const own = new Set(stems);
  const asked = [...new Map(askedWords(objective).map((word) => [stemOf(word), word])).entries()];
  const phrases = nounPhrases(objective)
    .map(stemsOf)
    .filter((phrase) => phrase.length > 0);
  const sentences = sentencesOf(idea);
  const askedStems = new Set(asked.map(([stem]) => stem));
  return {
    words: idea.match(/[\p{L}\p{N}]+/gu)?.length ?? 0,
    sentences: sentences.length,
    covered: asked.filter(([stem]) => own.has(stem)).map(([, word]) => word),
    missing: asked.filter(([stem]) => !own.has(stem)).map(([, word]) => word),
    phraseShare: phrases.length === 0 ? 0 : phrases.filter((phrase) => phrase.every((stem) => own.has(stem))).length / phrases.length,
    likeness: likeness(vectorOf(stems), vectorOf(stemsOf(objective))),
    parentLikeness: likeness(vectorOf(stems), vectorOf(stemsOf(parentTitle))),
    limits: limitsOf(objective).map((limit) => ({ clause: limit.clause, state: stateOf(limit, idea) })),
    actors: new Set(
      idea
        .toLowerCase()
        .match(/\p{L}+/gu)
        ?.filter((word) => actors.has(word) || actors.has(`${word}s`)),
    ).size,
    acts: new Set(content.map(singular).filter(isVerb)).size,
    counted: new Set(idea.match(countedThing)).size,
    figures: new Set(idea.match(figure)).size,
    effect: Math.max(0, ...sentences.map((sentence) => effectOf(sentence, askedStems))),
    variety: stems.length === 0 ? 0 : own.size / stems.length,
  };
}

/** The words of an objective that name what it is about; all of them, if word lists leave none. */
function askedWords(objective: string): string[] {
  const words = contentRuns(objective).flat();
  const naming = words.filter((word) => !isDescribing(word) && !emptyHeads.has(singular(word)));
  return naming.length > 0 ? naming : words;
}

function effectOf(sentence: string, asked: ReadonlySet<string>): number {
  const about = Math.min(2, stemsOf(sentence).filter((stem) => asked.has(stem)).length) / 2;
  const direction = Math.min(1, kinds(sentence, change));
  const size = /\d|percent|half|twice|double|all of/iu.test(sentence) ? 1 : 0;
  return direction === 0 ? about * 0.8 : 1.1 * direction + about * 1.5 + size * direction * 1.4;
}

interface Limit {
  readonly clause: string;
  readonly stems: readonly string[];
  readonly denies: boolean;
}

function limitsOf(objective: string): Limit[] {
  return [...objective.matchAll(limiting)].map(([clause, marker, what]) => ({
    clause: clause.replace(/\s+/gu, ' ').trim(),
    stems: stemsOf(what!),
    denies: denying.test(marker!),
  }));
}

const negators = /(?<![\p{L}])(?:no|not|without|never|nobody|none|nothing|neither|nor|instead of|rather than|n't)\s/iu;

/** Kept: spoken of, and where it is ruled out, only to say so. Broken: what is ruled out is done. */
function stateOf({ stems, denies }: Limit, idea: string): 'kept' | 'open' | 'broken' {
  const speaking = sentencesOf(idea).filter((sentence) => {
    const own = new Set(stemsOf(sentence));
    return stems.length > 0 && stems.filter((stem) => own.has(stem)).length >= Math.max(1, stems.length * 0.6);
  });
  if (speaking.length === 0) return 'open';
  return denies && speaking.some((sentence) => !negators.test(sentence)) ? 'broken' : 'kept';
}
