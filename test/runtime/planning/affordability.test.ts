import fc from 'fast-check';
import { affordable, meanSpent } from '../../../runtime/domain/planning/affordability.ts';
import { resourceNames, type PartialResources } from '../../../runtime/domain/resources.ts';
import { defaultLimits } from '../../../runtime/domain/session.ts';

const plan = (seeds: number, variations: number, judges: number, remaining: PartialResources, mean: PartialResources = {}) =>
  affordable({ seeds, variations, judges, remaining: { ...defaultLimits, ...remaining }, meanSpent: mean });

describe('what the budget pays for', () => {
  it.each([
    // seeds, variations, judges, left, mean so far → seeds, variations, what stands in the way
    ['everything, when there is enough', 1, 3, 1, {}, {}, { seeds: 1, variations: 3 }],
    ['everything, when it is just enough', 2, 3, 1, { llmCalls: 12 }, {}, { seeds: 2, variations: 3 }],
    ['fewer ideas', 1, 3, 1, { llmCalls: 5 }, {}, { seeds: 1, variations: 2, code: 'llmCalls' }],
    ['fewer ideas a seed before fewer seeds', 2, 3, 1, { llmCalls: 5 }, {}, { seeds: 2, variations: 1, code: 'llmCalls' }],
    ['fewer seeds before no ideas', 3, 3, 1, { llmCalls: 5 }, {}, { seeds: 2, variations: 1, code: 'llmCalls' }],
    ['one idea and its critique', 3, 3, 1, { llmCalls: 2 }, {}, { seeds: 1, variations: 1, code: 'llmCalls' }],
    ['no idea without its critique', 1, 3, 1, { llmCalls: 1 }, {}, { seeds: 0, variations: 0, code: 'llmCalls' }],
    ['each judge', 1, 3, 4, { llmCalls: 9 }, {}, { seeds: 1, variations: 1, code: 'llmCalls' }],
    ['what ideas cost so far', 1, 3, 1, { costMicroUsd: 25 }, { costMicroUsd: 10 }, { seeds: 1, variations: 2, code: 'costMicroUsd' }],
    ['nothing of what is overdrawn', 1, 3, 1, { outputTokens: -5 }, { outputTokens: 1 }, { seeds: 0, variations: 0, code: 'outputTokens' }],
    ['what was free so far without limit', 1, 3, 1, { costMicroUsd: 0 }, { costMicroUsd: 0 }, { seeds: 1, variations: 3 }],
  ])('is %s', (_, seeds, variations, judges, remaining, mean, expected) => {
    expect(plan(seeds, variations, judges, remaining, mean)).toEqual(expected);
  });

  it('never costs more calls than are left, and never leaves an idea out that could be had', () => {
    const count = (max: number) => fc.integer({ min: 1, max });
    fc.assert(
      fc.property(count(20), count(20), count(5), fc.integer({ min: -3, max: 300 }), (seeds, variations, judges, llmCalls) => {
        const found = plan(seeds, variations, judges, { llmCalls });
        expect(found.seeds * found.variations * (1 + judges)).toBeLessThanOrEqual(Math.max(0, llmCalls));
        expect(found.seeds > 0).toBe(llmCalls >= 1 + judges);
        if (found.variations < variations && found.seeds > 0) {
          expect(found.seeds * (found.variations + 1) * (1 + judges)).toBeGreaterThan(llmCalls);
        }
      }),
    );
  });
});

describe('the mean cost of an idea', () => {
  it('is everything spent, shared by all ideas', () => {
    const mean = meanSpent({ ...defaultLimits, outputTokens: 100 }, { ...defaultLimits, outputTokens: 40 }, 4);
    expect(mean.outputTokens).toBe(15);
    expect(resourceNames.filter((name) => mean[name] !== 0)).toEqual(['outputTokens']);
  });

  it('is unknown before the first', () => {
    expect(meanSpent(defaultLimits, {}, 0)).toEqual({});
  });
});
