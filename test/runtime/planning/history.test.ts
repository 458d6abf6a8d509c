import { features, firstFeatures, leastLeft } from '../../../runtime/domain/planning/features.ts';
import { bestSoFar, flatStreak, gained, interventions, plannedRounds, roundOfLastPlan } from '../../../runtime/domain/planning/history.ts';
import { reward } from '../../../runtime/domain/planning/reward.ts';
import { rounds } from '../../support/visible-records.ts';

describe('the history of rounds', () => {
  const mixed = [...rounds(5, 6), { round: 3, cause: 'stagnation' as const, scored: 1, bestTrust: 7 }];

  it('tells planned rounds from interventions', () => {
    expect([plannedRounds(mixed), interventions(mixed), roundOfLastPlan(mixed)]).toEqual([2, 1, 2]);
    expect(roundOfLastPlan([...mixed, { round: 4, cause: 'plan', scored: 0 }])).toBe(4);
  });

  it('knows the best trust so far, rounds without a score included', () => {
    expect(bestSoFar(rounds(undefined, 5, 4, undefined, 6))).toEqual([0, 5, 5, 5, 6]);
  });

  it.each([
    [[5], 0],
    [[5, 6], 0],
    [[5, 5.1], 1],
    [[5, 5.2], 0],
    [[4.9, 5.1], 0],
    [[5, 6, 6.1, 6.2], 2],
    [[5, 4, 3, 2], 3],
    [[5, 5, 8, 8], 1],
    [[undefined, 5], 0],
    [[5, undefined], 1],
  ])('best trusts %j: so many rounds in a row rose by less than 0.2: %i', (trusts, streak) => {
    expect(flatStreak(rounds(...trusts), 0.2)).toBe(streak);
  });

  it('counts a rise of exactly the bound, which doubles alone would miss', () => {
    expect(5.1 - 4.9).toBeLessThan(0.2);
    expect(gained(4.9, 5.1)).toBe(0.2);
  });
});

describe('the reward of an exploration', () => {
  const limits = { llmCalls: 100, outputTokens: 1000, embeddings: 10, protoRuns: 2 };
  const of = (bestTrust: number | undefined, spent: object, costWeight = 0.5) =>
    reward({ bestTrust, parentTrust: 5, spent, limits, costWeight });

  it.each([
    ['half the rise in trust, less the cost', 7, { llmCalls: 20 }, { gain: 1, costShare: 0.2, reward: 0.9 }],
    ['of the dearest resource', 7, { llmCalls: 20, outputTokens: 400 }, { gain: 1, costShare: 0.4, reward: 0.8 }],
    ['not of embeddings and runs', 7, { embeddings: 10, protoRuns: 2 }, { gain: 1, costShare: 0, reward: 1 }],
    ['clipped above', 10, {}, { gain: 2.5, costShare: 0, reward: 1 }],
    ['clipped below', 0, { llmCalls: 100 }, { gain: -2.5, costShare: 1, reward: -1 }],
    ['without gain where nothing was scored', undefined, { llmCalls: 20 }, { gain: 0, costShare: 0.2, reward: -0.1 }],
  ])('is %s', (_, bestTrust, spent, expected) => {
    expect(of(bestTrust, spent)).toEqual(expected);
  });

  it('weighs cost as asked for', () => {
    expect([of(7, { llmCalls: 20 }, 0).reward, of(7, { llmCalls: 20 }, 5).reward]).toEqual([1, 0]);
  });
});

describe('the features of a plan', () => {
  it('are bounded, in a fixed order, and know what is unknown', () => {
    expect(features({ trust: 8, novel: 10, depth: 2, maxDepth: 5, leastLeft: 0.25, streak: 1 })).toEqual([1, 0.8, 1, 0.4, 0.25, 0.5]);
    expect(features({ depth: 0, maxDepth: 4, leastLeft: 1, streak: 9 })).toEqual([1, 0.5, 0.5, 0, 1, 1]);
    expect(firstFeatures({ depth: 5 })).toEqual([1, 0.5, 0.5, 0, 1, 0]);
  });

  it('see the resource of which least is left', () => {
    expect(leastLeft({ llmCalls: 10, outputTokens: 100 }, { llmCalls: 9, outputTokens: 20 })).toBe(0.2);
    expect(leastLeft({ llmCalls: 10, costMicroUsd: 0 }, { llmCalls: 12, costMicroUsd: 0 })).toBe(1);
    expect(leastLeft({ llmCalls: 10 }, { llmCalls: -1 })).toBe(0);
  });
});
