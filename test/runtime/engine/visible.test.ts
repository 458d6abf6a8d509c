import { scanHere } from '../../../runtime/engine/visible.ts';

describe('scanning vectors for the nearest', () => {
  const query = Float32Array.of(1, 0);
  const vectors = [0.2, 0.9, 0.5, 0.9, -1, 0.5, 0.7].map((x) => Float32Array.of(x, 0.1));

  it.each([0, 1, 2, 3, 5, 7, 20])('gives the %i greatest, equals by their place', async (count) => {
    const found = await scanHere(query, vectors, count);
    expect(found.map(({ index }) => index)).toEqual([1, 3, 6, 2, 5, 0, 4].slice(0, count));
    expect(found.every(({ index, cosine }) => cosine === vectors[index]![0])).toBe(true);
  });
});
