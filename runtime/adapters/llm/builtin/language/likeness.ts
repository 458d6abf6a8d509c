import { contentRuns } from '../../../../domain/content-runs.ts';

const dims = 256;

/** A word without its ending: enough to see that "queues", "queueing" and "queue" are one word. */
export const stemOf = (word: string): string => {
  const plain = word.replace(/'s?$/u, '');
  const cut = plain.replace(/(?:ations?|ements?|ings?|ied|ies|ers?|ed|es|s|ly|e|y)$/u, '');
  return cut.length >= 3 ? cut.replace(/([^aeiouls])\1$/u, '$1') : plain;
};

/** The stems of the words of a text that say what it is about, in order, with repetitions. */
export const stemsOf = (text: string): string[] => contentRuns(text).flat().map(stemOf);

/** Hashed counts of stems and neighbouring stems, of length 1, or 0 if there are none. */
export function vectorOf(stems: readonly string[]): Float64Array {
  const sums = new Float64Array(dims);
  stems.forEach((stem, i) => {
    add(sums, stem, 1);
    if (i > 0) add(sums, `${stems[i - 1]!} ${stem}`, 0.5);
  });
  // A word said twice counts for more than once and for less than twice.
  for (let i = 0; i < dims; i++) sums[i] = Math.sign(sums[i]!) * Math.sqrt(Math.abs(sums[i]!));
  const length = Math.sqrt(dot(sums, sums)) || 1;
  return sums.map((sum) => sum / length);
}

/** How alike two texts are, 0..1: the cosine of their vectors. Knows nothing of meaning. */
export const likeness = (a: Float64Array, b: Float64Array): number => Math.max(0, Math.min(1, dot(a, b)));

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < dims; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** FNV-1a: which place, and which sign. */
function add(sums: Float64Array, feature: string, weight: number): void {
  let hash = 0x811c9dc5;
  for (let i = 0; i < feature.length; i++) hash = Math.imul(hash ^ feature.charCodeAt(i), 0x01000193);
  sums[(hash >>> 1) % dims]! += hash & 1 ? weight : -weight;
}
