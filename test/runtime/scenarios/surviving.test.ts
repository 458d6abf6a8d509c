import { createWorld, isIdeaText, type World, type WorldOptions } from '../../support/engine-world.ts';
import { critique, fixtureScript } from '../../support/fixture-f.ts';
import { createFixtureEmbedder } from '../../support/fixture-embedder.ts';
import { createSmallBank } from '../../support/small-bank.ts';
import { createLeapingClock } from '../../support/leaping-clock.ts';
import { createLossyBus, deliveries } from '../../support/lossy-bus.ts';
import { createMortalStore } from '../../support/mortal-store.ts';
import { scenarioStores } from '../../support/scenario-stores.ts';
import { createScriptedSandbox, programAnswer } from '../../support/scripted-sandbox.ts';
import { historyOf, readSession } from '../../support/session-facts.ts';
import { createInProcessSqlite } from '../../support/sqlite-in-process.ts';
import type { LlmRequest } from '../../../runtime/ports/llm.ts';

const growing = fixtureScript(({ round, index }) => ({ a: round + 2 + index, f: 3 }));
const request = {
  id: 'ses_one',
  objective: 'Find the way.',
  seeds: ['A seed to grow from.'],
  policy: { experiments: false },
};

const lab = { ...request, policy: { depth: 1, variations: 1, experiments: true } };
const judged = fixtureScript(() => ({ a: 9, f: 9 }));
function experimenting(asked: LlmRequest) {
  switch (asked.parts.name) {
    case 'decide':
      return { json: { decision: 'experiment', claim: 'Three of four come back.', reason: 'It can be counted.' } };
    case 'write':
      return { json: programAnswer() };
    case 'rejudge':
      return { json: critique(12, 12, { evidence: 'supports' }) };
    default:
      return judged(asked);
  }
}

describe.each(scenarioStores)('surviving on $name', ({ name, open }) => {
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

  it.each(deliveries)('19: comes to the same when each signal is delivered %s', async (delivery) => {
    const one = await start({ ...(await open()), script: growing, bus: createLossyBus(delivery) });
    await one.run(request);
    const grown = await readSession(one.store, 'ses_one');
    expect(grown.session).toMatchObject({ reason: 'depth-reached', tally: { ideas: 15, scored: 15 } });
    expect([one.llm.callCount, grown.work.length, grown.signals.length, grown.frames.length]).toEqual([30, 30, 46, 11]);
    expect(grown.work.every((item) => item.state === 'done' && item.attempt === 1)).toBe(true);

    const five = await start({ ...(await open()), script: experimenting, sandbox: createScriptedSandbox(), bus: createLossyBus(delivery) });
    await five.run(lab);
    const tested = await readSession(five.store, 'ses_one');
    expect(tested.session.reason).toBe('target-reached');
    expect([five.llm.callCount, tested.work.length, tested.signals.length]).toEqual([5, 7, 9]);
  });

  const bank = createSmallBank();
  const kills = Array.from({ length: 30 }, (_, i) => i + 1);
  /** Of the thirty on SQLite every fifth has a file and a thread; the others have the same SQL without. */
  function openFor(kill: number) {
    if (name !== 'sqlite' || kill % 5 === 0) return open();
    const clock = createLeapingClock();
    const { store, database } = createInProcessSqlite({ now: () => Date.parse(clock.isoNow()), outbox: false });
    return { store: { ...store, close: async () => database.close() }, clock };
  }

  it('20: killed after any commit and started again, it comes to the same', async () => {
    const alive = await start({ ...(await open()), script: growing });
    await alive.run(request);
    const whole = await historyOf(alive.store, 'ses_one');

    for (const last of kills) {
      const { store, clock } = await openFor(last);
      const mortal = createMortalStore(store, last);
      // One embedding model for both: what it knows of a text outlives a process.
      const embedder = createFixtureEmbedder({ bank, cosine: 0.5, isIdea: isIdeaText });
      const killed = await createWorld({ store: mortal.store, clock, script: growing, bank, embedder, name: 'killed' });
      void killed.run(request);
      await mortal.dead;
      const heir = await start({ store, clock, script: growing, bank, embedder, name: 'heir' });
      await heir.run(request);
      expect({ last, history: await historyOf(store, 'ses_one') }).toEqual({ last, history: whole });
      const { journal } = await readSession(store, 'ses_one');
      const inFlight = journal.filter((entry) => entry.kind === 'llm' && entry.state === 'started').length;
      expect(inFlight).toBeLessThanOrEqual(3);
      expect(killed.llm.callCount + heir.llm.callCount).toBeLessThanOrEqual(30 + inFlight);
    }
  }, 300_000);
});
