import type { Idea } from '../../../runtime/domain/idea.ts';
import type { Exploration } from '../../../runtime/domain/level.ts';
import { noResources } from '../../../runtime/domain/resources.ts';
import type { PolicyRequest } from '../../../runtime/domain/session.ts';
import { createContext, runOperation, type ContextOptions } from '../../support/mechanism-context.ts';
import { idea, level, rounds, scored } from '../../support/visible-records.ts';

const seed = idea({ id: 'seed', depth: 0 });
const child = (id: string, of: Partial<Idea> = {}): Idea => idea({ id, parentIds: ['seed'], ...of });
const exploration = (seedIdeaId: string, of: Partial<Exploration> = {}): Exploration => ({
  frameId: `frm_${seedIdeaId}`,
  seedIdeaId,
  action: 'explore',
  features: [1, 0.5, 0.5, 0, 1, 0],
  ideas: 3,
  spent: noResources,
  ...of,
});

interface Case {
  readonly ideas: readonly Idea[];
  readonly trusts: Readonly<Record<string, number>>;
  readonly level?: Parameters<typeof level>[0];
  readonly stagnation?: 'none' | 'paused' | 'exhausted';
  readonly policy?: PolicyRequest;
  readonly unstable?: readonly string[];
  readonly vectors?: ContextOptions['visible'] extends infer V ? (V extends { vectors?: infer W } ? W : never) : never;
  readonly config?: ContextOptions['config'];
}

async function plan(of: Case) {
  const assessments = Object.entries(of.trusts).map(([id, trust]) => scored(id, trust, { stable: !of.unstable?.includes(id) }));
  const summary = level({ explorations: [exploration('seed')], ...of.level });
  const { context } = createContext('planner', {
    round: summary.round + 1,
    visible: { ideas: [seed, ...of.ideas], assessments, ...(of.vectors ? { vectors: of.vectors } : {}) },
    ...(of.policy ? { policy: of.policy } : {}),
    ...(of.config ? { config: of.config } : {}),
  });
  const result = await runOperation('planner.plan', { step: { level: summary, stagnation: of.stagnation ?? 'none' } }, context);
  return { ...result, context, planted: (result.signals ?? []).map(({ subject }) => subject) };
}

describe('a plan', () => {
  const ideas = [child('a'), child('b', { index: 1 }), child('c', { index: 2 })];
  const trusts = { a: 5.5, b: 7, c: 6 };

  it('opens the next level and plants what did best there', async () => {
    const { frames, signals, outcome, context } = await plan({ ideas, trusts, policy: { depth: 4 } });
    expect(frames).toMatchObject([{ kind: 'level', round: 2, cause: 'plan' }]);
    expect(signals).toEqual([
      {
        ...{ type: 'seed.planted', subject: 'b', depth: 1, frameId: context.ids.level(2) },
        data: {
          ...{ ideaId: 'b', text: ideas[1]!.text, tags: [], action: 'explore', variations: 3, divergence: 0.7 },
          features: [1, 0.7, 0.4444, 0.25, 1, 0],
        },
      },
    ]);
    expect(outcome).toEqual({ result: 'planned' });
  });

  it('never expands an idea twice, however good, nor one at or below minTrust', async () => {
    const traced = { ideas, trusts, level: { explorations: [exploration('b')] } };
    expect((await plan(traced)).planted).toEqual(['c']);
    expect((await plan({ ...traced, config: { planner: { minTrust: 6 } } })).planted).toEqual([]);
    expect((await plan({ ...traced, config: { planner: { minTrust: 5.9 } } })).planted).toEqual(['c']);
  });

  it('plants as many as the beam is wide, without near copies', async () => {
    const at = (cosine: number) => Float32Array.of(cosine, Math.sqrt(1 - cosine ** 2));
    const vectors = Object.entries({ b: 1, c: 0.95, a: 0.85 }).map(([ideaId, cosine]) => ({
      ...{ ideaId, kind: 'text' as const, values: at(cosine), embedder: 'e' },
    }));
    const beam = (config?: Case['config']) =>
      plan({ ideas, trusts, vectors, policy: { strategy: 'beam', beamWidth: 2 }, ...(config ? { config } : {}) });
    // c repeats b; a (0.85 to b) does not.
    expect((await beam()).planted).toEqual(['b', 'a']);
    expect((await beam({ explorer: { minNovelty: 0.04 } })).planted).toEqual(['b', 'c']);
  });

  it('plants fewer, and asks for less, when money runs short', async () => {
    const beam = { ideas, trusts, policy: { strategy: 'beam' as const, beamWidth: 3 } };
    const { planted, signals } = await plan({ ...beam, level: { limits: { llmCalls: 20 }, spent: { llmCalls: 15 } } });
    expect(planted).toEqual(['b', 'c']);
    expect(signals!.map(({ data }) => (data as { variations: number }).variations)).toEqual([1, 1]);
    const dear = { limits: { costMicroUsd: 100 }, spent: { costMicroUsd: 60 } };
    // 20 an idea so far, 40 left.
    expect((await plan({ ...beam, level: dear })).planted).toEqual(['b', 'c']);
  });

  it('asks for more judges’ money where more judges are configured', async () => {
    const limits = { limits: { llmCalls: 6 } };
    const variations = async (judges: number) =>
      ((await plan({ ideas, trusts, level: limits, config: { sentinel: { judges } } })).signals![0]!.data as { variations: number })
        .variations;
    expect([await variations(1), await variations(2), await variations(5)]).toEqual([3, 2, 1]);
  });

  it.each([
    [rounds(6), 0.7],
    [rounds(6, 6.1), 1.05],
    [rounds(6, 6.1, 6.2), 1.575],
    [rounds(6, 6.1, 6.2, 6.3), 1.575],
    [rounds(6, 6.1, 6.2, 7), 0.7],
  ])('goes further the longer the best has stood still: %#', async (history, divergence) => {
    const { signals } = await plan({ ideas, trusts, level: { history }, policy: { rounds: 10 } });
    expect((signals![0]!.data as { divergence: number }).divergence).toBeCloseTo(divergence, 12);
    expect((await plan({ ideas, trusts, level: { history: rounds(6, 6) }, policy: { divergence: 2 } })).signals![0]!.data).toMatchObject({
      divergence: 2,
    });
  });

  it('goes on from the rounds since the last plan, an intervention’s ideas included', async () => {
    const history = [...rounds(8), { round: 2, cause: 'stagnation' as const, scored: 1, bestTrust: 6 }];
    const blend = child('blend', { method: 'blend', round: 2 });
    const { planted, frames } = await plan({
      ideas: [...ideas, blend],
      trusts: { ...trusts, blend: 6.5 },
      level: { history },
      stagnation: 'paused',
    });
    expect(planted).toEqual(['b']);
    expect(frames).toMatchObject([{ round: 3, cause: 'plan' }]);
  });
});

describe('the end of a session', () => {
  const ideas = [child('a'), child('b', { index: 1 })];
  const finish = async (of: Partial<Case>) => (await plan({ ideas, trusts: { a: 6, b: 7 }, ...of })).outcome.finish;

  it.each([
    ['target-reached when a stable idea is at the target', { trusts: { a: 8.5 } }, { reason: 'target-reached' }],
    ['not target-reached when that idea is not stable', { trusts: { a: 9, b: 7 }, unstable: ['a'] }, undefined],
    ['target-reached at the target that was asked for', { policy: { targetTrust: 7 } }, { reason: 'target-reached' }],
    ['target-reached before anything else', { trusts: { a: 9 }, level: { limits: { llmCalls: 1 } } }, { reason: 'target-reached' }],
    ['budget-spent when no idea can be paid for', { level: { limits: { llmCalls: 1 } } }, { reason: 'budget-spent', code: 'llmCalls' }],
    [
      'budget-spent by another resource',
      { level: { limits: { inputTokens: 100 }, spent: { inputTokens: 80 } } },
      { reason: 'budget-spent', code: 'inputTokens' },
    ],
    ['budget-spent before failed', { trusts: {}, level: { limits: { llmCalls: 0 } } }, { reason: 'budget-spent', code: 'llmCalls' }],
    ['failed when nothing was scored', { trusts: {} }, { reason: 'failed', code: 'NO_SCORED_IDEA' }],
    ['depth-reached when the rounds are used up', { policy: { rounds: 1 } }, { reason: 'depth-reached' }],
    ['depth-reached when only depth bars expansion', { policy: { depth: 1, rounds: 9 } }, { reason: 'depth-reached' }],
    ['depth-reached before stagnated', { policy: { rounds: 1 }, stagnation: 'exhausted' as const }, { reason: 'depth-reached' }],
    ['stagnated when stagnation is exhausted', { stagnation: 'exhausted' as const }, { reason: 'stagnated' }],
    ['stagnated when nothing is good enough', { unstable: ['a', 'b'] }, { reason: 'stagnated' }],
    ['not yet when stagnation only paused', { stagnation: 'paused' as const }, undefined],
  ])('is %s', async (_, of, expected) => {
    expect(await finish(of)).toEqual(expected);
  });

  it('plants nothing and opens nothing, but leaves its traces', async () => {
    const { signals, frames, traces, outcome } = await plan({ ideas, trusts: { a: 9 } });
    expect([signals, frames, outcome.result]).toEqual([undefined, undefined, 'finished']);
    expect(traces).toHaveLength(1);
  });
});

describe('traces', () => {
  const spent = { ...noResources, llmCalls: 12 };
  const best = { bestIdeaId: 'b', bestTrust: 7, spent };

  it('tell what each exploration was decided on and what it brought', async () => {
    const { traces } = await plan({
      ideas: [child('a'), child('b')],
      trusts: { a: 6, b: 7 },
      level: { explorations: [exploration('seed', best), exploration('a', { ...best, bestTrust: 6.5 })] },
    });
    expect(traces).toMatchObject([
      { round: 1, frameId: 'frm_seed', policy: 'greedy', action: 'explore', parentIdeaId: 'seed', parentTrust: 5, bestTrust: 7 },
      { round: 1, frameId: 'frm_a', parentTrust: 6, gain: 0.25, costShare: 0.1, reward: 0.2 },
    ]);
    expect(traces![0]).toMatchObject({ gain: 1, costShare: 0.1, reward: 0.95, spent, features: [1, 0.5, 0.5, 0, 1, 0] });
  });

  it('weigh cost as configured, and have no best where nothing was scored', async () => {
    const { traces } = await plan({
      ideas: [child('a')],
      trusts: { a: 6 },
      level: { explorations: [exploration('seed', { spent })] },
      config: { planner: { costWeight: 5 } },
    });
    expect(traces![0]).toMatchObject({ gain: 0, costShare: 0.1, reward: -0.5 });
    expect(traces![0]).not.toHaveProperty('bestTrust');
  });

  it('of the planned level are made after the intervention that followed it', async () => {
    const history = [...rounds(8), { round: 2, cause: 'stagnation' as const, scored: 1, bestTrust: 6 }];
    const { traces } = await plan({ ideas: [child('a')], trusts: { a: 6 }, level: { history, explorations: [exploration('seed', best)] } });
    expect(traces).toMatchObject([{ round: 1, frameId: 'frm_seed' }]);
  });
});
