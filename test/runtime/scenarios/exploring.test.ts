import type { Trace } from '../../../runtime/domain/trace.ts';
import type { Embedder } from '../../../runtime/ports/embedder.ts';
import type { LlmRequest } from '../../../runtime/ports/llm.ts';
import { createFixtureEmbedder } from '../../support/fixture-embedder.ts';
import { createSmallBank } from '../../support/small-bank.ts';
import { createWorld, isIdeaText, type World, type WorldOptions } from '../../support/engine-world.ts';
import { critique, fixtureScript, told } from '../../support/fixture-f.ts';
import { scenarioStores } from '../../support/scenario-stores.ts';
import { historyOf, readSession, replay } from '../../support/session-facts.ts';

const base = { objective: 'Find the way.', seeds: ['A seed to grow from.'] };
const growing = fixtureScript(({ round, index }) => ({ a: round + 2 + index, f: 3 }));

describe.each(scenarioStores)('exploring on $name', ({ open }) => {
  let world: World | undefined;
  const opened: World[] = [];
  const run = async (request: object, options: Omit<WorldOptions, 'store' | 'clock'>) => {
    world = await createWorld({ ...(await open()), ...options });
    opened.push(world);
    const session = await world.run({ ...base, ...request, policy: { experiments: false, ...(request as { policy?: object }).policy } });
    return readSession(world.store, session.id);
  };
  afterEach(async () => {
    for (const one of opened.splice(0)) {
      await one.stop();
      await one.store.close();
    }
  });

  it('1: goes five rounds deep, and counts come out as the page says', async () => {
    const facts = await run({ id: 'ses_one' }, { script: growing });
    expect(facts.session).toMatchObject({
      status: 'finished',
      reason: 'depth-reached',
      round: 5,
      openWork: 0,
      tally: { ideas: 15, scored: 15 },
    });
    expect(world!.llm.callCount).toBe(30);
    expect(facts.journal.filter((entry) => entry.kind === 'embed')).toHaveLength(6);
    expect(facts.work).toHaveLength(30);
    expect(facts.signals).toHaveLength(46);
    expect(facts.frames).toHaveLength(11);
    expect(facts.count('session.finished')).toBe(1);
    expect(facts.signals.at(-1)!.data).toMatchObject({ best: { trust: 6.2442 } });
    const seeds = facts.signals.filter((signal) => signal.type === 'seed.planted');
    const planted = seeds.slice(1).map((signal) => facts.ideas.find(({ idea }) => idea.id === signal.subject)!.idea.index);
    expect(planted).toEqual([2, 2, 2, 2]);
    expect(world!.llm.calls.filter((call) => call.messages.some((m) => m.content.includes('Find the way.')))).toHaveLength(30);
    const ids = new Set(facts.signals.map((signal) => signal.id));
    expect(facts.signals.flatMap((signal) => (signal.parentids === '' ? [] : signal.parentids.split(','))).every((id) => ids.has(id))).toBe(
      true,
    );
    expect(facts.signals.filter((signal) => signal.parentids === '').map((signal) => signal.type)).toEqual(['seed.planted']);
    expect(facts.work.every((item) => item.state === 'done' && item.attempt === 1)).toBe(true);
    expect(facts.signals.map((signal) => signal.sequence)).toEqual(facts.signals.map((_, i) => i + 1));
    expect(facts.frames.every((frame) => frame.status === 'finished')).toBe(true);
  });

  it('2: replays 1 with every step identical and nothing asked outside', async () => {
    await run({ id: 'ses_one' }, { script: growing });
    expect(await replay(world!.store, 'ses_one')).toEqual({
      sessionId: 'ses_one',
      steps: 30,
      identical: 30,
      outsideCalls: 0,
      differences: [],
      otherVersions: [],
    });
  });

  it.each([1, 2, 8])('makes the same history with %i workers', async (workers) => {
    await run({ id: 'ses_one' }, { script: growing });
    const alone = await historyOf(world!.store, 'ses_one');
    await run({ id: 'ses_one' }, { script: growing, workers, concurrency: 3 });
    expect(await historyOf(world!.store, 'ses_one')).toEqual(alone);
  });

  it('15: makes the same history with a model a hundred times as slow', async () => {
    const late = (delayMs: number) => (request: LlmRequest) => ({ ...growing(request)!, delayMs });
    await run({ id: 'ses_one' }, { script: late(10) });
    const quick = { history: await historyOf(world!.store, 'ses_one'), traces: await world!.store.traces('ses_one') };
    const tookMs = world!.clock.nowMs();
    await run({ id: 'ses_one' }, { script: late(1000) });
    expect(world!.clock.nowMs() - tookMs).toBeGreaterThan(9000);
    expect(await historyOf(world!.store, 'ses_one')).toEqual(quick.history);
    const timeless = (traces: readonly Trace[]) => traces.map((trace) => ({ ...trace, createdAt: '' }));
    expect(timeless(await world!.store.traces('ses_one'))).toEqual(timeless(quick.traces));
    expect(quick.traces).toHaveLength(5);
  });

  it('3: spends ten calls and stops, with the spending of the exploration in level and root', async () => {
    const facts = await run(
      { limits: { llmCalls: 10 }, policy: { maxParallel: 1 } },
      { script: growing, concurrency: 1, mechanismConfig: alone },
    );
    expect(world!.llm.callCount).toBe(10);
    expect(facts.session).toMatchObject({ reason: 'budget-spent', code: 'llmCalls', round: 2, tally: { ideas: 5, scored: 5 } });
    const budgets = await world!.store.budgets(facts.session.id);
    const spentIn = (kind: string) =>
      facts.frames.filter((frame) => frame.kind === kind).map((frame) => budgets.find((b) => b.frameId === frame.id)!.spent.llmCalls);
    expect(spentIn('exploration')).toEqual([6, 4]);
    expect(spentIn('level')).toEqual([6, 4]);
    expect(spentIn('session')).toEqual([10]);
    expect(budgets.every((b) => Object.values(b.reserved).every((amount) => amount === 0))).toBe(true);
  });

  it('4: leaves unscored what it cannot pay for', async () => {
    const once = growing;
    const facts = await run(
      { limits: { llmCalls: 6 }, policy: { maxParallel: 1 } },
      {
        concurrency: 1,
        mechanismConfig: alone,
        script: (request) => (request.parts.name === 'judge' && told(request).index === 0 ? { text: 'no JSON' } : once(repaired(request))),
      },
    );
    expect(world!.llm.callCount).toBe(6);
    expect(facts.session).toMatchObject({ reason: 'budget-spent', tally: { ideas: 3, scored: 2, unscored: 1 } });
    expect(facts.ideas.find(({ assessment }) => assessment?.status === 'unscored')?.assessment).toMatchObject({
      reason: 'BUDGET_EXHAUSTED',
    });
  });

  it('4: refuses a session whose limit pays for nothing', async () => {
    await expect(run({ limits: { llmCalls: 1 } }, { script: growing })).rejects.toMatchObject({ code: 'BUDGET_TOO_SMALL' });
  });

  it('9: ends as failed when no critique can be had', async () => {
    const facts = await run({ policy: { depth: 1 } }, { script: fixtureScript(() => ({ status: 500 })) });
    expect(facts.session).toMatchObject({ reason: 'failed', code: 'NO_SCORED_IDEA', tally: { ideas: 3, scored: 0, unscored: 3 } });
    expect(facts.spent.llmCalls).toBe(3);
    expect(facts.ideas.every(({ assessment }) => assessment?.trust === undefined && assessment?.axes.novel === 7.2308)).toBe(true);
    expect(facts.work.some((item) => item.ruleId === 'blend-promising' || item.ruleId === 'test-strong')).toBe(false);
  });

  it('11: expands two at a time in beam, and of two near copies only the better', async () => {
    const facts = await run(
      { seeds: ['A seed to grow from.', 'A seed of another kind.'], policy: { strategy: 'beam', beamWidth: 2, depth: 3 } },
      { script: growing },
    );
    expect(facts.session).toMatchObject({ reason: 'depth-reached', tally: { ideas: 18, scored: 18 } });
    expect(facts.frames.filter((frame) => frame.kind === 'exploration')).toHaveLength(6);
    expect(world!.llm.callCount).toBe(36);
  });

  it('11: of two stable ideas that are near copies only the better becomes a seed', async () => {
    // The last of each exploration: cosine 0.95 to one another, 0.5 to all others. Neither sees the other being made.
    const bank = createSmallBank();
    const fixture = createFixtureEmbedder({ bank, cosine: 0.5, isIdea: isIdeaText });
    const twins: string[] = [];
    const embedder: Embedder = {
      ...fixture,
      embed: async (texts, options) => {
        const embedded = await fixture.embed(texts, options);
        const vectors = embedded.vectors.map((vector, i) => {
          if (!/^An idea of depth 1, index 2/.test(texts[i]!)) return vector;
          if (!twins.includes(texts[i]!)) twins.push(texts[i]!);
          const twin = new Float32Array(vector.length);
          twin[bank.domains.length] = Math.sqrt(0.5);
          twin[vector.length - 1] = Math.sqrt(0.45);
          twin[vector.length - 2 - twins.indexOf(texts[i]!)] = Math.sqrt(0.05);
          return twin;
        });
        return { ...embedded, vectors };
      },
    };
    const facts = await run(
      { seeds: ['A seed to grow from.', 'A seed of another kind.'], policy: { strategy: 'beam', beamWidth: 2, depth: 2 } },
      {
        script: fixtureScript(({ index }, { parts }) => ({
          a: 4 + index * 2 + (twins[1] === parts.material[0]!.text.split('\n\n')[1] ? 1 : 0),
          f: 6,
        })),
        bank,
        embedder,
      },
    );
    expect(twins).toHaveLength(2);
    const first = facts.ideas.filter(({ idea }) => idea.round === 1).sort((a, b) => b.assessment!.trust! - a.assessment!.trust!);
    expect(
      first
        .slice(0, 2)
        .map(({ idea }) => idea.text)
        .sort(),
    ).toEqual([...twins].sort());
    const planted = facts.signals.filter((signal) => signal.type === 'seed.planted').slice(2);
    expect(planted).toHaveLength(2);
    expect(planted[0]!.subject).toBe(first[0]!.idea.id);
    // Of the next best there is one in each exploration: which of them was stored first is not said.
    const next = first.filter(({ assessment }) => assessment!.trust === first[2]!.assessment!.trust);
    expect(next.map(({ idea }) => idea.id)).toContain(planted[1]!.subject);
  });

  it('12: goes depth first and comes back', async () => {
    const facts = await run(
      { policy: { strategy: 'depth-first', depth: 3, variations: 2 } },
      {
        script: fixtureScript(({ depth, index }) => ({ a: 11 - 2 * depth - index, f: 3 })),
        mechanismConfig: { stagnation: { patience: 100 }, catalyst: { applicationRate: 0 } },
      },
    );
    expect(facts.session).toMatchObject({ round: 6, tally: { ideas: 12 } });
    expect(world!.llm.callCount).toBe(24);
    const path = (id: string): string => {
      const found = facts.ideas.find(({ idea }) => idea.id === id)?.idea;
      return found ? `${path(found.parentIds[0]!)}${found.index}` : 'S';
    };
    const planted = facts.signals.filter((signal) => signal.type === 'seed.planted').map((signal) => path(signal.subject));
    expect(planted).toEqual(['S', 'S0', 'S1', 'S00', 'S10', 'S01']);
  });

  it('16: writes near copies again, and never pays for judging one', async () => {
    const bad = (retriesGood: boolean) => (request: Parameters<typeof growing>[0]) => {
      const { name, ordinal } = request.parts;
      if (name !== 'vary') return growing(request);
      const copy = (ordinal < 3 && ordinal > 0) || (ordinal >= 3 && !retriesGood);
      return copy ? { json: { title: 'A copy', text: base.seeds[0] } } : growing(request);
    };
    const good = await run({ policy: { depth: 1 } }, { script: bad(true) });
    expect(good.session.tally).toMatchObject({ ideas: 3, nearDuplicates: 0 });
    expect(world!.llm.calls.filter((call) => call.parts.name === 'vary')).toHaveLength(5);
    const strengths = good.ideas.map(({ idea }) => [idea.index, idea.direction!.strength]).sort();
    expect(strengths).toEqual([
      [0, 0.56],
      [1, 1.05],
      [2, 1.47],
    ]);
    const facts = await run({ policy: { depth: 1 } }, { script: bad(false) });
    expect(facts.session.tally).toMatchObject({ ideas: 1, nearDuplicates: 2 });
    expect(world!.llm.calls.filter((call) => call.parts.name === 'vary')).toHaveLength(7);
    expect(world!.llm.calls.filter((call) => call.parts.name === 'judge')).toHaveLength(1);
  });

  it('10: scores the next idea after three that it could not', async () => {
    const facts = await run(
      { policy: { depth: 1, variations: 4, maxParallel: 1 } },
      {
        concurrency: 1,
        script: (request) => (request.parts.name.startsWith('judge') && told(request).index < 3 ? { text: '{}' } : growing(request)),
      },
    );
    const assessed = facts.signals.filter((signal) => signal.type === 'idea.assessed').map((signal) => signal.data as { status: string });
    expect(assessed.map(({ status }) => status)).toEqual(['unscored', 'unscored', 'unscored', 'scored']);
    expect(facts.session).toMatchObject({ reason: 'depth-reached', tally: { scored: 1, unscored: 3 } });
  });

  it('10: takes only answers that fit, and says so of the rest', async () => {
    const texts = [
      JSON.stringify({}),
      JSON.stringify(critique(6, 3, { grades: { objective: 7, constraints: 1, effect: 1, means: 1, effort: 1, risk: 1 } })),
      JSON.stringify(critique(6, 3, { rationale: 'The timeout: an error: in the middle.' })),
      'weaknesses:\n  - yaml\n',
      `Here you are:\n\`\`\`json\n${JSON.stringify(critique(6, 3))}\n\`\`\``,
    ];
    const facts = await run(
      { policy: { depth: 1, variations: 5 } },
      {
        script: (request) => (request.parts.name.startsWith('judge') ? { text: texts[told(request).index]! } : growing(request)),
      },
    );
    const byIndex = [...facts.ideas].sort((a, b) => a.idea.index - b.idea.index).map(({ assessment }) => assessment?.status);
    expect(byIndex).toEqual(['unscored', 'unscored', 'scored', 'unscored', 'scored']);
  });
});

/** One call at a time, so that who gets the last money is decided by order alone. */
const alone = { explorer: { parallel: 1 }, catalyst: { applicationRate: 0 } };

/** A repair asks for what the call it repairs asked for. */
const repaired = (request: Parameters<typeof growing>[0]): Parameters<typeof growing>[0] => ({
  ...request,
  parts: { ...request.parts, name: request.parts.name.replace(/-repair$/, '') },
});
