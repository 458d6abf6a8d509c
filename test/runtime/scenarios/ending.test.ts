import type { ScriptedReply } from '../../../runtime/adapters/llm/scripted.ts';
import type { LevelSummary } from '../../../runtime/domain/level.ts';
import type { Signal } from '../../../runtime/domain/signal.ts';
import type { Mechanism, OperationResult } from '../../../runtime/ports/mechanism.ts';
import type { LlmRequest } from '../../../runtime/ports/llm.ts';
import { allMechanisms, createWorld, defaultRules, isIdeaText, type World, type WorldOptions } from '../../support/engine-world.ts';
import { createFixtureEmbedder } from '../../support/fixture-embedder.ts';
import { fixtureScript } from '../../support/fixture-f.ts';
import { scenarioStores } from '../../support/scenario-stores.ts';
import { historyOf, readSession } from '../../support/session-facts.ts';
import { createSmallBank } from '../../support/small-bank.ts';

const growing = fixtureScript(({ round, index }) => ({ a: round + 2 + index, f: 3 }));
const slowly =
  (delayMs: number) =>
  (request: LlmRequest): ScriptedReply | undefined => {
    const reply = growing(request);
    return reply && { ...reply, delayMs };
  };
const request = {
  id: 'ses_one',
  objective: 'Find the way.',
  seeds: ['A seed to grow from.'],
  policy: { experiments: false },
};

/** The mechanism with one of its operations run another way. */
function withOperation(name: string, operation: string, run: (input: never, context: never) => Promise<OperationResult>): Mechanism {
  const mechanism = allMechanisms.get(name)!;
  return { ...mechanism, operations: { ...mechanism.operations, [operation]: { ...mechanism.operations[operation]!, run } } };
}

describe.each(scenarioStores)('ending on $name', ({ open }) => {
  const opened: World[] = [];
  const start = async (options: WorldOptions) => {
    const world = await createWorld(options);
    opened.push(world);
    return world;
  };
  afterEach(async () => {
    for (const one of opened.splice(0)) {
      await one.stop();
      await one.store.close();
    }
  });

  /** Runs the session; calls `at` with each signal as it comes. */
  async function watch(
    world: World,
    body: object,
    at: (signal: Signal) => Promise<void>,
    abort: AbortSignal = new AbortController().signal,
  ): Promise<void> {
    const [engine] = world.engines;
    await engine!.createSession(body);
    for (const each of world.engines) await each.start();
    for await (const signal of engine!.follow('ses_one', 0, abort)) await at(signal);
  }

  async function expectEnded(world: World, expected: object): Promise<void> {
    const facts = await readSession(world.store, 'ses_one');
    expect(facts.session).toMatchObject({ status: 'finished', openWork: 0, round: 2, ...expected });
    expect(facts.count('session.finished')).toBe(1);
    expect(facts.signals.at(-1)!.type).toBe('session.finished');
    expect(facts.signals.at(-1)!.data).toMatchObject(expected);
    expect(facts.work.every((item) => ['done', 'dead', 'stopped'].includes(item.state))).toBe(true);
    expect(facts.frames.every((frame) => frame.status === 'finished')).toBe(true);
    const budgets = await world.store.budgets('ses_one');
    expect(budgets.flatMap((budget) => Object.values(budget.reserved)).every((amount) => amount === 0)).toBe(true);
  }

  it('28: cancelled in round 2, it ends once, with nothing left open', async () => {
    const world = await start({ ...(await open()), script: slowly(1000) });
    await watch(world, request, async ({ type, depth }) => {
      if (type === 'idea.generated' && depth === 2 && (await world.store.getSession('ses_one'))?.status === 'running')
        await world.engines[0]!.cancelSession('ses_one');
    });
    await expectEnded(world, { reason: 'cancelled' });
    const { signals } = await readSession(world.store, 'ses_one');
    expect(signals.filter((signal) => signal.type === 'level.assessed')).toHaveLength(1);
    await expect(world.engines[0]!.cancelSession('ses_one')).rejects.toMatchObject({ code: 'SESSION_FINISHED' });
  });

  it('28: overtaken by its deadline in round 2, it ends once, with its best idea so far', async () => {
    const world = await start({ ...(await open()), script: slowly(10_000) });
    await world.run({ ...request, policy: { ...request.policy, deadlineMs: 26_000 } });
    await expectEnded(world, { reason: 'deadline' });
    const { signals } = await readSession(world.store, 'ses_one');
    expect(signals.at(-1)!.data).toMatchObject({ best: { trust: 5.0442 } });
  });

  it('28: with its planner dead in round 2, it ends once as failed, and says by what code', async () => {
    const planner = withOperation('planner', 'plan', async (input: { step: { level: LevelSummary } }, context) => {
      if (input.step.level.round === 2) throw new Error('the planner is ill');
      return allMechanisms.get('planner')!.operations['plan']!.run(input as never, context);
    });
    const world = await start({ ...(await open()), script: growing, mechanisms: [planner] });
    await world.run(request);
    await expectEnded(world, { reason: 'failed', code: 'MECHANISM_FAILED' });
    const { work, signals } = await readSession(world.store, 'ses_one');
    const dead = work.filter((item) => item.state === 'dead');
    expect(dead).toMatchObject([{ mechanism: 'planner', failures: 4 }]);
    expect(signals.filter((signal) => signal.type === 'work.dead').map((signal) => signal.data)).toMatchObject([
      { workId: dead[0]!.id, ruleId: 'plan-step', code: 'MECHANISM_FAILED', message: expect.stringContaining('the planner is ill') },
    ]);
  });

  it('29: other rules, settings and task texts rolled out on the way leave its history as it would have been', async () => {
    const bank = createSmallBank();
    const embedder = () => createFixtureEmbedder({ bank, cosine: 0.5, isIdea: isIdeaText });
    const untouched = await start({ ...(await open()), script: growing, bank, embedder: embedder() });
    await untouched.run(request);

    const place = { ...(await open()), bank, embedder: embedder() };
    const before = await start({ ...place, script: slowly(1000), name: 'before' });
    const rolled = new AbortController();
    await watch(
      before,
      request,
      async ({ type, depth }) => {
        if (type === 'idea.assessed' && depth === 2) rolled.abort();
      },
      rolled.signal,
    );
    await before.engines[0]!.drain(0);

    const other = [...allMechanisms.values()].map((mechanism) => ({
      ...mechanism,
      tasks: Object.fromEntries(Object.keys(mechanism.tasks).map((task) => [task, 'Do something else.'])),
    }));
    const after = await start({
      ...place,
      script: growing,
      name: 'after',
      mechanisms: other,
      rules: [{ ...defaultRules, text: defaultRules.text.replace('data.trust > 6.5', 'data.trust > 1.5') }],
      mechanismConfig: {
        explorer: { towardConcepts: 1, parallel: 1 },
        sentinel: { weights: { align: 0.2, feas: 0.2, novel: 0.6 } },
        planner: { minTrust: 9 },
      },
    });
    await after.run(request);
    expect(await historyOf(after.store, 'ses_one')).toEqual(await historyOf(untouched.store, 'ses_one'));
    expect(after.llm.callCount).toBeGreaterThan(10);
    const next = await after.engines[0]!.createSession({ ...request, id: 'ses_two' });
    expect(next.session.pins.ruleSet).not.toBe((await after.store.getSession('ses_one'))!.pins.ruleSet);
  });
});
