import { contentHash } from './idea.ts';
import { dot } from './vector.ts';

/** A text and where it lies. */
export interface Placed {
  readonly text: string;
  readonly vector: Float32Array;
}

/**
 * The text that the candidate merely repeats: one with the same content, else the nearest, if 1 - its cosine is below `minNovelty`;
 * absent if the candidate is new. Of equally near ones the first.
 */
export function repeatedText(candidate: Placed, known: readonly Placed[], minNovelty: number): string | undefined {
  const hash = contentHash(candidate.text);
  let nearest: Placed | undefined;
  let cosine = -Infinity;
  for (const other of known) {
    if (contentHash(other.text) === hash) return other.text;
    const found = dot(other.vector, candidate.vector);
    if (found <= cosine) continue;
    nearest = other;
    cosine = found;
  }
  return nearest && 1 - cosine < minNovelty ? nearest.text : undefined;
}
