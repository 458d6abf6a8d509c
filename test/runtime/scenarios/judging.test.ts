import { createWorld, type World } from '../../support/engine-world.ts';
import { critique, fixtureScript } from '../../support/fixture-f.ts';
import { scenarioStores } from '../../support/scenario-stores.ts';
import { readSession } from '../../support/session-facts.ts';

const writes = fixtureScript(() => ({ status: 500 }));

/** A whole number below `bound` that depends on the text alone. */
function chance(text: string, bound: number): number {
  let hash = 2166136261;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619) >>> 0;
  return Math.floor((hash / 2 ** 32) * bound);
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values: readonly number[]): number => Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));
function correlation(a: readonly number[], b: readonly number[]): number {
  const covariance = mean(a.map((value, i) => (value - mean(a)) * (b[i]! - mean(b))));
  return covariance / (deviation(a) * deviation(b));
}
/** Ranks from 1, equal values sharing the mean of theirs. */
const ranks = (values: readonly number[]): number[] =>
  values.map((value) => values.filter((other) => other < value).length + (values.filter((other) => other === value).length + 1) / 2);

describe.each(scenarioStores)('judging on $name', ({ open }) => {
  let world: World | undefined;
  afterEach(async () => {
    await world?.stop();
    await world?.store.close();
    world = undefined;
  });

  it('25: tells ideas of four planted qualities apart, and says who judged by which words', async () => {
    world = await createWorld({
      ...(await open()),
      mechanismConfig: { sentinel: { judges: 2 }, catalyst: { applicationRate: 0 } },
      script: (request) => {
        const { name, ordinal, effectId, material } = request.parts;
        if (name === 'vary') {
          const text = `An idea of depth 1, index ${ordinal}, of quality ${chance(effectId, 4)}, by ${effectId}.`;
          return { json: { title: `Quality idea ${ordinal}`, text } };
        }
        const quality = /of quality (\d)/.exec(material[0]!.text);
        if (name !== 'judge' || !quality) return writes(request);
        // Each criterion on its own: the quality, one grade off now and then.
        const off = (criterion: string): number => [-1, 0, 0, 1][chance(criterion + effectId, 4)]!;
        const grade = (criterion: string): number => Math.min(4, Math.max(0, Number(quality[1]) + off(criterion)));
        const criteria = ['objective', 'constraints', 'effect', 'means', 'effort', 'risk'];
        return { json: critique(0, 0, { grades: Object.fromEntries(criteria.map((criterion) => [criterion, grade(criterion)])) }) };
      },
    });
    const seeds = Array.from({ length: 8 }, (_, i) => `A seed number ${i}.`);
    await world.run({
      id: 'ses_judge',
      objective: 'Find the way.',
      seeds,
      policy: { experiments: false, depth: 1, variations: 5 },
      limits: { llmCalls: 120 },
    });
    const { ideas } = await readSession(world.store, 'ses_judge');
    expect(ideas).toHaveLength(40);
    const qualities = ideas.map(({ idea }) => Number(/of quality (\d)/.exec(idea.text)![1]));
    expect(new Set(qualities).size).toBe(4);
    const trusts = ideas.map(({ assessment }) => assessment!.trust!);
    expect(deviation(trusts)).toBeGreaterThanOrEqual(1);
    expect(correlation(ranks(trusts), ranks(qualities))).toBeGreaterThanOrEqual(0.8);
    for (const { assessment } of ideas) {
      expect(assessment!.critiques).toHaveLength(2);
      expect(assessment!.judges).toHaveLength(2);
      for (const judge of assessment!.judges) {
        expect(judge).toMatchObject({ model: 'scripted', rubric: 'judge', promptDigest: expect.stringMatching(/^[0-9a-f]{64}$/) });
        expect(judge.effectIds).toHaveLength(1);
      }
    }
    expect(new Set(ideas.flatMap(({ assessment }) => assessment!.judges.map((judge) => judge.promptDigest))).size).toBe(1);
  });
});
