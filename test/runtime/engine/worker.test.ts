import { createMemoryStore } from '../../../runtime/adapters/store/memory/index.ts';
import { NireonError } from '../../../runtime/domain/errors.ts';
import { createWorld, type World } from '../../support/engine-world.ts';
import { fixtureScript } from '../../support/fixture-f.ts';
import { createLeapingClock } from '../../support/leaping-clock.ts';
import { wrapStore } from '../../support/wrapped-store.ts';

const request = { id: 'ses_one', objective: 'Find the way.', seeds: ['A seed to grow from.'], policy: { depth: 1, experiments: false } };
const answers = fixtureScript(() => ({ a: 5, f: 5 }));

describe('the worker', () => {
  let world: World;
  afterEach(async () => {
    await world.stop();
    await world.store.close();
  });

  it('leaves an item alone for as long as the models are to be left alone', async () => {
    const clock = createLeapingClock();
    let calls = 0;
    world = await createWorld({
      clock,
      script: (asked) => (calls++ < 1 ? { status: 429, retryAfterMs: 45_000 } : answers(asked)),
    });
    await world.run(request);
    const retried = world.events.filter((event) => event.type === 'work-retried');
    expect(retried.length).toBe(1);
    expect(retried[0]).toMatchObject({ code: 'LLM_UNAVAILABLE', failures: 1 });
    expect((retried[0] as { delayMs: number }).delayMs).toBeGreaterThanOrEqual(45_000);
  });

  it('knows how long what it runs went without a renewal', async () => {
    const clock = createLeapingClock();
    const store = createMemoryStore({ now: () => Date.parse(clock.isoNow()), outbox: false });
    world = await createWorld({
      clock,
      store: wrapStore(store, async (method, call) => {
        if (method === 'renew') await clock.sleep(70_000);
        return call();
      }),
      script: (asked) => ({ ...answers(asked), delayMs: 40_000 }),
    });
    const [engine] = world.engines;
    expect(engine!.sinceRenewalMs()).toBe(0);
    const finished = world.run(request);
    const seen: number[] = [];
    for (let n = 0; n < 4; n++) {
      await clock.sleep(10_000);
      seen.push(engine!.sinceRenewalMs());
    }
    await finished;
    expect(Math.max(...seen)).toBeGreaterThan(15_000);
    expect(engine!.sinceRenewalMs()).toBe(0);
  });

  it('ends a drain though the store takes nothing any more', async () => {
    const clock = createLeapingClock();
    const store = createMemoryStore({ now: () => Date.parse(clock.isoNow()), outbox: false });
    let isFull = false;
    const full = Promise.withResolvers<undefined>();
    world = await createWorld({
      clock,
      store: wrapStore(store, async (method, call) => {
        if (isFull && method !== 'close') throw new NireonError('STORE_FULL');
        return call();
      }),
      script: (asked) => {
        isFull = true;
        full.resolve(undefined);
        return answers(asked);
      },
    });
    void world.run(request).catch(() => undefined);
    await full.promise;
    await world.engines[0]!.drain(5_000);
    expect(world.events.filter(({ type }) => type === 'store-lost')).toMatchObject([{ code: 'STORE_FULL' }]);
    expect(world.events.at(-1)).toMatchObject({ type: 'worker-stopped' });
    isFull = false;
    const { openWork, status } = (await store.getSession('ses_one'))!;
    expect({ openWork, status }).toEqual({ openWork: 1, status: 'running' });
  });
});
