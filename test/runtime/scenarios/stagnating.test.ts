import { createScriptedLlm, type ScriptedLlm } from '../../../runtime/adapters/llm/scripted.ts';
import { createWorld, type World, type WorldOptions } from '../../support/engine-world.ts';
import { fixtureScript } from '../../support/fixture-f.ts';
import { scenarioStores } from '../../support/scenario-stores.ts';
import { readSession, replay } from '../../support/session-facts.ts';

describe.each(scenarioStores)('getting on when it does not get on, on $name', ({ open }) => {
  const opened: World[] = [];
  const run = async (policy: object, options: Omit<WorldOptions, 'store' | 'clock'>) => {
    const world = await createWorld({ ...(await open()), ...options });
    opened.push(world);
    const session = await world.run({
      id: 'ses_flat',
      objective: 'Find the way.',
      seeds: ['A seed to grow from.'],
      policy: { experiments: false, ...policy },
    });
    return { world, facts: await readSession(world.store, session.id) };
  };
  afterEach(async () => {
    for (const one of opened.splice(0)) {
      await one.stop();
      await one.store.close();
    }
  });

  // Round 3 blends, so that what is explored at depth 3 is of round 4.
  const flat = fixtureScript(({ depth }, { parts }) => {
    const blended = parts.material.some((m) => m.label === 'idea' && m.text.includes('blended with'));
    return { a: 8 + (depth === 3 && !blended ? 4 : depth), f: 9 };
  });
  const stagnating = (workers: number) =>
    run(
      { depth: 3 },
      { script: flat, cosine: 0.8, workers, mechanismConfig: { stagnation: { maxInterventions: 1 }, catalyst: { applicationRate: 0 } } },
    );

  it.each([1, 2])('7: brings another field in when the ideas become too alike, with %i workers', async (workers) => {
    const { world, facts } = await stagnating(workers);
    const levels = facts.frames.filter((frame) => frame.kind === 'level').sort((a, b) => a.round - b.round);
    expect(levels.map((frame) => frame.cause)).toEqual(['plan', 'plan', 'stagnation', 'plan']);
    const bestOf = facts.signals
      .filter((signal) => signal.type === 'level.assessed')
      .map((signal) => (signal.data as { bestTrust?: number }).bestTrust);
    expect(bestOf).toEqual([6.3481, 6.6481, 6.9481, 7.2481]);
    expect(facts.count('idea.generated')).toBe(9);
    expect(facts.count('idea.catalyzed')).toBe(1);
    expect(facts.count('idea.assessed')).toBe(10);
    expect(world.llm.callCount).toBe(20);
    expect(facts.work).toHaveLength(24);
    expect(facts.work.filter((item) => item.outcome?.result === 'declined').map((item) => item.ruleId)).toEqual(
      Array.from({ length: 3 }, () => 'blend-promising'),
    );
    expect(facts.signals).toHaveLength(32);
    const detected = facts.signals.filter((signal) => signal.type === 'stagnation.detected');
    expect(detected.map((signal) => signal.data)).toMatchObject([{ reasons: ['novelty'], intervention: 1 }]);
    expect(facts.session).toMatchObject({ reason: 'depth-reached', round: 4, tally: { ideas: 10, scored: 10 } });

    const { idea, assessment } = facts.ideas.find((ranked) => ranked.idea.method === 'blend')!;
    expect(idea).toMatchObject({ depth: 3, blend: { shift: 0.2 } });
    expect(assessment!.axes.novel).toBe(3.0769);
    const asked = world.llm.calls.find((call) => call.parts.name === 'blend')!.parts.material;
    const named = asked.find((m) => m.label === 'toward')!.text.split(', ');
    expect(named).toHaveLength(3);
    expect(new Set(named.map((concept) => /d\d+(?=c)/.exec(concept)![0]))).toEqual(new Set([idea.blend!.domain.replace('domain ', 'd')]));
  });

  it('2: replays 7 with every step identical and nothing asked outside', async () => {
    const { world } = await stagnating(1);
    expect(await replay(world.store, 'ses_flat')).toMatchObject({ steps: 24, identical: 24, outsideCalls: 0, differences: [] });
  });

  it('8: goes on with the fallback where the primary always fails, and soon asks it no more', async () => {
    const good = fixtureScript(() => ({ a: 9, f: 9 }));
    let fallback: ScriptedLlm | undefined;
    let primary: ScriptedLlm | undefined;
    const { facts } = await run(
      { depth: 1, maxParallel: 1 },
      {
        script: good,
        concurrency: 1,
        mechanismConfig: { explorer: { parallel: 1 }, catalyst: { applicationRate: 0 } },
        chain: ['primary', 'fallback'],
        models: (clock) => {
          primary = createScriptedLlm({ script: () => ({ status: 500 }), clock, model: 'primary' });
          fallback = createScriptedLlm({ script: good, clock, model: 'fallback' });
          const limits = { contextTokens: 100_000, maxConcurrent: 8, timeoutMs: 60_000 };
          return { primary: { llm: primary, ...limits }, fallback: { llm: fallback, ...limits } };
        },
      },
    );
    expect(primary!.callCount).toBe(5);
    expect(fallback!.callCount).toBe(6);
    expect(facts.spent.llmCalls).toBe(6);
    expect(facts.session.tally).toMatchObject({ ideas: 3, scored: 3 });
    const attempts = facts.journal.flatMap((entry) => entry.calls.map((call) => `${call.model} ${call.code ?? call.outcome}`));
    expect(attempts.filter((attempt) => attempt === 'primary LLM_SERVER_ERROR')).toHaveLength(5);
    expect(facts.journal.filter((entry) => entry.kind === 'llm').every((entry) => entry.model === 'fallback')).toBe(true);
  });
});
