import { at, creation, epoch, levelOf, rootWork, step, work } from '../../support/store-records.ts';
import { claimAll, claimOne, codeOfFailure, type OpenStores } from '../../support/store-world.ts';
import type { Store } from '../../../runtime/ports/store.ts';

const ids = async (claimed: ReturnType<typeof claimAll>): Promise<string[]> => (await claimed).map(({ item }) => item.id);

async function session(store: Store, id: string, items: number | readonly ReturnType<typeof work>[], maxParallel = 8): Promise<void> {
  const list = typeof items === 'number' ? Array.from({ length: items }, (_, i) => work(id, `${id}/w${i}`)) : items;
  await store.createSession(creation({ id, work: list, policy: { maxParallel } }));
}

export function describeClaims(open: OpenStores): void {
  describe('claims and leases', () => {
    it('hands an item to one worker, with its lease and the next attempt', async () => {
      const { store, advance } = await open();
      await session(store, 'ses_a', 1);
      advance(250);
      const [claimed] = await claimAll(store, { worker: 'one' });
      expect(claimed).toEqual({
        item: {
          ...work('ses_a', 'ses_a/w0'),
          ...{ state: 'running', createdAt: at(0), readyAt: at(0), attempt: 1, failures: 0, crashes: 0, retries: 0, history: [] },
          ...{ owner: 'one', leaseUntil: at(3250) },
        },
        ...{ takenOver: false, stopping: false },
      });
      expect(await store.getWork('ses_a/w0')).toEqual(claimed!.item);
      expect(await claimAll(store, { worker: 'two' })).toEqual([]);
    });

    it('serves the session with the fewest running items, then the one served longest ago, so that none starves', async () => {
      const { store } = await open();
      await session(store, 'ses_a', 40);
      await session(store, 'ses_b', 2);
      await session(store, 'ses_c', 1);
      expect(await ids(claimAll(store, { limit: 7 }))).toEqual([
        ...['ses_a/w0', 'ses_b/w0', 'ses_c/w0'],
        ...['ses_a/w1', 'ses_b/w1'],
        ...['ses_a/w2', 'ses_a/w3'],
      ]);
      await store.release('ses_c/w0', 1, { delayMs: 0 });
      expect(await ids(claimAll(store, { limit: 2 }))).toEqual(['ses_c/w0', 'ses_a/w4']);
    });

    it('looks at what runs before it looks at who waited longest, and at who waited before it looks at age', async () => {
      const { store } = await open();
      await session(store, 'ses_a', 4);
      await session(store, 'ses_b', 4);
      expect(await ids(claimAll(store, { limit: 2 }))).toEqual(['ses_a/w0', 'ses_b/w0']);
      // The session that was served last has nothing running any more.
      await store.commit(step({ id: 'ses_b/w0', sessionId: 'ses_b', attempt: 1 }));
      expect(await ids(claimAll(store, { limit: 1 }))).toEqual(['ses_b/w1']);
      await store.commit(step({ id: 'ses_a/w0', sessionId: 'ses_a', attempt: 1 }));
      await store.commit(step({ id: 'ses_b/w1', sessionId: 'ses_b', attempt: 1 }));
      expect(await ids(claimAll(store, { limit: 1 }))).toEqual(['ses_a/w1']);
      await store.commit(step({ id: 'ses_a/w1', sessionId: 'ses_a', attempt: 1 }));
      // Both are idle; the older session was served last.
      expect(await ids(claimAll(store, { limit: 1 }))).toEqual(['ses_b/w2']);
    });

    it('orders a session by priority, then age', async () => {
      const { store } = await open();
      await session(store, 'ses_a', [
        work('ses_a', 'late', { priority: 200 }),
        work('ses_a', 'first', { priority: 5 }),
        work('ses_a', 'second', { priority: 5 }),
        work('ses_a', 'third', { priority: 7 }),
      ]);
      expect(await ids(claimAll(store))).toEqual(['first', 'second', 'third', 'late']);
    });

    it('never runs more items of a session than maxParallel, whoever asks', async () => {
      const { store } = await open();
      await session(store, 'ses_a', 5, 2);
      expect(await ids(claimAll(store, { worker: 'one', limit: 1 }))).toEqual(['ses_a/w0']);
      expect(await ids(claimAll(store, { worker: 'two' }))).toEqual(['ses_a/w1']);
      expect(await ids(claimAll(store))).toEqual([]);
      await store.commit(step({ id: 'ses_a/w0', sessionId: 'ses_a', attempt: 1 }));
      expect(await ids(claimAll(store))).toEqual(['ses_a/w2']);
      await store.release('ses_a/w1', 1, { delayMs: 60_000 });
      expect(await ids(claimAll(store))).toEqual(['ses_a/w3']);
    });

    it('hands out to concurrent workers no item twice', async () => {
      const { store } = await open();
      await session(store, 'ses_a', 30, 64);
      const all = await Promise.all(['a', 'b', 'c', 'd'].map((worker) => ids(claimAll(store, { worker, limit: 10 }))));
      expect(all.flat().length).toBe(30);
      expect(new Set(all.flat()).size).toBe(30);
    });

    it('hands out only items of the mechanisms asked for, and of any mechanism in a stopping session', async () => {
      const { store } = await open();
      await session(store, 'ses_a', [work('ses_a', 'w0'), rootWork('ses_a', 'w1', { mechanism: 'planner' })]);
      expect(await ids(claimAll(store, { mechanisms: [] }))).toEqual([]);
      expect(await ids(claimAll(store, { mechanisms: ['planner'] }))).toEqual(['w1']);
      await store.stopSession('ses_a', 'cancelled');
      const [rest] = await claimAll(store, { mechanisms: ['sentinel'] });
      expect(rest).toMatchObject({ item: { id: 'w0', mechanism: 'explorer' }, stopping: true });
    });

    it('narrows a claim to a session and to signals', async () => {
      const { store } = await open();
      await session(store, 'ses_a', [work('ses_a', 'a0', { signalId: 's0' }), work('ses_a', 'a1', { signalId: 's1' })]);
      await session(store, 'ses_b', [work('ses_b', 'b0', { signalId: 's0b' })]);
      expect(await ids(claimAll(store, { signalIds: ['s1', 's0b', 'nothing'], limit: 1 }))).toEqual(['a1']);
      expect(await ids(claimAll(store, { signalIds: [] }))).toEqual([]);
      expect(await ids(claimAll(store, { sessionId: 'ses_b', signalIds: ['s0'] }))).toEqual([]);
      expect(await ids(claimAll(store, { sessionId: 'ses_b' }))).toEqual(['b0']);
      expect(await ids(claimAll(store))).toEqual(['a0']);
    });

    it('takes over an item whose lease ran out, only if asked, and never from the worker that runs it', async () => {
      const { store, advance } = await open();
      await session(store, 'ses_a', 1, 1);
      await claimOne(store, { worker: 'one' });
      advance(2999);
      expect(await claimAll(store, { worker: 'two', takeOver: true })).toEqual([]);
      advance(1);
      expect(await claimAll(store, { worker: 'two', takeOver: false })).toEqual([]);
      expect(await claimAll(store, { worker: 'one', takeOver: true, running: ['ses_a/w0'] })).toEqual([]);
      const [claimed] = await claimAll(store, { worker: 'two', takeOver: true });
      expect(claimed).toMatchObject({ takenOver: true, item: { attempt: 2, crashes: 1, failures: 0, owner: 'two', leaseUntil: at(6000) } });
      expect(await claimAll(store, { worker: 'three', takeOver: true })).toEqual([]);
      advance(3000);
      expect((await claimOne(store, { worker: 'one', takeOver: true })).crashes).toBe(2);
    });

    it('puts what is taken over into the same order as what is ready', async () => {
      const { store, advance } = await open();
      await session(store, 'ses_a', [work('ses_a', 'old', { priority: 50 }), work('ses_a', 'new', { priority: 10 })], 2);
      await claimOne(store, { worker: 'one' });
      await claimOne(store, { worker: 'one' });
      await store.release('new', 1, { delayMs: 0 });
      advance(3000);
      await session(store, 'ses_b', 1);
      expect(await ids(claimAll(store, { worker: 'two', takeOver: true, limit: 2 }))).toEqual(['ses_b/w0', 'new']);
      expect(await ids(claimAll(store, { worker: 'two', takeOver: true }))).toEqual(['old']);
    });

    it('renews what still stands and names what is lost', async () => {
      const { store, advance } = await open();
      await session(store, 'ses_a', 3);
      await claimAll(store, { worker: 'one' });
      advance(3000);
      await claimOne(store, { worker: 'two', takeOver: true });
      await store.release('ses_a/w2', 1, { delayMs: 0 });
      const items = [0, 1, 2, 3].map((i) => ({ workId: `ses_a/w${i}`, attempt: 1 }));
      expect(await store.renew('one', items, 3000)).toEqual({ lost: ['ses_a/w0', 'ses_a/w2', 'ses_a/w3'] });
      expect((await store.getWork('ses_a/w1'))?.leaseUntil).toBe(at(6000));
      advance(2999);
      expect(await ids(claimAll(store, { worker: 'three', takeOver: true }))).toEqual(['ses_a/w2']);
    });

    it('gives an item back: counted and recorded as a failure, or not at all', async () => {
      const { store, advance } = await open();
      await session(store, 'ses_a', 1, 1);
      const failed = await claimOne(store, { worker: 'one' });
      advance(100);
      const failure = { code: 'LLM_BUSY', message: 'busy' };
      expect(await store.release(failed.id, failed.attempt, { delayMs: 2000, failure })).toBe(true);
      const back = await store.getWork(failed.id);
      const record = { attempt: 1, worker: 'one', ...failure, at: at(100) };
      expect(back).toMatchObject({ state: 'ready', failures: 1, crashes: 0, attempt: 1, readyAt: at(2100), history: [record] });
      expect(back).not.toHaveProperty('owner');
      expect(back).not.toHaveProperty('leaseUntil');
      advance(1999);
      expect(await claimAll(store)).toEqual([]);
      advance(1);
      const second = await claimOne(store, { worker: 'two' });
      expect(await store.release(second.id, second.attempt, { delayMs: 0 })).toBe(true);
      expect(await store.getWork(failed.id)).toMatchObject({ failures: 1, attempt: 2, history: [record] });
      expect((await claimOne(store)).attempt).toBe(3);
    });

    it('fences a release by an old attempt, or of an item that does not run', async () => {
      const { store, advance } = await open();
      await session(store, 'ses_a', 1);
      await claimOne(store, { worker: 'one' });
      advance(3000);
      await claimOne(store, { worker: 'two', takeOver: true });
      expect(await store.release('ses_a/w0', 1, { delayMs: 0 })).toBe(false);
      expect(await store.getWork('ses_a/w0')).toMatchObject({ state: 'running', owner: 'two' });
      await store.release('ses_a/w0', 2, { delayMs: 0 });
      expect(await store.release('ses_a/w0', 2, { delayMs: 0 })).toBe(false);
      expect(await store.release('unknown', 1, { delayMs: 0 })).toBe(false);
    });

    it('lets an owner whose lease ran out commit as long as nobody took over', async () => {
      const { store, advance } = await open();
      await session(store, 'ses_a', 2);
      const item = await claimOne(store);
      advance(60_000);
      expect(await store.commit(step(item))).toMatchObject({ kind: 'applied' });
    });
  });

  describe('dead items', () => {
    const dead = { state: 'dead', code: 'WORK_FAILED', message: 'five times' } as const;

    it('lists the dead newest first with what can be retried, and hides those that are dropped', async () => {
      const { store } = await open();
      await session(store, 'ses_a', 3);
      await session(store, 'ses_b', [work('ses_b', 'b0'), work('ses_b', 'b1', { dead: { code: 'RULE_EVALUATION_FAILED', message: 'x' } })]);
      expect(await store.counters('ses_b', levelOf('ses_b'))).toMatchObject({ openWork: 1, levelOpen: 1 });
      for (const { item } of await claimAll(store)) if (item.id !== 'b0' && item.id !== 'ses_a/w2') await store.commit(step(item, dead));
      const all = (await store.listDead({}, { limit: 10 })).items;
      expect(all.map(({ item, retryable }) => [item.id, retryable])).toEqual([
        ['b1', false],
        ['ses_a/w1', true],
        ['ses_a/w0', true],
      ]);
      expect(all[2]!.item).toMatchObject({ ...dead, outcome: { result: 'explored' }, endedAt: at(0), attempt: 1 });
      const first = await store.listDead({ sessionId: 'ses_a' }, { limit: 1 });
      expect((await store.listDead({ sessionId: 'ses_a' }, { limit: 1, cursor: first.next! })).items.map(({ item }) => item.id)).toEqual([
        'ses_a/w0',
      ]);
      await store.dropDead('ses_a/w1');
      expect((await store.listDead({ sessionId: 'ses_a' }, { limit: 10 })).items.map(({ item }) => item.id)).toEqual(['ses_a/w0']);
      expect(await store.getWork('ses_a/w1')).toMatchObject({ state: 'dead' });
      expect(await codeOfFailure(store.retryDead('ses_a/w1'))).toBe('WORK_UNKNOWN');
      expect(await codeOfFailure(store.dropDead('ses_a/w1'))).toBe('WORK_UNKNOWN');
      expect(await codeOfFailure(store.dropDead('b0'))).toBe('WORK_UNKNOWN');
      expect(await codeOfFailure(store.retryDead('b1'))).toBe('LEVEL_CLOSED');
    });

    it('brings a dead item back as new but for its attempt and history', async () => {
      const { store, advance } = await open();
      await session(store, 'ses_a', 2);
      const item = await claimOne(store);
      await store.release(item.id, 1, { delayMs: 0, failure: { code: 'LLM_BUSY', message: 'm' } });
      await store.commit(step(await claimOne(store), dead));
      advance(500);
      await store.retryDead(item.id);
      const back = await store.getWork(item.id);
      expect(back).toMatchObject({ state: 'ready', failures: 0, crashes: 0, retries: 1, attempt: 2, readyAt: at(500) });
      expect(back!.history).toHaveLength(1);
      for (const gone of ['code', 'message', 'outcome', 'sight', 'version', 'digest', 'endedAt']) expect(back).not.toHaveProperty(gone);
      expect(await store.counters('ses_a', levelOf('ses_a'))).toEqual({ openWork: 2, levelOpen: 2, status: 'running' });
      expect(await claimOne(store)).toMatchObject({ id: item.id, attempt: 3 });
      expect(Date.parse(at(500))).toBe(epoch + 500);
    });
  });
}
