import { createWorld, type World } from '../../support/engine-world.ts';
import { createHashingEmbedder } from '../../../runtime/adapters/embedder/hashing.ts';
import { fixtureScript } from '../../support/fixture-f.ts';
import { headings, hostileTexts, readBack } from '../../support/prompt-structure.ts';
import { scenarioStores } from '../../support/scenario-stores.ts';
import { readSession, replay } from '../../support/session-facts.ts';

const judged = fixtureScript(() => ({ a: 8, f: 8 }));
const hostile = (i: number): string => hostileTexts[i % hostileTexts.length]!;

describe.each(scenarioStores)('ideas with orders in them on $name', ({ open }) => {
  let world: World | undefined;
  afterEach(async () => {
    await world?.stop();
    await world?.store.close();
    world = undefined;
  });

  it('27: are kept as they are, and change the structure of no request', async () => {
    let written = 0;
    world = await createWorld({
      ...(await open()),
      embedder: createHashingEmbedder(),
      mechanismConfig: { explorer: { minNovelty: 0, parallel: 1 }, sentinel: { minAxis: 0 }, catalyst: { applicationRate: 1 } },
      script: (request) => {
        if (request.parts.name !== 'vary' && request.parts.name !== 'blend') return judged(request);
        const text = `${hostile(written++)} ${request.parts.effectId} ${hostile(written)}`;
        return { json: { title: `Hostile ${hostile(written)}`.slice(0, 80), text } };
      },
    });
    const seeds = hostileTexts.map((text, i) => ({ text: `${text} ${i}`, title: text.slice(0, 80), tags: [] }));
    const session = await world.run({
      id: 'ses_hostile',
      objective: hostileTexts.join('\n').slice(0, 2000),
      seeds,
      policy: { experiments: false, depth: 2, variations: 2 },
    });
    expect(session.reason).toBe('depth-reached');
    const facts = await readSession(world.store, session.id);
    expect(facts.session.tally.scored).toBeGreaterThan(20);
    expect(facts.work.every((item) => item.state === 'done')).toBe(true);
    const told = new Set(
      facts.signals.filter((signal) => signal.type === 'idea.generated').map((signal) => (signal.data as { text: string }).text),
    );
    for (const { idea } of facts.ideas.filter((ranked) => ranked.idea.method === 'explore')) expect(told).toContain(idea.text);

    for (const { messages, parts } of world.llm.calls) {
      const found = readBack(messages);
      expect(messages.map((message) => message.role)).toEqual(['system', 'user']);
      expect(found.headings).toEqual(headings);
      expect(found.material).toEqual(parts.material);
      expect(parts.objective).toBe(session.objective);
    }
    const asked = world.llm.calls.filter((call) => call.parts.name === 'judge').map((call) => call.parts.material[0]!.text);
    for (const { idea } of facts.ideas) expect(asked).toContain(`${idea.title}\n\n${idea.text}`);
    expect((await replay(world.store, session.id)).differences).toEqual([]);
  });

  it('27: are refused at the door where they hold half a character', async () => {
    world = await createWorld({ ...(await open()), script: judged });
    const request = { objective: 'Find the way.', seeds: ['A seed.', { text: 'Half \ud83c a seed.' }] };
    await expect(world.engines[0]!.createSession(request)).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
      problems: [{ path: 'seeds.1.text' }],
    });
  });
});
