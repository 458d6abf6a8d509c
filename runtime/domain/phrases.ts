import { contentRuns } from './content-runs.ts';

const mostPhrases = 6;
const mostWords = 3;

interface Weighed {
  readonly phrase: string;
  readonly weight: number;
}

/**
 * What a text speaks of: of all stretches of one to three words that no punctuation, stop word or number interrupts, the six of most words x
 * occurrences, then by alphabet (code units). Lower case. Linear in the length of the text.
 */
export function phrases(text: string): string[] {
  const weights = new Map<string, number>();
  for (const run of contentRuns(text)) {
    for (let start = 0; start < run.length; start++) {
      for (let words = 1; words <= mostWords && start + words <= run.length; words++) {
        const phrase = run.slice(start, start + words).join(' ');
        weights.set(phrase, (weights.get(phrase) ?? 0) + words);
      }
    }
  }
  const best: Weighed[] = [];
  for (const [phrase, weight] of weights) insert(best, { phrase, weight });
  return best.map(({ phrase }) => phrase);
}

const before = (a: Weighed, b: Weighed): boolean => a.weight > b.weight || (a.weight === b.weight && a.phrase < b.phrase);

/** Keeps the best few in order: no sort of all, which a long text could make slow. */
function insert(best: Weighed[], one: Weighed): void {
  const place = best.findIndex((other) => before(one, other));
  best.splice(place === -1 ? best.length : place, 0, one);
  if (best.length > mostPhrases) best.pop();
}
