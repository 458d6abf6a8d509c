import { didYouMean } from '../../platform/did-you-mean.ts';

describe('didYouMean', () => {
  const names = ['concurrency', 'leaseMs', 'renewMs', 'port'];
  it.each([
    ['concurency', 'concurrency'],
    ['leasems', 'leaseMs'],
    ['prot', undefined],
    ['pot', 'port'],
    ['elephant', undefined],
    ['', undefined],
  ])('takes %p for %p', (word, meant) => {
    expect(didYouMean(word, names)).toBe(meant);
  });

  it('stays quick for a word without end', () => {
    expect(didYouMean('x'.repeat(1_000_000), names)).toBeUndefined();
  });
});
