import { fill, noResources, type PartialResources } from '../../../runtime/domain/resources.ts';
import type { WorkItem } from '../../../runtime/domain/work.ts';
import type { Store } from '../../../runtime/ports/store.ts';
import { at, creation, effect, exploration, levelOf, rootOf, settlement, step, work } from '../../support/store-records.ts';
import { allPages, claimAll, claimOne, codeOfFailure, type OpenStores } from '../../support/store-world.ts';

const a = 'ses_a';
const x0 = `${levelOf(a)}/x0`;

/** A session with one running item in an exploration below level 1; limits from the root down. */
async function running(
  store: Store,
  limits: { root?: PartialResources; level?: PartialResources; frame?: PartialResources } = {},
): Promise<WorkItem> {
  const { frames, ...given } = creation({
    frames: [exploration(a, 0)],
    work: [work(a, 'w0', { frameId: x0 }), work(a, 'w1', { frameId: x0 })],
  });
  const given3 = [limits.root, limits.level, limits.frame];
  const frameList = frames.map((frame, i) => ({ ...frame, limits: given3[i] ?? {} }));
  await store.createSession({ ...given, frames: frameList });
  return claimOne(store);
}

/** One resource of the three budgets, from the root down. */
async function budgets(store: Store, name: 'llmCalls' | 'outputTokens' = 'llmCalls'): Promise<unknown> {
  return (await store.budgets(a, [rootOf(a), levelOf(a), x0])).map(({ reserved, lost, spent }) => [
    reserved[name],
    lost[name],
    spent[name],
  ]);
}
const thrice = <T>(value: T): T[] => [value, value, value];

export function describeEffects(open: OpenStores): void {
  describe('effects: the journal', () => {
    it('records a started effect and reserves along the frame chain', async () => {
      const { store, advance } = await open();
      const item = await running(store);
      advance(20);
      const given = effect(item, { request: { prompt: 'p', n: [1, 2.5, null] } });
      expect(await store.startEffect(given, 1)).toEqual({ kind: 'started', repeats: false });
      const { id, reserve, ...kept } = given;
      expect(await store.getEffect(id, 1)).toEqual({
        ...{ ...kept, effectId: id, attempt: 1, state: 'started', reserved: fill(reserve), startedAt: at(20), calls: [] },
        ...{ usage: noResources, overrun: noResources },
      });
      expect(await budgets(store)).toEqual(thrice([1, 0, 0]));
      expect(await budgets(store, 'outputTokens')).toEqual(thrice([100, 0, 0]));
    });

    it('says started again to the same attempt, reserving nothing more', async () => {
      const { store } = await open();
      const item = await running(store);
      await store.startEffect(effect(item), 1);
      expect(await store.startEffect(effect(item), 1)).toEqual({ kind: 'started', repeats: false });
      expect(await budgets(store)).toEqual(thrice([1, 0, 0]));
    });

    it('writes a result, charges the usage and gives the rest back', async () => {
      const { store, advance } = await open();
      const item = await running(store);
      await store.startEffect(effect(item), 1);
      advance(500);
      const given = settlement('w0/vary0', 1);
      const entry = await store.finishEffect(given);
      expect(entry).toMatchObject({ state: 'done', result: given.result, usage: given.usage, reserved: noResources, overrun: noResources });
      expect(entry).toMatchObject({ model: 'm', calls: given.calls, finishedAt: at(500) });
      expect(await store.getEffect('w0/vary0', 1)).toEqual(entry);
      expect(await budgets(store)).toEqual(thrice([0, 0, 1]));
      expect(await budgets(store, 'outputTokens')).toEqual(thrice([0, 0, 40]));
    });

    it('hands a recorded result to every attempt, and calls again what failed', async () => {
      const { store } = await open();
      const item = await running(store);
      await store.startEffect(effect(item), 1);
      const entry = await store.finishEffect(settlement('w0/vary0', 1));
      await store.startEffect(effect(item, { ordinal: 1 }), 1);
      const failure = { state: 'failed', code: 'LLM_UNAVAILABLE', usage: noResources } as const;
      const { result: _result, ...failing } = settlement('w0/vary1', 1, failure);
      const failed = await store.finishEffect(failing);
      expect(failed).toMatchObject({ state: 'failed', code: 'LLM_UNAVAILABLE', usage: noResources });
      expect(failed).not.toHaveProperty('result');
      await store.release('w0', 1, { delayMs: 0 });
      const again = await claimOne(store);
      expect(again.attempt).toBe(2);
      expect(await store.startEffect(effect(again), 2)).toEqual({ kind: 'recorded', entry });
      expect(await store.startEffect(effect(again, { ordinal: 1 }), 2)).toEqual({ kind: 'started', repeats: false });
      expect(await budgets(store)).toEqual(thrice([1, 0, 1]));
    });

    it('starts anew in the same attempt after a failure, keeping what the failed call cost', async () => {
      const { store } = await open();
      const item = await running(store);
      await store.startEffect(effect(item), 1);
      await store.finishEffect(settlement('w0/vary0', 1, { state: 'failed', usage: fill({ llmCalls: 1 }) }));
      expect(await store.startEffect(effect(item), 1)).toEqual({ kind: 'started', repeats: false });
      expect(await store.finishEffect(settlement('w0/vary0', 1))).toMatchObject({ state: 'done', usage: { llmCalls: 2 } });
      expect(await budgets(store)).toEqual(thrice([0, 0, 2]));
      expect((await store.listJournal({ sessionId: a }, { limit: 10 })).items).toHaveLength(1);
    });

    it('settles once: a settlement that is repeated changes nothing', async () => {
      const { store } = await open();
      const item = await running(store);
      await store.startEffect(effect(item), 1);
      const entry = await store.finishEffect(settlement('w0/vary0', 1));
      expect(await store.finishEffect(settlement('w0/vary0', 1, { state: 'failed', usage: fill({ llmCalls: 9 }) }))).toEqual(entry);
      expect(await budgets(store)).toEqual(thrice([0, 0, 1]));
      expect(await codeOfFailure(store.finishEffect(settlement('w0/vary0', 2)))).toBe('STORE_REFERENCE_UNKNOWN');
      expect(await codeOfFailure(store.finishEffect(settlement('unknown', 1)))).toBe('STORE_REFERENCE_UNKNOWN');
    });

    it('reports another request under the same id as diverged, whatever became of the first', async () => {
      const { store } = await open();
      const item = await running(store);
      await store.startEffect(effect(item), 1);
      const other = effect(item, { requestDigest: 'other' });
      expect(await codeOfFailure(store.startEffect(other, 1))).toBe('REPLAY_DIVERGED');
      await store.finishEffect(settlement('w0/vary0', 1));
      expect(await codeOfFailure(store.startEffect(other, 2))).toBe('REPLAY_DIVERGED');
      expect(await budgets(store)).toEqual(thrice([0, 0, 1]));
    });

    it('fences the start of an effect by an attempt that does not hold the item', async () => {
      const { store, advance } = await open();
      const item = await running(store);
      expect(await store.startEffect(effect(item), 2)).toEqual({ kind: 'fenced' });
      advance(3000);
      await claimOne(store, { worker: 'two', takeOver: true, running: ['w1'], mechanisms: ['explorer'], signalIds: [item.signalId] });
      expect(await store.startEffect(effect(item), 1)).toEqual({ kind: 'fenced' });
      expect(await store.getEffect('w0/vary0', 1)).toBeUndefined();
      expect(await budgets(store)).toEqual(thrice([0, 0, 0]));
    });

    it('refuses model calls and programs in a stopping session, not embeddings, and settles what is in flight', async () => {
      const { store } = await open();
      const item = await running(store);
      await store.startEffect(effect(item), 1);
      await store.stopSession(a, 'cancelled');
      const refused = { kind: 'refused', code: 'SESSION_STOPPED' };
      expect(await store.startEffect(effect(item, { name: 'judge' }), 1)).toEqual(refused);
      expect(await store.startEffect(effect(item, { name: 'judge' }), 1)).toEqual(refused);
      expect(await store.startEffect(effect(item, { name: 'run', kind: 'sandbox' }), 1)).toEqual(refused);
      expect(await store.getEffect('w0/judge0', 1)).toMatchObject({
        state: 'refused',
        code: 'SESSION_STOPPED',
        reserved: noResources,
        finishedAt: at(0),
      });
      expect(await store.startEffect(effect(item, { name: 'embed', kind: 'embed', reserve: { embeddings: 1 } }), 1)).toMatchObject({
        kind: 'started',
      });
      expect(await store.finishEffect(settlement('w0/vary0', 1))).toMatchObject({ state: 'done' });
      expect(await budgets(store)).toEqual(thrice([0, 0, 1]));
    });

    it('pages the journal by start, whole or of one item', async () => {
      const { store } = await open();
      const item = await running(store);
      const other = await claimOne(store);
      for (let i = 0; i < 3; i++) {
        await store.startEffect(effect(item, { ordinal: i }), 1);
        await store.startEffect(effect(other, { ordinal: i }), 1);
      }
      await store.finishEffect(settlement('w0/vary1', 1));
      const ids = (filter: Parameters<typeof store.listJournal>[0], limit: number) =>
        allPages((page) => store.listJournal(filter, page), limit).then((all) => all.map(({ effectId }) => effectId));
      const order = [0, 1, 2].flatMap((i) => [`w0/vary${i}`, `w1/vary${i}`]);
      for (const limit of [1, 4, 6, 7]) expect(await ids({ sessionId: a }, limit)).toEqual(order);
      expect(await ids({ sessionId: a, workId: 'w1' }, 2)).toEqual(['w1/vary0', 'w1/vary1', 'w1/vary2']);
    });

    it('keeps large results and requests whole', async () => {
      const { store } = await open();
      const item = await running(store);
      const result = { text: 'Ünïcode 😀 '.repeat(80_000), numbers: Array.from({ length: 1000 }, (_, i) => i / 7) };
      const request = { prompt: 'p'.repeat(600_000) };
      await store.startEffect(effect(item, { request }), 1);
      await store.finishEffect(settlement('w0/vary0', 1, { result }));
      const entry = await store.getEffect('w0/vary0', 1);
      expect(entry?.result).toEqual(result);
      expect(entry?.request).toEqual(request);
      const again = await store.startEffect(effect(item, { request }), 1);
      expect(again).toEqual({ kind: 'recorded', entry });
    });
  });

  describe('effects: lost workers', () => {
    async function takenOver(store: Store, advance: (ms: number) => void): Promise<WorkItem> {
      advance(3000);
      return claimOne(store, { worker: 'two', takeOver: true, running: ['w1'] });
    }

    it('turns the open reservations of a lost attempt into lost ones, which count against the limit', async () => {
      const { store, advance } = await open();
      const item = await running(store, { root: { llmCalls: 2 } });
      await store.startEffect(effect(item), 1);
      const next = await takenOver(store, advance);
      expect(await budgets(store)).toEqual(thrice([0, 1, 0]));
      expect(await store.getEffect('w0/vary0', 1)).toMatchObject({ state: 'lost', reserved: { llmCalls: 1 } });
      expect(await store.startEffect(effect(next), 2)).toEqual({ kind: 'started', repeats: true });
      expect(await budgets(store)).toEqual(thrice([1, 1, 0]));
      expect(await store.startEffect(effect(next, { ordinal: 1 }), 2)).toEqual({ kind: 'waits' });
      await store.finishEffect(settlement('w0/vary0', 2));
      expect(await store.startEffect(effect(next, { ordinal: 1 }), 2)).toEqual({
        kind: 'refused',
        code: 'BUDGET_EXHAUSTED',
        resource: 'llmCalls',
      });
    });

    it('does so too when an item that was given back with an effect in flight is claimed again', async () => {
      const { store } = await open();
      const item = await running(store);
      await store.startEffect(effect(item), 1);
      await store.release('w0', 1, { delayMs: 0 });
      expect(await budgets(store)).toEqual(thrice([1, 0, 0]));
      await claimOne(store);
      expect(await budgets(store)).toEqual(thrice([0, 1, 0]));
    });

    it('accepts a result of a lost attempt while there is none, out of what was lost', async () => {
      const { store, advance } = await open();
      const item = await running(store);
      await store.startEffect(effect(item), 1);
      const next = await takenOver(store, advance);
      await store.startEffect(effect(next), 2);
      const zombie = await store.finishEffect(settlement('w0/vary0', 1, { result: 'first' }));
      expect(zombie).toMatchObject({ state: 'done', attempt: 1, result: 'first' });
      expect(await budgets(store)).toEqual(thrice([1, 0, 1]));
      expect(await store.startEffect(effect(next), 2)).toEqual({ kind: 'recorded', entry: zombie });
    });

    it('adds only the usage of a later result: everybody goes on with the first', async () => {
      const { store, advance } = await open();
      const item = await running(store);
      await store.startEffect(effect(item), 1);
      const next = await takenOver(store, advance);
      await store.startEffect(effect(next), 2);
      const first = await store.finishEffect(settlement('w0/vary0', 2, { result: 'first' }));
      expect(await store.finishEffect(settlement('w0/vary0', 1, { result: 'second' }))).toEqual(first);
      expect(await budgets(store)).toEqual(thrice([0, 0, 2]));
      expect((await store.budgets(a)).map((budget) => budget.counted.llmCalls)).toEqual([1, 1, 1]);
      const late = await store.getEffect('w0/vary0', 1);
      expect(late).toMatchObject({ state: 'failed', usage: { llmCalls: 1 }, reserved: noResources });
      expect(late).not.toHaveProperty('result');
      await store.release('w0', 2, { delayMs: 0 });
      const third = await claimOne(store, { signalIds: [item.signalId], mechanisms: ['explorer'] });
      expect(await store.startEffect(effect(third), third.attempt)).toEqual({ kind: 'recorded', entry: first });
    });

    it('takes a result as usage alone when whoever holds the item now was refused the effect', async () => {
      const { store, advance } = await open();
      const item = await running(store, { root: { llmCalls: 1 } });
      await store.startEffect(effect(item), 1);
      const next = await takenOver(store, advance);
      const refused = { kind: 'refused', code: 'BUDGET_EXHAUSTED', resource: 'llmCalls' };
      expect(await store.startEffect(effect(next), 2)).toEqual(refused);
      expect(await store.finishEffect(settlement('w0/vary0', 1))).toMatchObject({ state: 'failed', code: 'EFFECT_ABORTED' });
      expect(await budgets(store)).toEqual(thrice([0, 0, 1]));
      expect((await store.budgets(a)).map((budget) => budget.counted.llmCalls)).toEqual([0, 0, 0]);
      expect(await store.startEffect(effect(next), 2)).toEqual(refused);
    });

    it('takes a result that comes after the item ended as usage alone', async () => {
      const { store, advance } = await open();
      const item = await running(store);
      await store.startEffect(effect(item), 1);
      const next = await takenOver(store, advance);
      await store.commit(step(next));
      expect(await store.finishEffect(settlement('w0/vary0', 1))).toMatchObject({ state: 'failed', code: 'EFFECT_ABORTED' });
      expect(await budgets(store)).toEqual(thrice([0, 0, 1]));
      expect((await store.budgets(a)).map((budget) => budget.counted.llmCalls)).toEqual([0, 0, 0]);
    });

    it('charges the extensions of a lost attempt to what was lost', async () => {
      const { store, advance } = await open();
      const item = await running(store);
      await store.startEffect(effect(item), 1);
      await takenOver(store, advance);
      const change = { ordinal: 0, spend: { llmCalls: 1 }, reserve: { llmCalls: 1 } };
      expect(await store.extendEffect('w0/vary0', 1, change)).toEqual({ kind: 'extended' });
      expect(await budgets(store)).toEqual(thrice([0, 1, 1]));
      await store.finishEffect(settlement('w0/vary0', 1, { usage: fill({ llmCalls: 1 }) }));
      expect(await budgets(store)).toEqual(thrice([0, 0, 2]));
    });
  });

  describe('effects: budgets', () => {
    const chain = [['root'], ['level'], ['frame']] as const;

    it.each(chain)('refuses at the limit of the %s, whose frame is then out of budget', async (where) => {
      const { store } = await open();
      const item = await running(store, { [where]: { llmCalls: 1 } });
      expect(await store.startEffect(effect(item, { ordinal: 0 }), 1)).toMatchObject({ kind: 'started' });
      await store.finishEffect(settlement('w0/vary0', 1));
      const refused = { kind: 'refused', code: 'BUDGET_EXHAUSTED', resource: 'llmCalls' };
      expect(await store.startEffect(effect(item, { ordinal: 1 }), 1)).toEqual(refused);
      expect(await store.startEffect(effect(item, { ordinal: 1 }), 1)).toEqual(refused);
      expect(await store.getEffect('w0/vary1', 1)).toMatchObject({ state: 'refused', code: 'BUDGET_EXHAUSTED' });
      expect(await budgets(store)).toEqual(thrice([0, 0, 1]));
      expect((await store.level(a, levelOf(a))).frames).toMatchObject([{ id: x0, refused: true, counted: { llmCalls: 1 } }]);
    });

    it.each(chain)('lets an effect wait where other reservations alone stand in the way at the %s', async (where) => {
      const { store } = await open();
      const item = await running(store, { [where]: { llmCalls: 1 } });
      await store.startEffect(effect(item), 1);
      const second = effect(item, { ordinal: 1 });
      expect(await store.startEffect(second, 1)).toEqual({ kind: 'waits' });
      expect(await store.getEffect(second.id, 1)).toBeUndefined();
      await store.finishEffect(settlement('w0/vary0', 1, { state: 'failed', usage: noResources }));
      expect(await store.startEffect(second, 1)).toMatchObject({ kind: 'started' });
      expect((await store.level(a, levelOf(a))).frames).toMatchObject([{ refused: false }]);
    });

    it('refuses rather than waits when one limit of the chain cannot be met', async () => {
      const { store } = await open();
      const item = await running(store, { root: { llmCalls: 1 }, frame: { outputTokens: 150 } });
      await store.startEffect(effect(item), 1);
      const need = { llmCalls: 1, outputTokens: 151 };
      expect(await store.startEffect(effect(item, { ordinal: 1, reserve: need }), 1)).toMatchObject({
        kind: 'refused',
        resource: 'outputTokens',
      });
    });

    it('takes what fits exactly, and ignores resources without a limit', async () => {
      const { store } = await open();
      const item = await running(store, { root: { llmCalls: 3 } });
      const reserve = { llmCalls: 3, inputTokens: 1e12 };
      expect(await store.startEffect(effect(item, { reserve }), 1)).toMatchObject({ kind: 'started' });
      expect(await store.startEffect(effect(item, { ordinal: 1, reserve: {} }), 1)).toMatchObject({ kind: 'started' });
      expect(await store.startEffect(effect(item, { ordinal: 2, reserve: { llmCalls: 0 } }), 1)).toMatchObject({ kind: 'started' });
    });

    it('never lets concurrent effects pass the limit', async () => {
      const { store } = await open();
      await store.createSession(
        creation({ limits: { llmCalls: 5 }, work: Array.from({ length: 16 }, (_, i) => work(a, `w${i}`)), policy: { maxParallel: 64 } }),
      );
      const claimed = await claimAll(store);
      const answers = await Promise.all(claimed.map(({ item }) => store.startEffect(effect(item), 1)));
      expect(answers.filter(({ kind }) => kind === 'started')).toHaveLength(5);
      expect(answers.filter(({ kind }) => kind === 'waits')).toHaveLength(11);
    });

    it('charges and reserves anew when an effect is extended, once per ordinal', async () => {
      const { store } = await open();
      const item = await running(store);
      await store.startEffect(effect(item), 1);
      const change = { ordinal: 0, spend: { llmCalls: 1, outputTokens: 30 }, reserve: { llmCalls: 1 } };
      for (let i = 0; i < 2; i++) {
        expect(await store.extendEffect('w0/vary0', 1, change)).toEqual({ kind: 'extended' });
        expect(await budgets(store)).toEqual(thrice([1, 0, 1]));
        expect(await budgets(store, 'outputTokens')).toEqual(thrice([70, 0, 30]));
      }
      const entry = await store.finishEffect(settlement('w0/vary0', 1, { usage: fill({ llmCalls: 1, outputTokens: 20 }) }));
      expect(entry.usage).toEqual(fill({ llmCalls: 2, outputTokens: 50 }));
      expect(await budgets(store, 'outputTokens')).toEqual(thrice([0, 0, 50]));
      expect(await codeOfFailure(store.extendEffect('w0/vary0', 1, { ...change, ordinal: 1 }))).toBe('STORE_REFERENCE_UNKNOWN');
      expect(await codeOfFailure(store.extendEffect('unknown', 1, change))).toBe('STORE_REFERENCE_UNKNOWN');
    });

    it('charges even where the extension is refused or waits, and grants it later under the same ordinal', async () => {
      const { store } = await open();
      const item = await running(store, { root: { llmCalls: 3 } });
      await store.startEffect(effect(item), 1);
      await store.startEffect(effect(item, { ordinal: 1, reserve: { llmCalls: 2 } }), 1);
      const change = { ordinal: 0, spend: { llmCalls: 1 }, reserve: { llmCalls: 2 } };
      expect(await store.extendEffect('w0/vary0', 1, change)).toEqual({ kind: 'waits' });
      expect(await store.extendEffect('w0/vary0', 1, change)).toEqual({ kind: 'waits' });
      expect(await budgets(store)).toEqual(thrice([2, 0, 1]));
      await store.finishEffect(settlement('w0/vary1', 1, { state: 'failed', usage: noResources }));
      expect(await store.extendEffect('w0/vary0', 1, change)).toEqual({ kind: 'extended' });
      expect(await budgets(store)).toEqual(thrice([2, 0, 1]));
      const more = { ordinal: 1, spend: { llmCalls: 2 }, reserve: { llmCalls: 1 } };
      expect(await store.extendEffect('w0/vary0', 1, more)).toEqual({ kind: 'refused', resource: 'llmCalls' });
      expect(await budgets(store)).toEqual(thrice([0, 0, 3]));
      expect((await store.level(a, levelOf(a))).frames).toMatchObject([{ refused: true }]);
    });

    it('tells what a provider took beyond the reservation, and charges it', async () => {
      const { store } = await open();
      const item = await running(store, { root: { outputTokens: 300 } });
      await store.startEffect(effect(item), 1);
      await store.startEffect(effect(item, { ordinal: 1 }), 1);
      await store.extendEffect('w0/vary0', 1, { ordinal: 0, spend: { outputTokens: 130 }, reserve: { outputTokens: 10 } });
      expect(await budgets(store, 'outputTokens')).toEqual(thrice([110, 0, 130]));
      const entry = await store.finishEffect(settlement('w0/vary0', 1, { usage: fill({ llmCalls: 1, outputTokens: 25 }) }));
      expect(entry).toMatchObject({ usage: { outputTokens: 155 }, overrun: { outputTokens: 45, llmCalls: 0 } });
      expect(await budgets(store, 'outputTokens')).toEqual(thrice([100, 0, 155]));
    });

    it('shows budgets of the frames asked for, or of all', async () => {
      const { store } = await open();
      await running(store, { level: { llmCalls: 7 } });
      expect((await store.budgets(a)).map(({ frameId }) => frameId)).toEqual([rootOf(a), levelOf(a), x0]);
      expect(await store.budgets(a, [levelOf(a), 'unknown'])).toEqual([
        {
          frameId: levelOf(a),
          limits: { llmCalls: 7 },
          reserved: noResources,
          lost: noResources,
          spent: noResources,
          counted: noResources,
        },
      ]);
      expect(await store.budgets(a, [])).toEqual([]);
    });

    it('leaves nothing reserved when an item ends whose effects are settled', async () => {
      const { store } = await open();
      const item = await running(store);
      await store.startEffect(effect(item), 1);
      await store.finishEffect(settlement('w0/vary0', 1));
      await store.commit(step(item));
      expect(await budgets(store)).toEqual(thrice([0, 0, 1]));
    });
  });
}
