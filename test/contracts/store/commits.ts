import {
  assessed,
  assessment,
  at,
  closes,
  creation,
  deadSignal,
  effect,
  ends,
  exploration,
  finished,
  idea,
  levelFrame,
  levelOf,
  rootOf,
  rootWork,
  settlement,
  step,
  trace,
  unscored,
  vector,
  work,
} from '../../support/store-records.ts';
import { claimAll, claimOne, codeOfFailure, type OpenStores } from '../../support/store-world.ts';
import type { Store } from '../../../runtime/ports/store.ts';
import type { StepCommit } from '../../../runtime/domain/step-commit.ts';

const a = 'ses_a';

/** All that can be seen of a session: equal before and after means that nothing was written. */
async function everything(store: Store, sessionId: string): Promise<unknown> {
  return {
    session: await store.getSession(sessionId),
    work: await store.listWork(sessionId, { limit: 1000 }),
    signals: await store.signals(sessionId, 0, 1000),
    frames: await store.frames(sessionId),
    budgets: await store.budgets(sessionId),
    traces: await store.traces(sessionId),
    seen: await store.visible(sessionId, { round: 1000, fromRound: 0, chain: [] }),
  };
}

export function describeCommits(open: OpenStores): void {
  describe('commits', () => {
    it('writes all that a step made, and ends the item', async () => {
      const { store, advance } = await open();
      await store.createSession(creation({ work: [work(a, 'w0'), work(a, 'w1')] }));
      const item = await claimOne(store);
      advance(40);
      const given: Partial<StepCommit> = {
        outcome: { result: 'explored', nearDuplicates: 2 },
        sight: { lastAttempt: false, effects: [{ effectId: 'e', attempt: 1 }] },
        frames: [exploration(a, 0, { openedBy: 'w2', limits: { llmCalls: 3 } })],
        ideas: [idea(a, 'i0', { workId: 'w0', parentIds: [`${a}/seed`] }), idea(a, 'i1', { workId: 'w0', index: 1, parentIds: ['i0'] })],
        vectors: [vector('i0', [1, 0]), vector('i0', [0, 1], { kind: 'phrase', phrase: 'p' }), vector('i1', [0.5, -0.5])],
        assessments: [assessment('i0', 'a0', { workId: 'w0', stable: true, trust: 7 }), unscored('i1', 'a1', { workId: 'w0' })],
        traces: [trace(a, 't0')],
        signals: [deadSignal(a, 's1'), deadSignal(a, 's2')],
        work: [work(a, 'w2', { frameId: `${levelOf(a)}/x0`, signalId: 's1', chain: ['w0'] })],
      };
      const result = await store.commit(step(item, given));
      expect(result).toEqual({
        kind: 'applied',
        openWork: 2,
        signals: [
          { ...given.signals![0], sequence: 2 },
          { ...given.signals![1], sequence: 3 },
        ],
      });
      const { owner: _owner, leaseUntil: _leaseUntil, ...kept } = item;
      expect(await store.getWork('w0')).toEqual({
        ...kept,
        ...{ state: 'done', version: 1, outcome: given.outcome, digest: 'd', sight: given.sight, endedAt: at(40) },
      });
      expect(await store.getWork('w2')).toMatchObject({ state: 'ready', createdAt: at(40), frameId: `${levelOf(a)}/x0`, chain: ['w0'] });
      expect(await store.getIdea('i0')).toEqual({
        idea: given.ideas![0],
        assessments: [given.assessments![0]],
        children: [given.ideas![1]],
      });
      expect(await store.vectors(a, ['i1', 'i0', 'none'])).toEqual([given.vectors![2], given.vectors![0], given.vectors![1]]);
      expect(await store.traces(a)).toEqual(given.traces);
      expect(await store.signals(a, 1, 10)).toEqual(result.kind === 'applied' ? result.signals : []);
      expect(await store.getSignal('s2')).toEqual({ ...given.signals![1], sequence: 3 });
      const [newFrame] = await store.frames(a, [`${levelOf(a)}/x0`]);
      const { limits, ...facts } = given.frames![0]!;
      expect(newFrame).toEqual({ ...facts, status: 'active' });
      expect(await store.budgets(a, [`${levelOf(a)}/x0`])).toMatchObject([{ frameId: `${levelOf(a)}/x0`, limits, spent: { llmCalls: 0 } }]);
      expect(await store.tally(a)).toEqual({ ideas: 2, scored: 1, unscored: 1, stable: 1, nearDuplicates: 2 });
      expect(await store.counters(a, levelOf(a))).toEqual({ openWork: 2, levelOpen: 2, status: 'running' });
    });

    it('keeps the tally by the newest assessment of each idea', async () => {
      const { store } = await open();
      await store.createSession(creation({ work: [0, 1, 2, 3].map((i) => work(a, `w${i}`)) }));
      const items = (await claimAll(store)).map(({ item }) => item);
      await store.commit(step(items[0]!, { ideas: [idea(a, 'i0')], assessments: [assessment('i0', 'a1', { stable: true })] }));
      expect(await store.tally(a)).toEqual({ ideas: 1, scored: 1, unscored: 0, stable: 1, nearDuplicates: 0 });
      await store.commit(step(items[1]!, { assessments: [unscored('i0', 'a3', { revision: 3 })] }));
      expect(await store.tally(a)).toEqual({ ideas: 1, scored: 0, unscored: 1, stable: 0, nearDuplicates: 0 });
      await store.commit(step(items[2]!, { assessments: [assessment('i0', 'a2', { revision: 2, stable: true })] }));
      expect(await store.tally(a)).toEqual({ ideas: 1, scored: 0, unscored: 1, stable: 0, nearDuplicates: 0 });
      expect((await store.getIdea('i0'))?.assessments.map(({ revision }) => revision)).toEqual([1, 2, 3]);
      expect((await store.getSession(a))?.tally).toEqual(await store.tally(a));
    });

    it('fences an old attempt, and the second commit of the same attempt: nothing is written', async () => {
      const { store, advance } = await open();
      await store.createSession(creation({ work: [work(a, 'w0'), work(a, 'w1')] }));
      const old = await claimOne(store, { worker: 'one', limit: 1 });
      advance(3000);
      const now = await claimOne(store, { worker: 'two', takeOver: true, signalIds: ['ses_a/seed0'], running: ['w1'] });
      expect(now).toMatchObject({ id: 'w0', attempt: 2 });
      const before = await everything(store, a);
      expect(await store.commit(step(old, { ideas: [idea(a, 'i0')], signals: [deadSignal(a, 's1')] }))).toEqual({ kind: 'fenced' });
      expect(await store.commit(step({ ...old, id: 'unknown' }))).toEqual({ kind: 'fenced' });
      expect(await everything(store, a)).toEqual(before);
      expect(await store.commit(step(now))).toMatchObject({ kind: 'applied' });
      expect(await store.commit(step(now))).toEqual({ kind: 'fenced' });
    });

    it('numbers the signals of a session without gaps, also over concurrent commits and refused ones', async () => {
      const { store } = await open();
      await store.createSession(creation({ work: Array.from({ length: 20 }, (_, i) => work(a, `w${i}`)), policy: { maxParallel: 64 } }));
      await store.createSession(creation({ id: 'ses_b' }));
      const claimed = await claimAll(store, { sessionId: a });
      await Promise.all(
        claimed.map(async ({ item }, i) => {
          const signals = [deadSignal(a, `${item.id}/0`), deadSignal(a, `${item.id}/1`)];
          const refused = i % 3 === 0 ? [idea(a, `${item.id}/i`, { parentIds: ['nobody'] })] : [];
          await store.commit(step(item, { signals, ideas: refused, work: [work(a, `${item.id}/next`)] })).catch(() => undefined);
        }),
      );
      const told = await store.signals(a, 0, 1000);
      expect(told.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 1 + 13 * 2 }, (_, i) => i + 1));
      expect((await store.getSession(a))?.sequence).toBe(27);
      expect((await store.getSession('ses_b'))?.sequence).toBe(1);
      expect((await store.signals(a, 5, 3)).map(({ sequence }) => sequence)).toEqual([6, 7, 8]);
    });

    it('refuses a commit that closes too early, too late or the wrong level, and writes nothing', async () => {
      const { store } = await open();
      await store.createSession(creation({ work: [work(a, 'w0'), work(a, 'w1'), rootWork(a, 'r0')] }));
      const [root, first, last] = (await claimAll(store)).map(({ item }) => item).sort((x, y) => (x.id < y.id ? -1 : 1)) as [
        never,
        never,
        never,
      ];
      const before = await everything(store, a);
      const refused = async (item: Parameters<typeof step>[0], given: Partial<StepCommit>) => {
        expect(await codeOfFailure(store.commit(step(item, { ideas: [idea(a, 'i0')], signals: [deadSignal(a, 's1')], ...given })))).toBe(
          'CLOSE_MISMATCH',
        );
        expect(await everything(store, a)).toEqual(before);
      };
      await refused(first, { closes: closes(a) });
      await refused(first, { ends: ends(a) });
      await refused(root, { closes: closes(a) });
      await refused(root, { ends: ends(a) });
      await store.commit(step(first));
      const later = await everything(store, a);
      for (const given of [
        {},
        { closes: closes(a), ends: ends(a) },
        { closes: closes(a, { levelFrameId: rootOf(a) }) },
        { closes: closes(a), work: [work(a, 'w9')] },
      ]) {
        expect(await codeOfFailure(store.commit(step(last, given)))).toBe('CLOSE_MISMATCH');
      }
      expect(await everything(store, a)).toEqual(later);
      expect(await store.commit(step(last, { closes: closes(a) }))).toMatchObject({ kind: 'applied', openWork: 1 });
      expect(await codeOfFailure(store.commit(step(root)))).toBe('CLOSE_MISMATCH');
      expect(await store.commit(step(root, { ends: ends(a) }))).toMatchObject({ kind: 'applied', openWork: 0 });
    });

    it('refuses work in a stopping session, so that the worker builds its commit anew', async () => {
      const { store } = await open();
      await store.createSession(creation({ work: [work(a, 'w0'), work(a, 'w1')] }));
      const item = await claimOne(store);
      await store.stopSession(a, 'cancelled');
      expect(await codeOfFailure(store.commit(step(item, { work: [work(a, 'w2')] })))).toBe('CLOSE_MISMATCH');
      expect(await store.getWork('w2')).toBeUndefined();
      expect(await store.commit(step(item, { signals: [deadSignal(a, 's1')] }))).toMatchObject({ kind: 'applied', openWork: 1 });
    });

    it('refuses unknown ideas and frames, and ids that are taken; it alone fails, whatever is under way beside it', async () => {
      const { store } = await open();
      await store.createSession(creation({ work: Array.from({ length: 12 }, (_, i) => work(a, `w${i}`)), policy: { maxParallel: 64 } }));
      await store.createSession(creation({ id: 'ses_b' }));
      const items = (await claimAll(store, { sessionId: a })).map(({ item }) => item);
      await store.commit(step(items[0]!, { ideas: [idea(a, 'i0')], assessments: [assessment('i0', 'a0')], traces: [trace(a, 't0')] }));
      const before = await everything(store, a);
      const faults: [string, Partial<StepCommit>][] = [
        ['STORE_REFERENCE_UNKNOWN', { ideas: [idea(a, 'n1', { parentIds: ['i0', 'nobody'] })] }],
        ['STORE_REFERENCE_UNKNOWN', { ideas: [idea(a, 'n1', { parentIds: ['ses_b/seed'] })] }],
        ['STORE_REFERENCE_UNKNOWN', { ideas: [idea(a, 'n1', { frameId: 'nowhere' })] }],
        ['STORE_REFERENCE_UNKNOWN', { ideas: [idea(a, 'n1')], assessments: [assessment('nobody', 'n2')] }],
        ['STORE_REFERENCE_UNKNOWN', { ideas: [idea(a, 'n1')], vectors: [vector('nobody', [1])] }],
        ['STORE_REFERENCE_UNKNOWN', { ideas: [idea(a, 'n1')], frames: [exploration(a, 0, { parentId: 'nowhere' })] }],
        ['STORE_REFERENCE_UNKNOWN', { ideas: [idea(a, 'n1')], work: [work(a, 'n3', { frameId: 'nowhere' })] }],
        ['STORE_REFERENCE_UNKNOWN', { ideas: [idea(a, 'n1')], signals: [deadSignal(a, 'n4', { frameid: levelOf('ses_b') })] }],
        ['STORE_REFERENCE_UNKNOWN', { ideas: [idea(a, 'n1')], traces: [trace(a, 'n5', { frameId: 'nowhere' })] }],
        ['STORE_CONFLICT', { ideas: [idea(a, 'n1'), idea(a, 'i0')] }],
        ['STORE_CONFLICT', { ideas: [idea(a, 'n1'), idea(a, 'n1')] }],
        ['STORE_CONFLICT', { ideas: [idea(a, 'n1')], assessments: [assessment('n1', 'a0')] }],
        ['STORE_CONFLICT', { ideas: [idea(a, 'n1')], frames: [levelFrame(a)] }],
        ['STORE_CONFLICT', { ideas: [idea(a, 'n1')], work: [work(a, 'w11')] }],
        ['STORE_CONFLICT', { ideas: [idea(a, 'n1')], signals: [deadSignal(a, 'ses_a/seed0')] }],
        ['STORE_CONFLICT', { ideas: [idea(a, 'n1')], traces: [trace(a, 't0')] }],
      ];
      for (const [code, given] of faults) expect([code, await codeOfFailure(store.commit(step(items[1]!, given)))]).toEqual([code, code]);
      expect(await everything(store, a)).toEqual(before);
      const beside = items.slice(2, 6);
      const results = await Promise.allSettled([
        ...beside.map((item, i) => store.commit(step(item, { ideas: [idea(a, `beside${i}`)] }))),
        store.commit(step(items[1]!, { ideas: [idea(a, 'n1', { parentIds: ['nobody'] })] })),
        ...items.slice(6, 10).map((item, i) => store.commit(step(item, { ideas: [idea(a, `after${i}`)] }))),
      ]);
      expect(results.map(({ status }) => status)).toEqual([...Array(4).fill('fulfilled'), 'rejected', ...Array(4).fill('fulfilled')]);
      expect((await store.tally(a)).ideas).toBe(9);
      expect(await store.commit(step(items[1]!, { ideas: [idea(a, 'n1')] }))).toMatchObject({ kind: 'applied' });
    });

    it('finishes the frames of a level when it closes, each with its outcome, and the rest when the session ends', async () => {
      const { store } = await open();
      const frames = [
        exploration(a, 0, { limits: { llmCalls: 1 } }),
        exploration(a, 1),
        exploration(a, 2, { parentId: `${levelOf(a)}/x1`, depth: 4 }),
      ];
      await store.createSession(creation({ frames, work: [work(a, 'w0', { frameId: `${levelOf(a)}/x0` })] }));
      const item = await claimOne(store);
      expect(await store.startEffect(effect(item, { reserve: { llmCalls: 2 } }), 1)).toMatchObject({ kind: 'refused' });
      await store.commit(step(item, { closes: closes(a, { work: [rootWork(a, 'r0')], frames: [levelFrame(a, 2)] }) }));
      const outcomes = async () => (await store.frames(a)).map(({ id, status, outcome }) => [id, status, outcome ?? '']);
      const below = [
        [levelOf(a), 'finished', 'done'],
        [`${levelOf(a)}/x0`, 'finished', 'budget'],
        [`${levelOf(a)}/x1`, 'finished', 'done'],
        [`${levelOf(a)}/x2`, 'finished', 'done'],
      ];
      expect(await outcomes()).toEqual([[rootOf(a), 'active', ''], ...below, [levelOf(a, 2), 'active', '']]);
      expect(await store.counters(a, levelOf(a))).toMatchObject({ levelOpen: 0 });
      await store.commit(step(await claimOne(store), { ends: ends(a) }));
      expect(await outcomes()).toEqual([[rootOf(a), 'finished', 'done'], ...below, [levelOf(a, 2), 'finished', 'done']]);
    });

    it('finishes frames as stopped in a stopping session, and as failed where the session failed', async () => {
      const { store } = await open();
      for (const id of [a, 'ses_b']) await store.createSession(creation({ id }));
      const items = (await claimAll(store)).map(({ item }) => item);
      await store.stopSession(a, 'cancelled');
      const { signal: _signal, ...silent } = closes(a);
      await store.commit(step(items[0]!, { state: 'stopped', closes: silent, ends: ends(a, { reason: 'cancelled' }) }));
      expect((await store.frames(a)).map(({ outcome }) => outcome)).toEqual(['stopped', 'stopped']);
      expect((await store.signals(a, 0, 10)).map(({ type }) => type)).toEqual(['seed.planted', 'session.finished']);
      expect(await store.getWork(items[0]!.id)).toMatchObject({ state: 'stopped' });
      await store.commit(
        step(items[1]!, { closes: closes('ses_b'), ends: ends('ses_b', { reason: 'failed', code: 'SESSION_UNPLANNED' }) }),
      );
      expect((await store.frames('ses_b')).map(({ outcome }) => outcome)).toEqual(['failed', 'done']);
    });

    it('gives the signals of a closing and of an end the sequences after those of the step', async () => {
      const { store } = await open();
      await store.createSession(creation());
      const item = await claimOne(store);
      const result = await store.commit(step(item, { signals: [deadSignal(a, 's1')], closes: closes(a), ends: ends(a) }));
      expect(result).toEqual({
        ...{ kind: 'applied', openWork: 0 },
        signals: [
          { ...deadSignal(a, 's1'), sequence: 2 },
          { ...assessed(a), sequence: 3 },
          { ...finished(a), sequence: 4 },
        ],
      });
    });

    it('takes back the assessments that a death left when the item is retried, and refuses once its level is closed', async () => {
      const { store } = await open();
      await store.createSession(creation({ work: [work(a, 'w0'), work(a, 'w1'), rootWork(a, 'r0')] }));
      const [w0, w1] = (await claimAll(store, { mechanisms: ['explorer'] })).map(({ item }) => item);
      await store.commit(step(w1!, { ideas: [idea(a, 'i0', { workId: 'w1' })], work: [work(a, 'w2')] }));
      const dead = { state: 'dead', code: 'WORK_FAILED', message: 'm', assessments: [unscored('i0', 'a0', { workId: 'w0' })] } as const;
      await store.commit(step(w0!, dead));
      expect(await store.tally(a)).toMatchObject({ unscored: 1 });
      await store.retryDead('w0');
      expect(await store.tally(a)).toMatchObject({ unscored: 0 });
      expect((await store.getIdea('i0'))?.assessments).toEqual([]);
      const again = await claimOne(store, { mechanisms: ['explorer'] });
      expect(await store.commit(step(again, dead))).toMatchObject({ kind: 'applied' });
      await store.commit(step(await claimOne(store, { mechanisms: ['explorer'] }), { closes: closes(a) }));
      expect((await store.listDead({}, { limit: 5 })).items).toMatchObject([{ retryable: false }]);
      expect(await codeOfFailure(store.retryDead('w0'))).toBe('LEVEL_CLOSED');
      expect(await codeOfFailure(store.retryDead('w2'))).toBe('WORK_UNKNOWN');
    });

    it('settles effects that outlast their item, for what they cost alone', async () => {
      const { store } = await open();
      await store.createSession(creation({ work: [work(a, 'w0'), work(a, 'w1')] }));
      const item = await claimOne(store);
      await store.startEffect(effect(item), 1);
      await store.commit(step(item));
      expect(await store.finishEffect(settlement('w0/vary0', 1))).toMatchObject({ state: 'failed', usage: { llmCalls: 1 } });
      expect(await store.budgets(a, [rootOf(a)])).toMatchObject([{ spent: { llmCalls: 1 }, reserved: { llmCalls: 0 } }]);
    });
  });
}
