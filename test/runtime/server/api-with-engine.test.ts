import { replaySession } from '../../../runtime/engine/replay.ts';
import { sessionViewSchema } from '../../../runtime/engine/session-view.ts';
import { reportSchema } from '../../../runtime/report/schema.ts';
import { createClient } from '../../../runtime/cli/client.ts';
import { listeningApi } from '../../support/api-double.ts';
import { allMechanisms, createWorld, defaultRules, type World } from '../../support/engine-world.ts';
import { fixtureScript } from '../../support/fixture-f.ts';

describe('the API over the real engine', () => {
  let world: World;
  let api: Awaited<ReturnType<typeof listeningApi>>;
  beforeAll(async () => {
    world = await createWorld({ script: fixtureScript(({ round, index }) => ({ a: round + 2 + index, f: 3 })) });
    await world.engines[0]!.start();
    api = await listeningApi(world.engines[0]!, {
      replay: async (id) => replaySession(id, { store: world.store, mechanisms: allMechanisms }),
    });
  });
  afterAll(async () => {
    await api.server.close();
    await world.stop();
    expect(api.unexpected).toEqual([]);
  });

  it('explores, streams, reports and replays through the client', async () => {
    const client = createClient({ server: api.url });
    const { created, view } = await client.create({
      ...{ objective: 'Find the way.', seeds: ['A seed to grow from.'], labels: { team: 'north' } },
      policy: { depth: 2, experiments: false },
    });
    expect(created).toBe(true);
    const sequences: number[] = [];
    for await (const { sequence } of client.follow(view.id, 0, new AbortController().signal)) sequences.push(sequence);
    expect(sequences).toEqual(sequences.map((_, i) => i + 1));

    const end = sessionViewSchema.parse(await client.session(view.id));
    expect(end).toMatchObject({
      status: 'finished',
      reason: 'depth-reached',
      progress: { round: 2, depth: 2, ideas: 6, scored: 6, openWork: 0 },
    });
    expect(end.budget.llmCalls).toMatchObject({ spent: 12, reserved: 0, lost: 0 });
    expect((await client.best(view.id, 10)).map(({ trust }) => trust)).toEqual([5.3442, 5.0442, 5.0442, 4.7442, 4.7442, 4.4442]);

    const report = reportSchema.parse(JSON.parse(await client.report(view.id, 'json')));
    expect(report.rounds.map(({ ideas, spent }) => [ideas, spent.llmCalls])).toEqual([
      [3, 6],
      [3, 6],
    ]);
    expect(report.spending.byStage.map(({ stage, usage }) => [stage, usage.llmCalls])).toEqual([
      ['exploration', 6],
      ['critique', 6],
      ['embedding', 0],
    ]);
    expect(report.models).toEqual({ wrote: ['scripted'], judged: ['scripted'], sameWroteAndJudged: true, builtin: false });
    expect(report.tree[0]!.children.filter(({ expanded }) => expanded)).toHaveLength(1);

    expect(await client.replay(view.id)).toMatchObject({ steps: 12, identical: 12, outsideCalls: 0, differences: [] });
    expect((await client.listSessions({ label: { key: 'team', value: 'north' } }, { limit: 10 })).items.map(({ id }) => id)).toEqual([
      view.id,
    ]);
  });

  it('stores rules that a session then names', async () => {
    const client = createClient({ server: api.url });
    expect(await client.checkRules([defaultRules])).toEqual([]);
    const digest = await client.storeRules([defaultRules]);
    expect((await client.ruleSet(digest)).rules).toHaveLength(12);
    const request = { objective: 'Find the way.', seeds: ['A seed to grow from.'], policy: { depth: 1, experiments: false } };
    expect((await client.create({ ...request, ruleSet: digest })).view.pins.ruleSet).toBe(digest);
    await expect(client.create({ ...request, ruleSet: '0'.repeat(64) })).rejects.toMatchObject({ code: 'RULE_SET_UNKNOWN' });
    const lines = await client.checkRules([
      { name: 'mine.yaml', text: defaultRules.text.replace('data.ideaId, variations', 'data.nope, variations') },
    ]);
    expect(lines).toEqual([expect.stringMatching(/^mine\.yaml:\d+ seed-explore RULE_PATH_UNKNOWN /)]);
  });

  it('refuses what the engine refuses, with its code', async () => {
    const client = createClient({ server: api.url });
    const request = { id: 'ses_small', objective: 'Find the way.', seeds: ['A seed to grow from.'] };
    await expect(client.create({ ...request, limits: { llmCalls: 1 } })).rejects.toMatchObject({ code: 'BUDGET_TOO_SMALL' });
    await expect(client.create({ ...request, policy: { model: 'nobody' } })).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    await client.create(request);
    await expect(client.create({ ...request, objective: 'Find another way.' })).rejects.toMatchObject({ code: 'SESSION_CONFLICT' });
  });

  it.each([
    ['deep nesting', '['.repeat(50_000)],
    ['aliases that grow', `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'.split('').map((name, i) => `${name}: &${name} [${`*${'abcdefg'[i]},`.repeat(9)}]`).join('\n')}`], // prettier-ignore
    ['a number', '42'],
    ['keys of prototypes', '__proto__: {x: 1}\nconstructor: 2'],
  ])('refuses rules of %s as rules', async (_, text) => {
    await expect(createClient({ server: api.url }).storeRules([{ name: 'x.yaml', text }])).rejects.toMatchObject({ code: 'RULES_INVALID' });
  });
});
