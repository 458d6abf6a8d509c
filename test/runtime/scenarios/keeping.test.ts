import type { Assessment } from '../../../runtime/domain/assessment.ts';
import type { Vector } from '../../../runtime/domain/idea.ts';
import { signalSchema, dataSchemaUrl, type Signal } from '../../../runtime/domain/signal.ts';
import type { StepCommit } from '../../../runtime/domain/step-commit.ts';
import { createLocalBus } from '../../../runtime/adapters/bus/local.ts';
import type { LlmRequest } from '../../../runtime/ports/llm.ts';
import type { OperationResult } from '../../../runtime/ports/mechanism.ts';
import { allMechanisms, createWorld, isIdeaText, type World, type WorldOptions } from '../../support/engine-world.ts';
import { createFixtureEmbedder } from '../../support/fixture-embedder.ts';
import { critique, fixtureScript } from '../../support/fixture-f.ts';
import { scenarioStores } from '../../support/scenario-stores.ts';
import { createScriptedSandbox, programAnswer } from '../../support/scripted-sandbox.ts';
import { historyOf, readSession } from '../../support/session-facts.ts';
import { createSmallBank } from '../../support/small-bank.ts';
import { wrapStore } from '../../support/wrapped-store.ts';

const judged = fixtureScript(() => ({ a: 9, f: 9 }));
/** Everything at once: strong ideas are tested and, at depth 1, blended. The experiment is slow, the blend is not. */
function busy(request: LlmRequest) {
  switch (request.parts.name) {
    case 'decide':
      return {
        json: { decision: 'experiment', claim: 'Drei von vier – 3/4 \u00e9\u0301 \u{1f331} "kommen" zur\u00fcck.\n', reason: '' },
        delayMs: 9000,
      };
    case 'write':
      return { json: programAnswer({ inputs: { n: 0.1 + 0.2, big: 1e300, nested: [null, { deep: [-0.5] }] } }) };
    case 'rejudge':
      return { json: critique(9, 10, { evidence: 'inconclusive' }) };
    default:
      return judged(request);
  }
}
const request = {
  id: 'ses_one',
  objective: 'Find the way — \u202a\u{1f9ed}.',
  seeds: [{ text: 'A seed to grow from.', title: 'Seed \u00fc', tags: ['eins', 'zwei'] }],
  labels: { team: 'blau' },
  policy: { experiments: true, depth: 2, variations: 2 },
};
const options = { script: busy, mechanismConfig: { catalyst: { applicationRate: 1 } } };

describe.each(scenarioStores)('keeping records on $name', ({ open }) => {
  const opened: World[] = [];
  const start = async (given: WorldOptions) => {
    const world = await createWorld(given);
    opened.push(world);
    return world;
  };
  afterEach(async () => {
    for (const one of opened.splice(0)) {
      await one.stop();
      await one.store.close();
    }
  });

  it('22: an idea that has children and is judged again keeps its children, its scores and its first revision', async () => {
    const world = await start({ ...(await open()), ...options, sandbox: createScriptedSandbox() });
    const [engine] = world.engines;
    await engine!.createSession(request);
    await engine!.start();
    const first = new Map<string, { assessment: Assessment; children: readonly string[] }>();
    let judgedAgain = 0;
    for await (const { type, subject, data } of engine!.follow('ses_one', 0, new AbortController().signal)) {
      const { assessments, children } = (await world.store.getIdea(subject)) ?? { assessments: [], children: [] };
      if (type === 'proto.requested') first.set(subject, { assessment: assessments[0]!, children: children.map((child) => child.id) });
      if (type !== 'idea.assessed' || (data as { revision: number }).revision !== 2) continue;
      judgedAgain++;
      expect(assessments[0]).toEqual(first.get(subject)!.assessment);
      expect(assessments[1]).toMatchObject({ revision: 2, trust: 7.8192, evidence: 'inconclusive' });
      expect(children.map((child) => child.id)).toEqual(expect.arrayContaining([...first.get(subject)!.children]));
    }
    expect(judgedAgain).toBeGreaterThan(2);
    const facts = await readSession(world.store, 'ses_one');
    const blended = facts.ideas.filter(({ idea }) => idea.method === 'blend').map(({ idea }) => idea.parentIds[0]!);
    const explored = facts.ideas.filter(({ idea }) => idea.method === 'explore').map(({ idea }) => idea.parentIds[0]!);
    // Blended while it was tested, expanded after it was judged again.
    const both = blended.filter((id) => explored.includes(id));
    expect(both).toHaveLength(1);
    const { assessments } = (await world.store.getIdea(both[0]!))!;
    expect(assessments.map((assessment) => assessment.revision)).toEqual([1, 2]);
    expect(assessments[0]).toEqual(first.get(both[0]!)!.assessment);
    expect(first.get(both[0]!)!.children).toHaveLength(1);
  });

  it('22: a step that names an unknown parent fails alone', async () => {
    const explorer = allMechanisms.get('explorer')!;
    const explore = explorer.operations['explore']!;
    const world = await start({
      ...(await open()),
      script: judged,
      mechanisms: [
        {
          ...explorer,
          operations: {
            explore: {
              ...explore,
              run: async (input: never, context: never): Promise<OperationResult> => {
                const result = await explore.run(input, context);
                const lost = (result.ideas ?? []).map((idea, i) => ({ ...idea, parentIds: i === 0 ? ['ide_nobody'] : idea.parentIds }));
                return JSON.stringify(input).includes(await other()) ? { ...result, ideas: lost } : result;
              },
            },
          },
        },
      ],
    });
    const other = async () => (await world.store.listIdeas('ses_one', { sort: 'created', seeds: true }, { limit: 2 })).items[1]!.idea.id;
    await world.run({ id: 'ses_one', objective: 'Find the way.', seeds: ['A seed.', 'A seed besides.'], policy: { depth: 1 } });
    const facts = await readSession(world.store, 'ses_one');
    expect(facts.session).toMatchObject({ status: 'finished', reason: 'depth-reached', tally: { ideas: 3, scored: 3 } });
    const dead = facts.work.filter((item) => item.state === 'dead');
    expect(dead).toMatchObject([{ operation: 'explore', code: 'STORE_REFERENCE_UNKNOWN' }]);
    expect(Object.values(facts.reserved).every((amount) => amount === 0)).toBe(true);
  });

  it('23: every record, vector and signal is read back as it was written, and the bus carries the same', async () => {
    const { store, clock } = await open();
    const written: StepCommit[] = [];
    const published: Signal[] = [];
    const local = createLocalBus();
    const world = await start({
      ...options,
      clock,
      store: wrapStore(store, async (method, call, args) => {
        const answer = await call();
        if (method === 'commit' && (answer as { kind: string }).kind === 'applied') written.push(structuredClone(args[0]) as StepCommit);
        return answer;
      }),
      bus: {
        ...local,
        publish: async (signals) => {
          published.push(...signals);
          await local.publish(signals);
        },
      },
      sandbox: createScriptedSandbox(),
    });
    await world.run(request);
    const ids = (await readSession(store, 'ses_one')).ideas.map(({ idea }) => idea.id);
    const seeds = (await store.listIdeas('ses_one', { sort: 'created', seeds: true }, { limit: 1 })).items.map(({ idea }) => idea.id);
    const vectors = await store.vectors('ses_one', [...seeds, ...ids]);
    const traces = await store.traces('ses_one');
    const nameOf = (vector: Vector): string => [vector.ideaId, vector.kind, vector.phrase].join(' ');
    const kinds = new Set<string>();
    for (const commit of written) {
      for (const idea of commit.ideas) expect((await store.getIdea(idea.id))!.idea).toEqual(idea);
      for (const assessment of commit.assessments) expect((await store.getIdea(assessment.ideaId))!.assessments).toContainEqual(assessment);
      for (const vector of commit.vectors) expect(vectors.find((one) => nameOf(one) === nameOf(vector))).toEqual(vector);
      for (const trace of commit.traces) expect(traces).toContainEqual(trace);
      for (const { limits, ...frame } of [...commit.frames, ...(commit.closes?.frames ?? [])]) {
        expect((await store.frames('ses_one', [frame.id]))[0]).toMatchObject(frame);
        expect((await store.budgets('ses_one', [frame.id]))[0]!.limits).toEqual(limits);
      }
      const signals = [
        ...commit.signals,
        ...(commit.closes?.signal ? [commit.closes.signal] : []),
        ...(commit.ends ? [commit.ends.signal] : []),
      ];
      for (const signal of signals) {
        const read = (await store.getSignal(signal.id))!;
        expect(read).toEqual({ ...signal, sequence: read.sequence });
        kinds.add(signal.type);
      }
    }
    expect([...kinds].sort()).toEqual([
      'idea.assessed',
      'idea.catalyzed',
      'idea.generated',
      'level.assessed',
      'proto.finished',
      'proto.requested',
      'seed.planted',
      'session.finished',
      'step.requested',
    ]);
    expect(vectors.length).toBeGreaterThan(ids.length);
    const kept = await store.signals('ses_one', 0, 10_000);
    for (const signal of kept) {
      expect(signalSchema.parse(signal)).toEqual(signal);
      expect(signal.dataschema).toBe(dataSchemaUrl(signal.type));
    }
    expect([...published].sort((a, b) => a.sequence - b.sequence)).toEqual(kept);
  });

  it('23: every store keeps the same history, bit for bit', async () => {
    // One embedding model for both: its vectors depend on which text it met first.
    const bank = createSmallBank();
    const shared = { ...options, bank, embedder: createFixtureEmbedder({ bank, cosine: 0.5, isIdea: isIdeaText }) };
    const mine = await start({ ...(await open()), ...shared, sandbox: createScriptedSandbox() });
    await mine.run(request);
    const plain = await start({ ...(await scenarioStores[0]!.open()), ...shared, sandbox: createScriptedSandbox() });
    await plain.run(request);
    expect(await historyOf(mine.store, 'ses_one')).toEqual(await historyOf(plain.store, 'ses_one'));
  });
});
