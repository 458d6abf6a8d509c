import fc from 'fast-check';
import type { StepCommit } from '../../runtime/domain/step-commit.ts';
import type { WorkItem } from '../../runtime/domain/work.ts';
import type { Store } from '../../runtime/ports/store.ts';
import { fill } from '../../runtime/domain/resources.ts';
import { codeOf } from '../../runtime/domain/errors.ts';
import * as given from './store-records.ts';
import { allPages } from './store-world.ts';

/** One call of a random history; numbers pick among what the history has made so far. */
export type Move =
  | { readonly do: 'create'; readonly items: number; readonly maxParallel: number; readonly calls: number; readonly frameCalls: number }
  | { readonly do: 'claim'; readonly limit: number; readonly worker: number; readonly takeOver: boolean; readonly narrow: number }
  | { readonly do: 'advance'; readonly ms: number }
  | {
      readonly do: 'commit';
      readonly pick: number;
      readonly state: 'done' | 'dead' | 'stopped';
      readonly close: 'right' | 'wrong';
      readonly ideas: number;
      readonly work: number;
      readonly fault: number;
    }
  | { readonly do: 'release'; readonly pick: number; readonly delayMs: number; readonly fails: boolean }
  | { readonly do: 'renew'; readonly worker: number }
  | { readonly do: 'start'; readonly pick: number; readonly ordinal: number; readonly calls: number; readonly kind: number }
  | { readonly do: 'extend'; readonly pick: number; readonly ordinal: number; readonly calls: number }
  | { readonly do: 'finish'; readonly pick: number; readonly calls: number; readonly fails: boolean }
  | { readonly do: 'stop'; readonly pick: number }
  | { readonly do: 'dead'; readonly pick: number; readonly drop: boolean }
  | { readonly do: 'sweep' }
  | { readonly do: 'read'; readonly pick: number; readonly round: number; readonly fromRound: number; readonly limit: number }
  | { readonly do: 'retain'; readonly days: number; readonly limit: number };

const small = fc.nat({ max: 4 });
const pick = fc.nat({ max: 1000 });
const mostly = <T>(value: T, other: T): fc.Arbitrary<T> =>
  fc.oneof({ arbitrary: fc.constant(value), weight: 6 }, { arbitrary: fc.constant(other), weight: 1 });
const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('create' as const),
      items: fc.integer({ min: 1, max: 4 }),
      maxParallel: fc.integer({ min: 1, max: 3 }),
      calls: fc.integer({ min: 1, max: 8 }),
      frameCalls: small,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('claim' as const),
      limit: fc.integer({ min: 1, max: 4 }),
      worker: small,
      takeOver: fc.boolean(),
      narrow: fc.nat({ max: 9 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.constantFrom(0, 1, 999, 1000, 3000, 90_000_000) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      ...{ do: fc.constant('commit' as const), pick, ideas: fc.nat({ max: 2 }), work: fc.nat({ max: 2 }), fault: fc.nat({ max: 12 }) },
      state: fc.constantFrom('done', 'done', 'dead', 'stopped'),
      close: mostly<'right' | 'wrong'>('right', 'wrong'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('release' as const), pick, delayMs: fc.constantFrom(0, 1000), fails: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('renew' as const), worker: small }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('start' as const),
      pick,
      ordinal: fc.nat({ max: 1 }),
      calls: fc.nat({ max: 3 }),
      kind: fc.nat({ max: 5 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('extend' as const), pick, ordinal: fc.nat({ max: 1 }), calls: fc.nat({ max: 3 }) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('finish' as const), pick, calls: fc.nat({ max: 3 }), fails: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stop' as const), pick }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('dead' as const), pick, drop: mostly(false, true) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sweep' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      pick,
      round: fc.nat({ max: 4 }),
      fromRound: fc.nat({ max: 3 }),
      limit: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('retain' as const), days: fc.nat({ max: 1 }), limit: fc.integer({ min: 1, max: 2 }) }),
  },
);
const begun: readonly Move[] = [
  { do: 'create', items: 4, maxParallel: 3, calls: 6, frameCalls: 4 },
  { do: 'claim', limit: 2, worker: 0, takeOver: false, narrow: 0 },
];
export const histories = fc.array(move, { minLength: 10, maxLength: 80, size: 'max' }).map((moves) => [...begun, ...moves]);

/** What a call came to: its value, or the code it failed with. */
type Result = { readonly value: unknown } | { readonly code: string };

/** Plays a history on the stores side by side and hands each call's results to `compare`. All must agree, else the history itself forks. */
export async function play(
  moves: readonly Move[],
  stores: readonly Store[],
  clock: { ms: number },
  compare: (results: readonly Result[], call: string) => void,
): Promise<void> {
  const sessions: string[] = [];
  const held: WorkItem[] = [];
  const effects: { id: string; attempt: number }[] = [];
  const dead: string[] = [];
  let made = 0;

  async function all<T>(call: string, ask: (store: Store) => Promise<T>): Promise<T | undefined> {
    const results = await Promise.all(
      stores.map((store) =>
        ask(store).then(
          (value) => ({ value }),
          (error: unknown) => ({ code: (error as { code?: string }).code ?? codeOf(error) }),
        ),
      ),
    );
    compare(results, call);
    const [first] = results;
    return first && 'value' in first ? first.value : undefined;
  }
  const among = <T>(list: readonly T[], n: number): T | undefined => (list.length === 0 ? undefined : list[n % list.length]);

  for (const one of moves) {
    switch (one.do) {
      case 'create': {
        const id = `ses_${sessions.length}`;
        const frames = [given.exploration(id, 0, { limits: { llmCalls: one.frameCalls } }), given.exploration(id, 1)];
        const items = Array.from({ length: one.items }, (_, i) =>
          i === 3
            ? given.rootWork(id, `${id}/w${i}`)
            : given.work(id, `${id}/w${i}`, {
                frameId: `${given.levelOf(id)}/x${i % 2}`,
                priority: 100 - (i % 2),
                signalId: `${id}/s${i % 2}`,
              }),
        );
        const creation = given.creation({
          ...{ id, frames, work: items, limits: { llmCalls: one.calls } },
          policy: { maxParallel: one.maxParallel, retention: one.items % 2, deadlineMs: 60_000 * one.items },
        });
        await all('createSession', (store) => store.createSession(creation));
        sessions.push(id);
        break;
      }
      case 'claim': {
        const sessionId = among(sessions, one.narrow);
        const request = {
          ...{ worker: `worker${one.worker}`, limit: one.limit, leaseMs: 3000, takeOver: one.takeOver },
          mechanisms: one.narrow === 1 ? ['planner'] : ['explorer', 'planner'],
          running: one.narrow === 2 ? held.slice(0, 2).map(({ id }) => id) : [],
          ...(one.narrow === 3 && sessionId ? { sessionId } : {}),
          ...(one.narrow === 4 ? { signalIds: sessions.flatMap((id) => [`${id}/s1`, `${id}/next`]) } : {}),
        };
        for (const { item } of (await all('claim', (store) => store.claim(request))) ?? []) held.push(item);
        break;
      }
      case 'advance':
        clock.ms += one.ms;
        break;
      case 'commit': {
        const item = among(held, one.pick);
        if (!item) break;
        const step = await stepFor(item, one, stores[0]!, made++);
        const result = await all('commit', (store) => store.commit(step));
        if (result?.kind === 'applied' && step.state === 'dead') dead.push(item.id);
        break;
      }
      case 'release': {
        const item = among(held, one.pick);
        const failure = one.fails ? { failure: { code: 'LLM_BUSY', message: 'busy' } } : {};
        if (item) await all('release', (store) => store.release(item.id, item.attempt, { delayMs: one.delayMs, ...failure }));
        break;
      }
      case 'renew': {
        const items = held.slice(-4).map(({ id, attempt }) => ({ workId: id, attempt }));
        await all('renew', (store) => store.renew(`worker${one.worker}`, items, 3000));
        break;
      }
      case 'start': {
        const item = among(held, one.pick);
        if (!item) break;
        const kind = one.kind === 0 ? ('embed' as const) : ('llm' as const);
        const requestDigest = one.kind === 1 && one.ordinal === 1 ? 'other' : 'q';
        const effect = given.effect(item, { ordinal: one.ordinal, kind, requestDigest, reserve: { llmCalls: one.calls } });
        const answer = await all('startEffect', (store) => store.startEffect(effect, item.attempt));
        if (answer?.kind === 'started') effects.push({ id: effect.id, attempt: item.attempt });
        break;
      }
      case 'extend': {
        const effect = among(effects, one.pick);
        const change = { ordinal: one.ordinal, spend: { llmCalls: 1 }, reserve: { llmCalls: one.calls } };
        if (effect) await all('extendEffect', (store) => store.extendEffect(effect.id, effect.attempt, change));
        break;
      }
      case 'finish': {
        const effect = among(effects, one.pick);
        if (!effect) break;
        const usage = fill({ llmCalls: one.calls });
        const settlement = given.settlement(effect.id, effect.attempt, {
          usage,
          ...(one.fails ? { state: 'failed', code: 'LLM_UNAVAILABLE' } : {}),
        });
        await all('finishEffect', (store) => store.finishEffect(settlement));
        break;
      }
      case 'stop':
        await all('stopSession', (store) => store.stopSession(among(sessions, one.pick) ?? 'none', 'cancelled'));
        break;
      case 'dead': {
        const id = among(dead, one.pick);
        if (id) await all('dead', (store) => (one.drop ? store.dropDead(id) : store.retryDead(id)));
        break;
      }
      case 'sweep': {
        await all('stopOverdueSessions', (store) => store.stopOverdueSessions());
        const waiting = await all('outbox', (store) => store.outbox(500, 3));
        await all('removeFromOutbox', (store) => store.removeFromOutbox((waiting ?? []).map(({ id }) => id)));
        break;
      }
      case 'read': {
        const id = among(sessions, one.pick);
        if (!id) break;
        const chain = held.slice(-3).map(({ id: workId }) => workId);
        await all('visible', (store) => store.visible(id, { round: one.round, fromRound: one.fromRound, chain }));
        await all('level', (store) => store.level(id, given.levelOf(id, Math.max(1, one.round))));
        await all('counters', (store) => store.counters(id, given.levelOf(id)));
        for (const sort of ['trust', 'created'] as const) {
          await all('listIdeas', (store) => allPages((page) => store.listIdeas(id, { sort, seeds: one.round % 2 === 0 }, page), one.limit));
        }
        await all('listDead', (store) => allPages((page) => store.listDead({}, page), one.limit));
        break;
      }
      case 'retain':
        await all('pruneJournal', (store) => store.pruneJournal(one.limit));
        await all('deleteSessions', (store) => store.deleteSessions(one.days, one.limit));
        break;
    }
  }
  await all('listSessions', (store) => allPages((page) => store.listSessions({}, page), 2));
  await all('stats', (store) => store.stats());
  for (const id of sessions) {
    await all('listWork', (store) => allPages((page) => store.listWork(id, page), 3));
    await all('listJournal', (store) => allPages((page) => store.listJournal({ sessionId: id }, page), 3));
    await all('signals', (store) => store.signals(id, 0, 1000));
    await all('frames', (store) => store.frames(id));
    await all('budgets', (store) => store.budgets(id));
    await all('traces', (store) => store.traces(id));
    await all('visible', (store) => store.visible(id, { round: 100, fromRound: 0, chain: [] }));
    await all('getIdea', (store) => store.getIdea(`${id}/seed`));
  }
}

/** A commit for the item as a worker would build it from the counters, or one with a fault. */
async function stepFor(item: WorkItem, one: Move & { do: 'commit' }, store: Store, n: number): Promise<StepCommit> {
  const { id, sessionId } = item;
  const counters = await store.counters(sessionId, item.levelFrameId).catch(() => ({ openWork: 1, levelOpen: 1, status: 'running' }));
  const running = counters.status === 'running';
  const ideas = Array.from({ length: one.state === 'done' ? one.ideas : 0 }, (_, i) =>
    given.idea(sessionId, `${id}/i${n}${i}`, {
      ...{ workId: id, frameId: item.frameId, round: item.round, index: i, parentIds: [one.fault === 1 ? 'nobody' : `${sessionId}/seed`] },
    }),
  );
  const assessments = [
    ...ideas.map((idea, i) => given.assessment(idea.id, `${idea.id}/a`, { workId: id, trust: (n * 7 + i) % 10, stable: n % 3 === 0 })),
    ...(one.fault === 3 ? [given.unscored(`${sessionId}/seed`, `${id}/dead${n}`, { workId: id, revision: 1 + (n % 2) })] : []),
  ];
  const count = one.state === 'done' && (running || one.fault === 4) ? one.work : 0;
  const next = Array.from({ length: count }, (_, i) =>
    i === 1
      ? given.rootWork(sessionId, `${id}/r${n}`, { round: item.round + 1 })
      : {
          ...given.work(sessionId, `${id}/n${n}${i}`, {
            frameId: item.frameId,
            round: item.round,
            chain: [...item.chain, id],
            signalId: `${sessionId}/next`,
          }),
          ...level(item),
        },
  );
  const inLevel = next.filter((w) => w.levelFrameId === item.levelFrameId).length;
  const levelOpen = item.levelFrameId === undefined ? undefined : (counters.levelOpen ?? 0) - 1 + inLevel;
  const wrong = one.close === 'wrong';
  const closesNow = (levelOpen === 0) !== wrong && item.levelFrameId !== undefined;
  const endsNow = (counters.openWork - 1 + next.length === 0) !== wrong;
  const { signal, ...silent } = given.closes(sessionId, { levelFrameId: item.levelFrameId ?? 'none' });
  return given.step(item, {
    ...{ state: one.state, ideas, assessments, work: one.state === 'done' ? next : [] },
    vectors: ideas.map((idea, i) => given.vector(idea.id, [n, i])),
    outcome: { result: 'explored', ...(one.state === 'done' ? { nearDuplicates: n % 2 } : {}) },
    traces: one.fault === 5 ? [given.trace(sessionId, `${id}/t${n}`)] : [],
    frames: one.fault === 6 ? [given.exploration(sessionId, 5, { id: `${id}/f${n}`, ordinal: n % 3 })] : [],
    signals: [given.deadSignal(sessionId, one.fault === 2 ? `${sessionId}/seed0` : `${id}/s${n}`)],
    ...(one.state === 'dead' ? { code: 'WORK_FAILED', message: 'no' } : {}),
    ...(closesNow
      ? { closes: running && signal ? { ...silent, signal: { ...signal, id: `${item.levelFrameId}/assessed` } } : silent }
      : {}),
    ...(endsNow ? { ends: given.ends(sessionId, { reason: running ? 'failed' : 'cancelled' }) } : {}),
  });
}
const level = (item: WorkItem): { levelFrameId?: string } => (item.levelFrameId === undefined ? {} : { levelFrameId: item.levelFrameId });
