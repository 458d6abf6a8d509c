import { decode, freshDirection, strengthOf, wide, withoutOwnWords, type Concept, type Decoded } from './direction.ts';
import type { Context } from './context.ts';

/** Where one variation is to go. */
export interface Course {
  readonly u: Float64Array;
  readonly strength: number;
  readonly words: Decoded;
}

const mostSessionPhrases = 256;

/**
 * Sets courses from e: each at right angles to e and to all set before, each told in words that no other uses, each try of a variation
 * stronger than the last.
 */
export function createCompass(
  e: Float32Array,
  divergence: number,
  { config, random, bank, visible }: Context,
): (variation: number, tryNumber: number) => Course {
  const session = visible.phrases(mostSessionPhrases).map(({ phrase, values }): Concept => ({ text: phrase, vector: values }));
  const sources = {
    bank: withoutOwnWords(
      bank.flatMap((domain) => domain.concepts),
      e,
    ),
    session: withoutOwnWords(session, e),
  };
  const counts = { toward: config.towardConcepts, away: config.awayConcepts };
  const taken = [wide(e)];
  const used = new Set<string>();
  return (variation, tryNumber) => {
    const u = freshDirection(random, taken, e.length);
    taken.push(u);
    const strength = strengthOf(divergence, variation, tryNumber, config.retryFactor);
    return { u, strength, words: decode(u, sources, counts, used) };
  };
}
