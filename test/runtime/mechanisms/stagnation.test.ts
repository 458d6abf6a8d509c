import type { Idea } from '../../../runtime/domain/idea.ts';
import type { HistoryEntry } from '../../../runtime/domain/level.ts';
import { stagnationReasons } from '../../../runtime/mechanisms/stagnation/reasons.ts';
import { stagnationConfig } from '../../../runtime/mechanisms/stagnation/config.ts';
import { createContext, runOperation, type ContextOptions } from '../../support/mechanism-context.ts';
import { idea, level, rounds, scored } from '../../support/visible-records.ts';

const planned = (round: number, bestTrust: number, meanNovel = 5): HistoryEntry => ({
  round,
  cause: 'plan',
  bestTrust,
  meanNovel,
  scored: 3,
});
const shaken = (round: number, bestTrust: number, meanNovel = 5): HistoryEntry => ({
  ...planned(round, bestTrust, meanNovel),
  cause: 'stagnation',
});

describe('the reasons of stagnation', () => {
  const of = (history: readonly HistoryEntry[], config: object = {}, eligible = 1) =>
    stagnationReasons([...history], eligible, stagnationConfig.parse(config));

  it.each([
    ['one round of little novelty is none', [planned(1, 5, 3)], {}, []],
    ['two in a row are', [planned(1, 5, 3), planned(2, 6, 3.9)], {}, ['novelty']],
    ['but not with a better one between', [planned(1, 5, 3), planned(2, 6, 4), planned(3, 7, 3)], {}, []],
    ['nor at the floor itself', [planned(1, 5, 4), planned(2, 6, 4)], {}, []],
    ['the floor is configured', [planned(1, 5, 4), planned(2, 6, 4)], { noveltyFloor: 4.5 }, ['novelty']],
    ['and so is the streak', [planned(1, 5, 3)], { noveltyStreak: 1 }, ['novelty']],
    ['an intervention counts among the rounds of little novelty', [planned(1, 5, 3), shaken(2, 6, 3)], {}, ['novelty']],
    ['two rounds cannot tell that trust stands still', rounds(6, 6), {}, []],
    ['three can', rounds(6, 6, 6), {}, ['trust']],
    ['a rise over the rounds is none', rounds(6, 6.1, 6.2), {}, []],
    ['unless it is too small', rounds(6, 6.1, 6.19), {}, ['trust']],
    ['the least rise is configured', rounds(6, 6.1, 6.2), { minGain: 0.3 }, ['trust']],
    ['and so is patience', rounds(6, 6), { patience: 1 }, ['trust']],
    ['which may be endless', rounds(6, 6, 6, 6, 6), { patience: 100 }, []],
    ['worse rounds stand still too', rounds(6, 5, 4), {}, ['trust']],
    ['interventions are no rounds of waiting', [planned(1, 6), shaken(2, 6), planned(3, 6)], {}, []],
    ['but what they brought counts', [planned(1, 6), planned(2, 6), shaken(3, 7), planned(4, 7)], {}, []],
  ])('%s', (_, history, config, expected) => {
    expect(of(history, config)).toEqual(expected);
  });

  it('are also that nothing is eligible', () => {
    expect(of(rounds(6), {}, 0)).toEqual(['nothing-eligible']);
    expect(of([planned(1, 6, 3), planned(2, 6, 3), planned(3, 6, 3)], {}, 0)).toEqual(['novelty', 'trust', 'nothing-eligible']);
  });
});

const best = idea({ id: 'best', depth: 2, round: 2 });
const other = idea({ id: 'other', depth: 1, round: 1 });
const flat = rounds(6, 6, 6);

async function check(
  of: {
    history?: readonly HistoryEntry[];
    ideas?: readonly Idea[];
    level?: Parameters<typeof level>[0];
    trusts?: Readonly<Record<string, number>>;
    unstable?: readonly string[];
  } & Pick<ContextOptions, 'policy' | 'config'>,
) {
  const trusts = of.trusts ?? { best: 7, other: 6 };
  const { context } = createContext('stagnation', {
    ...of,
    visible: {
      ideas: of.ideas ?? [other, best],
      assessments: Object.entries(trusts).map(([id, trust]) => scored(id, trust, { stable: !of.unstable?.includes(id) })),
    },
  });
  const result = await runOperation('stagnation.check', { level: level({ history: [...(of.history ?? flat)], ...of.level }) }, context);
  const [signal] = result.signals!;
  return {
    ...result,
    context,
    signal: signal!,
    said: signal!.type === 'step.requested' ? (signal.data as { stagnation: string }).stagnation : 'intervened',
  };
}

describe('stagnation', () => {
  it('shakes things up from the session’s best idea, in a level of its own', async () => {
    const { frames, signal, outcome, context } = await check({});
    expect(frames).toMatchObject([{ kind: 'level', round: 4, cause: 'stagnation' }]);
    expect(signal).toEqual({
      ...{ type: 'stagnation.detected', subject: 'best', depth: 2, frameId: context.ids.level(4) },
      data: { ideaId: 'best', reasons: ['trust'], intervention: 1 },
    });
    expect(outcome).toEqual({ result: 'intervened' });
  });

  it('starts from the best scored idea, stable or not', async () => {
    expect((await check({ unstable: ['best'] })).signal.subject).toBe('best');
  });

  it('hands the level on to the planner as it came', async () => {
    const { signal, frames, outcome } = await check({ history: rounds(5, 6, 7) });
    expect(signal).toMatchObject({ type: 'step.requested', data: { level: level({ history: rounds(5, 6, 7) }), stagnation: 'none' } });
    expect([frames, outcome]).toEqual([undefined, { result: 'checked' }]);
  });

  it.each([
    ['none while there is no reason', { history: rounds(5, 6, 7) }, 'none'],
    ['paused right after an intervention', { history: [...flat, shaken(4, 6)] }, 'paused'],
    ['none after an intervention that helped', { history: [...rounds(5, 6), shaken(3, 7)] }, 'none'],
    ['exhausted when nothing is scored', { trusts: {} }, 'exhausted'],
    ['exhausted when the best is as deep as allowed', { policy: { depth: 2, rounds: 9 } }, 'exhausted'],
    ['exhausted when the rounds are used up', { policy: { rounds: 3 } }, 'exhausted'],
    ['exhausted when no call is left', { level: { spent: { llmCalls: 119 } } }, 'exhausted'],
    ['exhausted when another resource is', { level: { limits: { outputTokens: 100 }, spent: { outputTokens: 90 } } }, 'exhausted'],
    ['exhausted when the target is reached: the session is about to end', { trusts: { best: 8.5 } }, 'exhausted'],
    [
      'exhausted after two interventions',
      { history: [planned(1, 6), shaken(2, 6), planned(3, 6), shaken(4, 6), planned(5, 6)] },
      'exhausted',
    ],
  ])('says %s', async (_, of, expected) => {
    expect((await check(of as Parameters<typeof check>[0])).said).toBe(expected);
  });

  it('intervenes as often as configured', async () => {
    const history = [planned(1, 6), shaken(2, 6), planned(3, 6), planned(4, 6)];
    expect((await check({ history })).signal.data).toMatchObject({ intervention: 2 });
    expect((await check({ history, config: { stagnation: { maxInterventions: 1 } } })).said).toBe('exhausted');
  });

  it('takes for eligible what the planner takes for eligible', async () => {
    const history = rounds(5, 6, 7);
    expect((await check({ history, config: { planner: { minTrust: 7 } } })).signal.data).toMatchObject({ reasons: ['nothing-eligible'] });
    const explorations = ['best', 'other'].map((seedIdeaId) => ({
      ...{ frameId: 'f', seedIdeaId, action: 'explore' as const, features: [1, 0, 0, 0, 0, 0], ideas: 0, spent: level({}).limits },
    }));
    expect((await check({ history, level: { explorations } })).signal.data).toMatchObject({ reasons: ['nothing-eligible'] });
  });

  it('goes through the rounds of scenario 7: only after the second, for novelty alone', async () => {
    const novel = 3.0769;
    const one = { maxInterventions: 1 };
    const seven = [planned(1, 6.3481, novel), planned(2, 6.6481, novel), shaken(3, 6.9481, novel), planned(4, 7.2481, novel)];
    const of = (round: number, ideas: readonly Idea[]) =>
      check({
        history: seven.slice(0, round),
        policy: { depth: 3 },
        config: { stagnation: one },
        ideas,
        trusts: { best: 6.6481, other: 6.3481 },
      });
    expect((await of(1, [other])).said).toBe('none');
    const second = await of(2, [other, best]);
    expect(second.signal.data).toEqual({ ideaId: 'best', reasons: ['novelty'], intervention: 1 });
    expect((await of(3, [other, best])).said).toBe('paused');
    expect((await of(4, [other, best])).said).toBe('exhausted');
  });
});
