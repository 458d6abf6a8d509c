import fc from 'fast-check';
import { createRandom } from '../../../runtime/domain/random.ts';
import {
  alignmentOf,
  decode,
  distanceOfStep,
  distanceWord,
  freshDirection,
  strengthOf,
  wide,
  withoutOwnWords,
} from '../../../runtime/mechanisms/explorer/direction.ts';

const along = (a: ArrayLike<number>, b: ArrayLike<number>): number => Array.from(a).reduce((sum, x, i) => sum + x * b[i]!, 0);
const unit = (...values: number[]): Float32Array => {
  const length = Math.hypot(...values);
  return Float32Array.from(values, (x) => x / length);
};

describe('the directions of an exploration', () => {
  it('are of length one and at right angles to the seed and to each other', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 4, max: 64 }), fc.integer({ min: 1, max: 20 }), (seed, dims, wanted) => {
        const random = createRandom(seed);
        const e = freshDirection(random, [], dims);
        const all = [e];
        for (let i = 0; i < Math.min(wanted, dims - 1); i++) all.push(freshDirection(random, all, dims));
        for (const [i, a] of all.entries()) {
          expect(along(a, a)).toBeCloseTo(1, 9);
          for (const b of all.slice(0, i)) expect(Math.abs(along(a, b))).toBeLessThan(1e-6);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('are the same for the same work item, and others for another', () => {
    const of = (workId: string) => [...freshDirection(createRandom(workId), [], 8)];
    expect(of('wrk_1')).toEqual(of('wrk_1'));
    expect(of('wrk_1')).not.toEqual(of('wrk_2'));
  });

  it('come to an end where the others fill the whole space', () => {
    const axes = [0, 1].map((i) => Float64Array.from([0, 1], (_, j) => (i === j ? 1 : 0)));
    expect(freshDirection(createRandom('full'), axes, 2)).toHaveLength(2);
  });
});

describe('the distance of a step', () => {
  it('is what the point really lies off', () => {
    fc.assert(
      fc.property(fc.string(), fc.double({ min: 0.05, max: 6, noNaN: true }), (seed, strength) => {
        const random = createRandom(seed);
        const e = freshDirection(random, [], 16);
        const u = freshDirection(random, [e], 16);
        const point = e.map((x, i) => x + strength * u[i]!);
        expect(distanceOfStep(strength)).toBeCloseTo(1 - along(point, e) / Math.sqrt(along(point, point)), 9);
      }),
    );
  });

  it('grows with the place of the variation, the divergence and the try', () => {
    expect([0, 1, 2, 3].map((i) => strengthOf(0.7, i, 0, 1.5))).toEqual([0.7 * 0.8, 0.7, 0.7 * 1.4, 0.7 * 0.8]);
    expect(strengthOf(0.7, 1, 2, 1.5)).toBeCloseTo(0.7 * 2.25, 12);
  });

  it.each([
    [0, 'near'],
    [0.1499, 'near'],
    [0.15, 'medium'],
    [0.2499, 'medium'],
    [0.25, 'far'],
    [0.9, 'far'],
  ])('%d is told as %s', (distance, word) => {
    expect(distanceWord(distance)).toBe(word);
  });
});

describe('alignment', () => {
  const e = unit(1, 0, 0);
  const u = wide(unit(0, 1, 0));
  it.each([
    ['along the direction', unit(1, 1, 0), 1],
    ['against it', unit(1, -1, 0), -1],
    ['across it', unit(1, 0, 1), 0],
    ['between', unit(1, 1, 1), Math.SQRT1_2],
    ['nowhere', unit(1, 0, 0), 0],
  ])('of a step %s', (_, x, expected) => {
    expect(alignmentOf(e, u, x)).toBeCloseTo(expected, 6);
  });
});

describe('a direction in words', () => {
  const e = unit(1, 0, 0, 0);
  const u = wide(unit(0, 1, 0, 0));
  const concept = (text: string, ...values: number[]) => ({ text, vector: unit(...values) });
  const bank = [
    concept('own word', 1, 0.7, 0, 0),
    concept('furthest', 0, 1, 0, 0),
    concept('second', 0, 0.8, 0.6, 0),
    concept('third', 0, 0.6, 0.8, 0),
    concept('across', 0, 0, 1, 0),
    concept('against', 0, -1, 0, 0),
    concept('half against', 0, -0.5, 0.9, 0),
  ];
  const session = [concept('of the session', 0, 0.9, 0.1, 0), concept('of the session too', 0, 0.3, 0, 0.9)];

  it('leaves out the words of the seed itself, however far they lead', () => {
    expect(withoutOwnWords(bank, e).map(({ text }) => text)).not.toContain('own word');
    expect(withoutOwnWords(bank, e)).toHaveLength(bank.length - 1);
    const at = (cosine: number) => [concept('at', cosine, Math.sqrt(1 - cosine ** 2), 0, 0)];
    expect([0.79, 0.81].map((cosine) => withoutOwnWords(at(cosine), e).length)).toEqual([1, 0]);
  });

  it('names what lies furthest along and furthest against', () => {
    expect(decode(u, { bank: withoutOwnWords(bank, e), session: [] }, { toward: 3, away: 2 }, new Set())).toEqual({
      toward: ['furthest', 'second', 'third'],
      away: ['against', 'half against'],
    });
  });

  it('takes half, rounded up, from the bank and the rest from the session while it has any', () => {
    const words = decode(u, { bank: withoutOwnWords(bank, e), session }, { toward: 3, away: 2 }, new Set());
    expect(words.toward).toEqual(['furthest', 'second', 'of the session']);
    expect(words.away).toEqual(['against', 'of the session too']);
    const many = decode(u, { bank: withoutOwnWords(bank, e), session }, { toward: 5, away: 0 }, new Set());
    expect(many.toward).toEqual(['furthest', 'second', 'third', 'of the session', 'of the session too']);
  });

  it('uses no word twice, not even for another variation', () => {
    const used = new Set<string>();
    const sources = { bank: withoutOwnWords(bank, e), session };
    const all = [0, 1, 2, 3].flatMap(() => {
      const { toward, away } = decode(u, sources, { toward: 2, away: 1 }, used);
      return [...toward, ...away];
    });
    expect(new Set(all).size).toBe(all.length);
    expect(all.length).toBe(bank.length - 1 + session.length);
  });

  it('keeps the order of the bank where concepts lie equally far', () => {
    const equal = ['a', 'b', 'c', 'd'].map((text) => concept(text, 0, 1, 0, 0));
    expect(decode(u, { bank: equal, session: [] }, { toward: 2, away: 2 }, new Set())).toEqual({ toward: ['a', 'b'], away: ['c', 'd'] });
  });

  it('has nothing to say without concepts', () => {
    expect(decode(u, { bank: [], session: [] }, { toward: 3, away: 2 }, new Set())).toEqual({ toward: [], away: [] });
  });
});
