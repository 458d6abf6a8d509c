import { readFileSync } from 'node:fs';
import { createHashingEmbedder } from '../../../runtime/adapters/embedder/hashing.ts';
import { parseConceptBank } from '../../../runtime/domain/concept-bank.ts';
import { createWorld, defaultRules, type World } from '../../support/engine-world.ts';
import { fixtureScript } from '../../support/fixture-f.ts';
import { scenarioStores } from '../../support/scenario-stores.ts';
import { readSession } from '../../support/session-facts.ts';

const judged = fixtureScript(() => ({ a: 10, f: 10 }));
/** Their texts are much alike to an embedder that knows only words. */
const alike = { explorer: { minNovelty: 0 }, sentinel: { minAxis: 0 }, stagnation: { noveltyFloor: 1 }, catalyst: { applicationRate: 0 } };

describe.each(scenarioStores)('many at once on $name', ({ name, open }) => {
  // On a server the same takes several times as long.
  const howMany = name === 'postgres' ? 50 : 200;
  let world: World | undefined;
  afterEach(async () => {
    await world?.stop();
    await world?.store.close();
    world = undefined;
  });

  it(`24: ${howMany} sessions after a thousand calls are short of nothing and see nothing of each other`, async () => {
    world = await createWorld({ ...(await open()), script: judged, embedder: createHashingEmbedder(), workers: 2, mechanismConfig: alike });
    const { engines, store, llm } = world;
    const [engine] = engines;
    const ask = async (id: string, more: object) => {
      await engine!.createSession({ id, seeds: [`A seed of ${id}.`], ...more });
    };
    const ended = async (ids: readonly string[]) => {
      for (const id of ids) for await (const _ of engine!.follow(id, 0, new AbortController().signal));
    };
    const early = Array.from({ length: 9 }, (_, i) => `ses_early_${i}`);
    for (const id of early) {
      const seeds = Array.from({ length: 20 }, (_, i) => `A seed of ${id}, number ${i}.`);
      await ask(id, { objective: `Objective of ${id}.`, seeds, policy: { experiments: false, depth: 1 } });
    }
    for (const each of engines) await each.start();
    await ended(early);
    expect(llm.callCount).toBeGreaterThanOrEqual(1000);
    const before = llm.callCount;

    const sets = await Promise.all(
      ['red', 'green', 'blue'].map(async (colour) => {
        const text = defaultRules.text.replace(
          'opens: { kind: exploration }',
          `opens: { kind: exploration, goals: ['Think in ${colour}.'] }`,
        );
        const stored = await engine!.putRules([{ name: colour, text }], { dryRun: false });
        if (!('digest' in stored)) throw new Error(JSON.stringify(stored.problems));
        return { colour, digest: stored.digest };
      }),
    );
    const sessions = Array.from({ length: howMany }, (_, i) => {
      const depth = 1 + (i % 2);
      const variations = 1 + (i % 3);
      return {
        id: `ses_${String(i).padStart(3, '0')}`,
        set: sets[i % sets.length]!,
        calls: depth * variations * 2,
        policy: { depth, variations },
      };
    });
    await Promise.all(
      sessions.map(({ id, set, calls, policy }) =>
        ask(id, {
          objective: `Objective of ${id}.`,
          ruleSet: set.digest,
          limits: { llmCalls: calls * 2 },
          policy: { experiments: false, targetTrust: 10, ...policy },
        }),
      ),
    );
    await ended(sessions.map(({ id }) => id));

    expect(llm.callCount - before).toBe(sessions.reduce((sum, { calls }) => sum + calls, 0));
    for (const { id, calls } of sessions) {
      const facts = await readSession(store, id);
      expect(facts.session).toMatchObject({ status: 'finished', reason: 'depth-reached', tally: { scored: calls / 2, unscored: 0 } });
      expect(facts.spent.llmCalls).toBe(calls);
      expect(facts.journal.every((entry) => entry.state === 'done')).toBe(true);
      expect(facts.frames.every((frame) => frame.status === 'finished')).toBe(true);
    }
    const colourOf = new Map(sessions.map(({ id, set }) => [id, set.colour]));
    for (const { parts } of llm.calls) {
      const [, id] = /^Objective of (.*)\.$/.exec(parts.objective)!;
      const seed = parts.material.find((m) => m.label === 'seed')?.text ?? '';
      if (seed.includes('A seed of')) expect(seed).toContain(`A seed of ${id!}`);
      if (parts.name === 'vary' && colourOf.has(id!)) expect(parts.goals.at(-1)).toBe(`Think in ${colourOf.get(id!)!}.`);
    }
  }, 120_000);
});

describe('directions told in words', () => {
  it('17: are never named twice in an exploration, and ideas that use them go that way', async () => {
    const bank = parseConceptBank(readFileSync(new URL('../../../rules/concepts.yaml', import.meta.url), 'utf8'), 'concepts.yaml');
    const memory = await scenarioStores[0]!.open();
    const world = await createWorld({
      ...memory,
      bank,
      embedder: createHashingEmbedder(),
      mechanismConfig: alike,
      script: (request) => {
        if (request.parts.name !== 'vary') return judged(request);
        const toward = request.parts.material.find((m) => m.label === 'toward')!.text;
        return { json: { title: 'On the way', text: `${toward} for ${request.parts.effectId}` } };
      },
    });
    const words = bank.domains.flatMap((domain) => domain.concepts);
    const sentence = (i: number): string => Array.from({ length: 6 }, (_, k) => words[(i * 37 + k * 211) % words.length]).join(' and ');
    const ids = Array.from({ length: 5 }, (_, s) => `ses_way_${s}`);
    for (const [s, id] of ids.entries()) {
      const seeds = Array.from({ length: 20 }, (_, i) => `Seed ${s} ${i}: ${sentence(s * 20 + i)}.`);
      await world.engines[0]!.createSession({ id, objective: 'Find the way.', seeds, policy: { experiments: false, depth: 1 } });
    }
    await world.engines[0]!.start();
    const explored = [];
    for (const id of ids) {
      for await (const _ of world.engines[0]!.follow(id, 0, new AbortController().signal));
      explored.push(...(await readSession(memory.store, id)).ideas.map(({ idea }) => idea));
    }
    await world.stop();

    const byExploration = Map.groupBy(explored, (idea) => idea.frameId);
    expect(byExploration.size).toBe(100);
    for (const ideas of byExploration.values()) {
      const named = ideas.flatMap((idea) => [...idea.direction!.toward, ...idea.direction!.away]);
      expect(named).toHaveLength(15);
      expect(new Set(named).size).toBe(named.length);
    }
    expect(explored).toHaveLength(300);
    expect(explored.filter((idea) => idea.direction!.alignment > 0).length / explored.length).toBeGreaterThanOrEqual(0.9);
  });
});
