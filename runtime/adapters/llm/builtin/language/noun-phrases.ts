import { contentRuns } from '../../../../domain/content-runs.ts';
import { burdens, gains } from './kinds.ts';
import {
  emptyHeads,
  isActIng,
  isAdverb,
  isComparative,
  isDescribing,
  isNounToo,
  isPlainlyVerb,
  isPlural,
  isVerb,
  singular,
} from './lexicon.ts';

const longestPhrase = 40;
const mostWords = 3;

/**
 * The noun phrases of an English text, as far as word lists tell, in order and each once: "waiting time", "returned books". At most three
 * words, those nearest the noun; names and abbreviations keep their capitals. A text in another language has none.
 */
export function nounPhrases(text: string): string[] {
  if (!looksEnglish(text)) return [];
  const written = spelling(text);
  const found = new Set<string>();
  for (const sentence of sentencesOf(text)) {
    for (const [i, run] of contentRuns(sentence).entries()) {
      const opens = i === 0 && sentence.trimStart().toLowerCase().startsWith(run[0]!);
      for (const piece of pieces(run, sentence, opens)) {
        const phrase = piece.map((word) => written.get(word) ?? word).join(' ');
        if (phrase.length <= longestPhrase) found.add(phrase);
      }
    }
  }
  return [...found];
}

export const sentencesOf = (text: string): string[] => text.split(/(?<=[.!?])\s+|\n|[;:]\s/u).filter((sentence) => sentence.trim() !== '');

const smallWords = {
  english: new Set(
    'the of and to a in for is on that by with it as at from our we how why what who which when some do has have without be are this or not your their than can should'.split(
      ' ',
    ),
  ),
  other: new Set(
    `der die das und ist nicht ein eine einen mit für von zu im den dem wie wir unsere unserer ohne le la les des et est une un pour dans du nous sans que el
    los las una con para del y en il che di per gli een het van voor och att det en av på som i w na z do się и в на не что как`.split(
      /\s+/u,
    ),
  ),
};

/** Whether a text has more small words of English than of its neighbours; a text without any is given the benefit of the doubt. */
export function looksEnglish(text: string): boolean {
  const words = text.toLowerCase().match(/[\p{L}\p{M}]+/gu) ?? [];
  const english = words.filter((word) => smallWords.english.has(word)).length;
  const latin = words.every((word) => /^[\p{Script=Latin}\p{M}]+$/u.test(word));
  return (latin || english > 1) && english >= words.filter((word) => smallWords.other.has(word)).length;
}

/** Cuts a run of content words at verbs and adverbs, and trims what a noun phrase cannot begin or end with. */
function pieces(run: readonly string[], sentence: string, opens: boolean): string[][] {
  const found: string[][] = [[]];
  for (const [i, word] of run.entries()) {
    const before = found.at(-1)!.at(-1);
    const ambiguous = isNounToo(word) && isVerb(word);
    const ordered = ambiguous && i === 0 && opens && run.length > 1;
    const behindPlural = ambiguous && before !== undefined && isPlural(before) && !before.includes("'");
    const told =
      i === 0 && run.length > 1 && isNounToo(singular(word)) && follows(sentence, /(?:who|that|which|and|to|it|nobody|everyone)/, word);
    const act = isActIng(word) || (word.endsWith('ing') && isDescribing(run[i + 1] ?? ''));
    if (isPlainlyVerb(word) || ordered || behindPlural || told || isAdverb(word) || act) found.push([]);
    else found.at(-1)!.push(word);
  }
  return found.map(trimmed).filter((piece) => says(piece, sentence));
}

const follows = (sentence: string, small: RegExp, word: string): boolean =>
  new RegExp(`\\b${small.source}\\s+${word}(?![\\p{L}-])`, 'iu').test(sentence);

function trimmed(piece: readonly string[]): string[] {
  let end = piece.length;
  while (end > 0 && isDescribing(piece[end - 1]!)) end--;
  let start = Math.max(0, end - mostWords);
  while (start < end && isComparative(piece[start]!)) start++;
  return piece.slice(start, end).map((word, i) => (start + i === end - 1 ? word.replace(/'s?$/u, '') : word));
}

/** A lone word must be a noun: not one that says nothing, nor a verb that no article calls a thing. */
function says(piece: readonly string[], sentence: string): boolean {
  const head = piece.at(-1);
  if (head === undefined || head.length < 3) return false;
  if (piece.length > 1) return true;
  const plain = singular(head);
  if (emptyHeads.has(plain)) return false;
  return (
    !isVerb(plain) ||
    burdens.has(plain) ||
    gains.has(plain) ||
    follows(sentence, /(?:the|an?|our|my|your|their|each|every|this|of|for)/, head)
  );
}

/** How names and abbreviations are written: words that have a capital where the sentence gives no reason for one. */
function spelling(text: string): Map<string, string> {
  const written = new Map<string, string>();
  const words = [...text.matchAll(/[\p{L}\p{M}\p{N}]+(?:['’-][\p{L}\p{M}\p{N}]+)*/gu)];
  const capitals = words.filter(([word]) => /^\p{Lu}/u.test(word)).length;
  const shouting = words.filter(([word]) => /^\p{Lu}{2,}$/u.test(word)).length;
  for (const { 0: word, index } of words) {
    const opens = index === 0 || /(?:[.!?:;]\s+|\n\s*|[“"(])$/u.test(text.slice(Math.max(0, index - 4), index));
    const name = /^\p{Lu}[\p{Ll}'’-]+$/u.test(word) && !opens && capitals * 2 < words.length;
    const abbreviation = /\p{Lu}.*\p{Lu}/u.test(word) && shouting * 2 < words.length;
    if (name || abbreviation) written.set(word.toLowerCase().replaceAll('’', "'"), word);
  }
  return written;
}
