import {
  assessment,
  closes,
  creation,
  deadSignal,
  effect,
  ends,
  idea,
  levelOf,
  rootOf,
  settlement,
  step,
  trace,
  vector,
  work,
} from '../../support/store-records.ts';
import { claimAll, claimOne, codeOfFailure, type OpenStores } from '../../support/store-world.ts';
import type { Store } from '../../../runtime/ports/store.ts';
import { fill } from '../../../runtime/domain/resources.ts';

const day = 86_400_000;

/** A session with something in every table, finished. */
async function wholeSession(store: Store, id: string, retention = 30): Promise<void> {
  await store.createSession(creation({ id, policy: { retention } }));
  const item = await claimOne(store, { sessionId: id });
  await store.startEffect(effect(item), 1);
  await store.finishEffect(settlement(`${item.id}/vary0`, 1));
  await store.commit(
    step(item, {
      ...{ ideas: [idea(id, `${id}/i0`)], vectors: [vector(`${id}/i0`, [1])], assessments: [assessment(`${id}/i0`, `${id}/a0`)] },
      ...{ traces: [trace(id, `${id}/t0`)], signals: [deadSignal(id, `${id}/s1`)], closes: closes(id), ends: ends(id) },
    }),
  );
}

export function describeRetention(open: OpenStores): void {
  describe('the outbox', () => {
    it('keeps signals in their order until they are published, where the bus is durable', async () => {
      const { store, advance } = await open({ outbox: true });
      await store.createSession(creation({ work: [work('ses_a', 'w0'), work('ses_a', 'w1')] }));
      const item = await claimOne(store);
      advance(1000);
      await store.commit(step(item, { signals: [deadSignal('ses_a', 's1'), deadSignal('ses_a', 's2')] }));
      expect((await store.outbox(1000, 10)).map(({ id }) => id)).toEqual(['ses_a/seed0']);
      expect((await store.outbox(0, 10)).map(({ id, sequence }) => [id, sequence])).toEqual([
        ['ses_a/seed0', 1],
        ['s1', 2],
        ['s2', 3],
      ]);
      expect(await store.outbox(0, 2)).toHaveLength(2);
      advance(4000);
      expect((await store.stats()).outboxOldestSeconds).toBe(5);
      await store.removeFromOutbox(['ses_a/seed0', 's2', 'unknown']);
      await store.removeFromOutbox([]);
      expect((await store.outbox(0, 10)).map(({ id }) => id)).toEqual(['s1']);
      expect((await store.stats()).outboxOldestSeconds).toBe(4);
      expect(await store.signals('ses_a', 0, 10)).toHaveLength(3);
    });

    it('keeps none where the bus needs none', async () => {
      const { store } = await open();
      await store.createSession(creation());
      expect(await store.outbox(0, 10)).toEqual([]);
      expect((await store.stats()).outboxOldestSeconds).toBe(0);
    });
  });

  describe('retention', () => {
    it('prunes requests and results of sessions past their retention, once, and nothing else', async () => {
      const { store, advance } = await open();
      await wholeSession(store, 'ses_a', 1);
      await wholeSession(store, 'ses_b', 2);
      await store.createSession(creation({ id: 'ses_c', policy: { retention: 0 } }));
      advance(day);
      expect(await store.pruneJournal(10)).toBe(0);
      advance(1);
      expect(await store.pruneJournal(10)).toBe(1);
      expect(await store.pruneJournal(10)).toBe(0);
      const pruned = (await store.getEffect('ses_a/w0/vary0', 1))!;
      expect(pruned).toMatchObject({ state: 'done', requestDigest: 'q', usage: { llmCalls: 1 }, model: 'm' });
      expect(pruned).not.toHaveProperty('request');
      expect(pruned).not.toHaveProperty('result');
      expect(await store.getEffect('ses_b/w0/vary0', 1)).toMatchObject({ request: { prompt: 'p' }, result: { text: 'answer' } });
      expect(await store.getIdea('ses_a/i0')).toBeDefined();
    });

    it('deletes whole finished sessions past their days, some at a time, and leaves no trace of them', async () => {
      const { store, advance } = await open({ outbox: true });
      for (const id of ['ses_a', 'ses_b', 'ses_c']) await wholeSession(store, id);
      await store.createSession(creation({ id: 'ses_d' }));
      await store.putBlob('k', Uint8Array.of(1));
      advance(3 * day);
      await wholeSession(store, 'ses_e');
      expect(await store.deleteSessions(3, 10)).toBe(0);
      advance(1);
      expect(await store.deleteSessions(3, 2)).toBe(2);
      expect(await store.deleteSessions(3, 2)).toBe(1);
      expect(await store.deleteSessions(3, 2)).toBe(0);
      expect((await store.listSessions({}, { limit: 9 })).items.map(({ id }) => id)).toEqual(['ses_e', 'ses_d']);
      expect(await codeOfFailure(store.signals('ses_a', 0, 1))).toBe('SESSION_UNKNOWN');
      for (const gone of [
        store.getWork('ses_a/w0'),
        store.getIdea('ses_a/i0'),
        store.getSignal('ses_a/s1'),
        store.getEffect('ses_a/w0/vary0', 1),
      ]) {
        expect(await gone).toBeUndefined();
      }
      expect((await store.outbox(0, 100)).map(({ sessionid }) => sessionid)).toEqual(['ses_d', 'ses_e', 'ses_e', 'ses_e', 'ses_e']);
      expect(await store.getBlob('k')).toBeDefined();
      await wholeSession(store, 'ses_a');
      expect(await store.getIdea('ses_a/i0')).toBeDefined();
    });
  });

  describe('figures and the end', () => {
    it('counts sessions, ideas, work and budgets', async () => {
      const { store } = await open();
      await wholeSession(store, 'ses_a');
      await store.createSession(
        creation({ id: 'ses_b', limits: { llmCalls: 4, outputTokens: 1000 }, work: [0, 1, 2, 3].map((i) => work('ses_b', `b${i}`)) }),
      );
      await store.createSession(creation({ id: 'ses_c', work: [work('ses_c', 'c0', { mechanism: 'sentinel' })] }));
      await store.stopSession('ses_c', 'cancelled');
      const items = (await claimAll(store, { sessionId: 'ses_b', limit: 3 })).map(({ item }) => item);
      await store.startEffect(effect(items[0]!), 1);
      await store.finishEffect(settlement('b0/vary0', 1, { usage: fill({ llmCalls: 1, outputTokens: 500 }) }));
      await store.commit(
        step(items[0]!, {
          ideas: ['i0', 'i1', 'i2'].map((id, index) => idea('ses_b', id, { index })),
          assessments: [assessment('i0', 'a0', { stable: true }), assessment('i1', 'a1')],
        }),
      );
      await store.commit(step(items[1]!, { state: 'dead', code: 'WORK_FAILED', message: 'm' }));
      const stats = await store.stats();
      expect(stats.sessions).toEqual({ running: 1, stopping: 1, finished: 1 });
      expect(stats.ideas).toEqual({ unscored: 1, stable: 1, rejected: 2 });
      expect([...stats.work].sort((p, q) => `${p.mechanism} ${p.state}`.localeCompare(`${q.mechanism} ${q.state}`))).toEqual([
        { mechanism: 'explorer', state: 'dead', count: 1 },
        { mechanism: 'explorer', state: 'ready', count: 1 },
        { mechanism: 'explorer', state: 'running', count: 1 },
        { mechanism: 'sentinel', state: 'ready', count: 1 },
      ]);
      expect(stats.budgetUsed).toMatchObject({ llmCalls: 0.25, outputTokens: 0.5 });
      await store.dropDead('b1');
      expect((await store.stats()).work.some(({ state }) => state === 'dead')).toBe(false);
    });

    it('says that it is well, and what its schema is', async () => {
      const { store } = await open();
      const health = await store.health();
      expect(health.ok).toBe(true);
      expect(health.schemaVersion).toBeGreaterThanOrEqual(0);
    });

    it('waits on closing for what is under way, and answers no more', async () => {
      const { store } = await open();
      await store.createSession(creation());
      const item = await claimOne(store);
      const written = store.commit(step(item, { closes: closes('ses_a'), ends: ends('ses_a') }));
      await store.close();
      expect(await written).toMatchObject({ kind: 'applied' });
      expect(await codeOfFailure(store.getSession('ses_a'))).toBe('STORE_CLOSED');
      expect(await codeOfFailure(store.health())).toBe('STORE_CLOSED');
      await store.close();
    });

    it('keeps everything over a restart', async () => {
      const { store, reopen } = await open();
      if (!reopen) return;
      await wholeSession(store, 'ses_a');
      await store.createSession(creation({ id: 'ses_b' }));
      const item = await claimOne(store);
      const seen = async (from: Store) => ({
        sessions: await from.listSessions({}, { limit: 9 }),
        work: await from.listWork('ses_a', { limit: 9 }),
        journal: await from.listJournal({ sessionId: 'ses_a' }, { limit: 9 }),
        signals: await from.signals('ses_a', 0, 9),
        level: await from.level('ses_a', levelOf('ses_a')),
        budgets: await from.budgets('ses_b', [rootOf('ses_b')]),
        stats: await from.stats(),
      });
      const before = await seen(store);
      const again = await reopen();
      expect(await seen(again)).toEqual(before);
      expect(await again.commit(step(item, { closes: closes('ses_b'), ends: ends('ses_b') }))).toMatchObject({ kind: 'applied' });
    });
  });
}
