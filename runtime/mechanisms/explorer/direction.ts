import type { Random } from '../../domain/random.ts';
import { dot, dots } from '../../domain/vector.ts';

/** Steps of a semantic direction, by variation: a shorter, the asked-for and a longer one in turn. */
const strengths = [0.8, 1, 1.4] as const;

export const strengthOf = (divergence: number, variation: number, tryNumber: number, retryFactor: number): number =>
  divergence * strengths[variation % strengths.length]! * retryFactor ** tryNumber;

/** How far, as 1 - cosine, the point normalise(e + s u) lies from e when u is at right angles to e. */
export const distanceOfStep = (strength: number): number => 1 - 1 / Math.sqrt(1 + strength * strength);

export const distanceWord = (distance: number): 'near' | 'medium' | 'far' =>
  distance < 0.15 ? 'near' : distance < 0.25 ? 'medium' : 'far';

/** A random unit vector at right angles to all of `others` (unit vectors at right angles to one another): Gram-Schmidt. */
export function freshDirection(random: Random, others: readonly Float64Array[], dims: number): Float64Array {
  for (;;) {
    const draw = Float64Array.from({ length: dims }, () => random.normal());
    for (const other of others) {
      const along = project(draw, other);
      for (let i = 0; i < dims; i++) draw[i]! -= along * other[i]!;
    }
    const length = Math.sqrt(project(draw, draw));
    // Only in a space that `others` fills is nothing left but rounding.
    if (length > 1e-6 || others.length >= dims) return draw.map((x) => x / (length || 1));
  }
}

export const wide = (vector: Float32Array): Float64Array => Float64Array.from(vector);

function project(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** How much of the way from e to x goes along u: cosine of the part of x at right angles to e with u. 0 if x has no such part. */
export function alignmentOf(e: Float32Array, u: Float64Array, x: Float32Array): number {
  const along = dot(e, x);
  const rest = Float64Array.from(x, (value, i) => value - along * e[i]!);
  const length = Math.sqrt(project(rest, rest));
  return length < 1e-12 ? 0 : project(rest, u) / length;
}

export interface Concept {
  readonly text: string;
  readonly vector: Float32Array;
}

/** Concepts this near to the seed are its own words. */
const ownWordCosine = 0.8;

export function withoutOwnWords(concepts: readonly Concept[], e: Float32Array): Concept[] {
  const cosines = dots(
    concepts.map(({ vector }) => vector),
    e,
  );
  return concepts.filter((_, i) => cosines[i]! <= ownWordCosine);
}

export interface Decoded {
  readonly toward: readonly string[];
  readonly away: readonly string[];
}

/**
 * A direction in words: the concepts that lie furthest along it, and furthest against it, ties in the order given. (Nearness to the point
 * itself would give back the seed's own words.) Half of each, rounded up, comes from the shipped bank, the rest from the session's own
 * phrases while it has any. None that stands in `used`; those taken are added to it.
 */
export function decode(
  u: Float64Array,
  sources: { readonly bank: readonly Concept[]; readonly session: readonly Concept[] },
  counts: { readonly toward: number; readonly away: number },
  used: Set<string>,
): Decoded {
  const bank = createRanking(sources.bank, u);
  const session = createRanking(sources.session, u);

  function take(count: number, sign: 1 | -1): string[] {
    const taken: string[] = [];
    const takeFrom = (ranking: Ranking, most: number): void => {
      while (taken.length < most) {
        const next = ranking.furthest(sign, used);
        if (next === undefined) return;
        used.add(next);
        taken.push(next);
      }
    };
    takeFrom(bank, Math.ceil(count / 2));
    takeFrom(session, count);
    takeFrom(bank, count);
    return taken;
  }
  return { toward: take(counts.toward, 1), away: take(counts.away, -1) };
}

interface Ranking {
  furthest(sign: 1 | -1, except: ReadonlySet<string>): string | undefined;
}

/** A handful is taken of many: looking for the furthest each time is cheaper than putting all in order. */
function createRanking(concepts: readonly Concept[], u: Float64Array): Ranking {
  const along = dots(
    concepts.map(({ vector }) => vector),
    u,
  );
  return {
    furthest(sign, except) {
      let best: string | undefined;
      let bestAlong = -Infinity;
      for (let i = 0; i < along.length; i++) {
        const here = sign * along[i]!;
        if (here <= bestAlong || except.has(concepts[i]!.text)) continue;
        best = concepts[i]!.text;
        bestAlong = here;
      }
      return best;
    },
  };
}
