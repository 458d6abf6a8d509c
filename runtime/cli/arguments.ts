import { didYouMean } from '../../platform/did-you-mean.ts';
import { NireonError } from '../domain/errors.ts';
import type { Given } from './command.ts';

/** A word that the command cannot do without. */
export function wordAt(given: Given, index: number, usage: string): string {
  const word = given.words[index];
  if (word === undefined) throw new NireonError('USAGE', `something is missing: nireon ${usage}`);
  return word;
}

/** The text as one of these words; USAGE that says which there are. */
export function oneOf<T extends string>(what: string, text: string, words: readonly T[]): T {
  const found = words.find((word) => word === text);
  if (found !== undefined) return found;
  const meant = didYouMean(text, words);
  throw new NireonError(
    'USAGE',
    `${what} must be ${words.slice(0, -1).join(', ')} or ${words.at(-1)!}, not "${text}"${meant === undefined ? '' : `; did you mean ${meant}?`}`,
  );
}
