import type { Random } from '../../domain/random.ts';
import { dot } from '../../domain/vector.ts';
import type { BankDomain } from '../../ports/mechanism.ts';

/** Concepts this near to the idea are its own words. */
const ownWordCosine = 0.8;

/**
 * The fields worth borrowing from, in the order drawn: by cosine to the idea, without the nearest quarter (it would bring the idea's own
 * words) and the farthest (nothing in it would fit).
 */
export function drawFields(bank: readonly BankDomain[], e: Float32Array, count: number, random: Random): BankDomain[] {
  const cut = Math.floor(bank.length / 4);
  const left = bank
    .map((domain) => ({ domain, cosine: dot(domain.centroid, e) }))
    .sort((a, b) => b.cosine - a.cosine)
    .slice(cut, bank.length - cut)
    .map(({ domain }) => domain);
  const drawn: BankDomain[] = [];
  while (drawn.length < count && left.length > 0) drawn.push(...left.splice(Math.floor(random.uniform() * left.length), 1));
  return drawn;
}

/**
 * The field's concepts in the order in which they lead from the idea toward it: by c·t, t the unit vector at right angles to e on the way
 * to normalise((1-b) e + b g).
 */
export function conceptsToward(domain: BankDomain, e: Float32Array, share: number): string[] {
  const v = Float64Array.from(e, (x, i) => (1 - share) * x + share * domain.centroid[i]!);
  const length = Math.sqrt(v.reduce((sum, x) => sum + x * x, 0)) || 1;
  const along = v.reduce((sum, x, i) => sum + (x / length) * e[i]!, 0);
  const t = v.map((x, i) => x / length - along * e[i]!);
  const tLength = Math.sqrt(t.reduce((sum, x) => sum + x * x, 0)) || 1;
  return domain.concepts
    .filter((concept) => dot(concept.vector, e) <= ownWordCosine)
    .map(({ text, vector }) => ({ text, along: vector.reduce((sum, x, i) => sum + (x * t[i]!) / tLength, 0) }))
    .sort((a, b) => b.along - a.along)
    .map(({ text }) => text);
}

export const shareWord = (share: number): 'a touch' | 'half' | 'mainly' => (share < 0.3 ? 'a touch' : share < 0.4 ? 'half' : 'mainly');
