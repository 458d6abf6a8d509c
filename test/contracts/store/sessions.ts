import { at, closes, creation, ends, epoch, idea, levelFrame, levelOf, rootWork, step, work } from '../../support/store-records.ts';
import { allPages, claimOne, codeOfFailure, type OpenStores } from '../../support/store-world.ts';

export function describeSessions(open: OpenStores): void {
  describe('sessions and blobs', () => {
    it('keeps the first content of a blob and returns what is stored', async () => {
      const { store } = await open();
      expect(await store.getBlob('k')).toBeUndefined();
      expect([...(await store.putBlob('k', Uint8Array.of(0, 255, 7)))]).toEqual([0, 255, 7]);
      expect([...(await store.putBlob('k', Uint8Array.of(1)))]).toEqual([0, 255, 7]);
      expect([...(await store.getBlob('k'))!]).toEqual([0, 255, 7]);
      expect([...(await store.putBlob('empty', new Uint8Array()))]).toEqual([]);
    });

    it('creates a session with the times of the store, its counters, and sequences from 1', async () => {
      const { store, advance } = await open();
      advance(1500);
      const given = creation({ labels: { team: 'blue' }, policy: { deadlineMs: 60_000 } });
      const { created, session, signals } = await store.createSession(given);
      expect(created).toBe(true);
      expect(session).toEqual({
        ...given.session,
        ...{ status: 'running', round: 1, openWork: 1, sequence: 1, createdAt: at(1500), deadlineAt: at(61_500) },
        tally: { ideas: 0, scored: 0, unscored: 0, stable: 0, nearDuplicates: 0 },
      });
      expect(signals).toEqual([{ ...given.signals[0], time: at(1500), sequence: 1 }]);
      expect(await store.getSession('ses_a')).toEqual(session);
      expect(await store.getIdea('ses_a/seed')).toEqual({
        idea: { ...given.ideas[0], createdAt: at(1500) },
        assessments: [],
        children: [],
      });
      expect(await store.getWork('ses_a/w0')).toEqual({
        ...given.work[0],
        ...{ state: 'ready', createdAt: at(1500), readyAt: at(1500), attempt: 0, failures: 0, crashes: 0, retries: 0, history: [] },
      });
      expect((await store.frames('ses_a')).map(({ id, open: items, status }) => ({ id, items, status }))).toEqual([
        { id: 'ses_a/root', items: undefined, status: 'active' },
        { id: 'ses_a/level1', items: 1, status: 'active' },
      ]);
    });

    it('answers the same request with the session as it is, and another request under the same id with a conflict', async () => {
      const { store, advance } = await open();
      await store.createSession(creation());
      await claimOne(store);
      advance(10);
      const again = await store.createSession(creation());
      expect(again).toMatchObject({ created: false, signals: [], session: { createdAt: at(0), openWork: 1, sequence: 1 } });
      expect(await codeOfFailure(store.createSession(creation({ requestDigest: 'other' })))).toBe('SESSION_CONFLICT');
      expect(await store.signals('ses_a', 0, 10)).toHaveLength(1);
    });

    it('lists sessions newest first in pages, by status and by label', async () => {
      const { store, advance } = await open();
      for (const [i, id] of ['ses_c', 'ses_a', 'ses_b', 'ses_d', 'ses_e'].entries()) {
        if (i > 1) advance(1000);
        await store.createSession(creation({ id, labels: { n: String(i % 2), 'a.b/c': id } }));
      }
      await store.stopSession('ses_b', 'cancelled');
      const ids = async (filter: Parameters<typeof store.listSessions>[0], limit: number) =>
        (await allPages((page) => store.listSessions(filter, page), limit)).map(({ id }) => id);
      for (const limit of [1, 2, 5, 100]) expect(await ids({}, limit)).toEqual(['ses_e', 'ses_d', 'ses_b', 'ses_c', 'ses_a']);
      expect(await ids({ status: 'stopping' }, 2)).toEqual(['ses_b']);
      expect(await ids({ status: 'running', label: { key: 'n', value: '0' } }, 1)).toEqual(['ses_e', 'ses_c']);
      expect(await ids({ label: { key: 'a.b/c', value: 'ses_d' } }, 10)).toEqual(['ses_d']);
      expect(await ids({ label: { key: 'toString', value: 'x' } }, 10)).toEqual([]);
    });

    it('stops a running session once, and refuses to stop one that it does not know', async () => {
      const { store } = await open();
      await store.createSession(creation());
      expect(await store.stopSession('ses_a', 'cancelled')).toBe(true);
      expect(await store.getSession('ses_a')).toMatchObject({ status: 'stopping', reason: 'cancelled' });
      expect(await store.stopSession('ses_a', 'deadline')).toBe(false);
      expect(await store.getSession('ses_a')).toMatchObject({ reason: 'cancelled' });
      expect(await codeOfFailure(store.stopSession('ses_x', 'cancelled'))).toBe('SESSION_UNKNOWN');
    });

    it('stops sessions at their deadline and no others', async () => {
      const { store, advance } = await open();
      await store.createSession(creation({ id: 'ses_a', policy: { deadlineMs: 5000 } }));
      await store.createSession(creation({ id: 'ses_b', policy: { deadlineMs: 5001 } }));
      advance(4999);
      expect(await store.stopOverdueSessions()).toEqual([]);
      advance(1);
      expect(await store.stopOverdueSessions()).toEqual(['ses_a']);
      expect(await store.stopOverdueSessions()).toEqual([]);
      expect(await store.getSession('ses_a')).toMatchObject({ status: 'stopping', reason: 'deadline' });
    });

    it('tells the counters of a session and of a level', async () => {
      const { store } = await open();
      await store.createSession(creation({ work: [work('ses_a', 'w0'), work('ses_a', 'w1'), rootWork('ses_a', 'w2')] }));
      expect(await store.counters('ses_a')).toEqual({ openWork: 3, status: 'running' });
      expect(await store.counters('ses_a', levelOf('ses_a'))).toEqual({ openWork: 3, levelOpen: 2, status: 'running' });
      await store.stopSession('ses_a', 'cancelled');
      expect((await store.counters('ses_a')).status).toBe('stopping');
    });

    it('keeps the round of the newest level frame', async () => {
      const { store } = await open();
      await store.createSession(creation({ work: [rootWork('ses_a', 'w0')] }));
      const item = await claimOne(store);
      await store.commit(
        step(item, { frames: [levelFrame('ses_a', 2)], work: [work('ses_a', 'w1', { levelFrameId: levelOf('ses_a', 2) })] }),
      );
      expect((await store.getSession('ses_a'))?.round).toBe(2);
      expect(await store.counters('ses_a', levelOf('ses_a', 2))).toEqual({ openWork: 1, levelOpen: 1, status: 'running' });
    });

    it('ends with the commit that says so, keeping reason and code', async () => {
      const { store, advance } = await open();
      await store.createSession(creation());
      const item = await claimOne(store);
      advance(700);
      const result = await store.commit(
        step(item, { closes: closes('ses_a'), ends: ends('ses_a', { reason: 'failed', code: 'NO_SCORED_IDEA' }) }),
      );
      expect(result).toMatchObject({ kind: 'applied', openWork: 0 });
      expect(await store.getSession('ses_a')).toMatchObject({
        ...{ status: 'finished', reason: 'failed', code: 'NO_SCORED_IDEA', finishedAt: at(700), openWork: 0, sequence: 3 },
      });
      expect(await store.stopSession('ses_a', 'cancelled')).toBe(false);
      expect(await store.claim({ worker: 'w', mechanisms: ['explorer'], limit: 9, leaseMs: 1, takeOver: true, running: [] })).toEqual([]);
    });

    it('refuses to read from a session that it does not know', async () => {
      const { store } = await open();
      const reads = [
        store.counters('ses_x'),
        store.listWork('ses_x', { limit: 1 }),
        store.listJournal({ sessionId: 'ses_x' }, { limit: 1 }),
        store.budgets('ses_x'),
        store.visible('ses_x', { round: 1, fromRound: 0, chain: [] }),
        store.level('ses_x', 'f'),
        store.frames('ses_x'),
        store.listIdeas('ses_x', { sort: 'trust', seeds: true }, { limit: 1 }),
        store.traces('ses_x'),
        store.signals('ses_x', 0, 1),
        store.tally('ses_x'),
      ];
      expect(await Promise.all(reads.map(codeOfFailure))).toEqual(reads.map(() => 'SESSION_UNKNOWN'));
      expect(await store.getSession('ses_x')).toBeUndefined();
      expect(await store.getWork('w')).toBeUndefined();
      expect(await store.getIdea('i')).toBeUndefined();
      expect(await store.getSignal('s')).toBeUndefined();
      expect(await store.getEffect('e', 1)).toBeUndefined();
    });

    it('does not let a caller change what is stored through what it gave or got', async () => {
      const { store } = await open();
      const seed = idea('ses_a', 'i1', { tags: ['one'], workId: 'ses_a', method: 'seed', round: 0 });
      const given = creation({ ideas: [seed], labels: { a: 'b' } });
      const attack = (): void => {
        given.session.labels['a'] = 'c';
        seed.tags.push('two');
      };
      await store.createSession(given);
      attack();
      expect((await store.getIdea('i1'))?.idea.tags).toEqual(['one']);
      const got = (await store.getSession('ses_a'))!;
      try {
        got.labels['a'] = 'd';
      } catch {
        // a frozen record is as good as a copy
      }
      expect((await store.getSession('ses_a'))!.labels).toEqual({ a: 'b' });
      expect(Date.parse((await store.getSession('ses_a'))!.createdAt)).toBe(epoch);
    });
  });
}
