import { NireonError } from '../../../domain/errors.ts';
import type { Store } from '../../../ports/store.ts';
import { pageOf, rankOf } from '../paging.ts';
import { claim, release, renew } from './claims.ts';
import { commitStep, createSession, takeBack } from './commit.ts';
import { createDatabase } from './database.ts';
import { extendEffect, finishEffect, startEffect } from './effects.ts';
import { level, ranked, stats, visible } from './reads.ts';
import { keep, type SessionRow, type WorkRow } from './tables.ts';

export interface MemoryStoreOptions {
  /** Milliseconds since 1970: the store's clock. */
  readonly now: () => number;
  /** Whether signals are kept until the bus has them. */
  readonly outbox: boolean;
}

const dayMs = 86_400_000;

/** The whole store in one process's memory, for simulations and tests: every promise but durability. */
export function createMemoryStore(options: MemoryStoreOptions): Store {
  const db = createDatabase(options.now, options.outbox);
  let closed = false;

  /** A port call: a transaction of its own, since nothing in it waits. */
  const call =
    <A extends unknown[], T>(run: (...args: A) => T) =>
    async (...args: A): Promise<T> => {
      if (closed) throw new NireonError('STORE_CLOSED');
      return run(...args);
    };

  const sessionFinishedBefore = (ms: (row: SessionRow) => number) =>
    [...db.sessions.values()].filter((row) => row.session.finishedAt !== undefined && Date.parse(row.session.finishedAt) < ms(row));

  function deadWork(id: string): WorkRow {
    const work = db.work.get(id);
    if (!work || work.item.state !== 'dead' || work.dropped) throw new NireonError('WORK_UNKNOWN', `there is no dead work item ${id}`);
    return work;
  }

  /** Its level is open; in the root frame, its session is. An item that came dead has no input to run on. */
  function retryable({ item }: WorkRow): boolean {
    const open = item.levelFrameId === undefined ? undefined : db.frames.get(item.levelFrameId);
    return (
      item.attempt > 0 && db.session(item.sessionId).session.status === 'running' && (open === undefined || open.frame.status === 'active')
    );
  }

  function forget(row: SessionRow): void {
    for (const { frame } of row.frames) db.frames.delete(frame.id);
    for (const { idea } of row.ideas) db.ideas.delete(idea.id);
    for (const { item } of row.work) db.work.delete(item.id);
    for (const { entry } of row.journal) db.journal.delete(entry.effectId);
    for (const signal of row.signals) {
      db.signals.delete(signal.id);
      db.outbox.delete(signal.id);
    }
    db.sessions.delete(row.session.id);
  }

  return {
    name: 'memory',
    putBlob: call((key, content) => {
      if (!db.blobs.has(key)) db.blobs.set(key, content.slice());
      return db.blobs.get(key)!.slice();
    }),
    getBlob: call((key) => db.blobs.get(key)?.slice()),

    createSession: call((creation) => createSession(db, creation)),
    getSession: call((id) => {
      const row = db.sessions.get(id);
      return row ? keep(row.session) : undefined;
    }),
    listSessions: call((filter, page) => {
      const { status, label } = filter;
      const rows = [...db.sessions.values()]
        .map((row) => row.session)
        .filter((s) => (status === undefined || s.status === status) && (label === undefined || s.labels[label.key] === label.value))
        .sort((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt) || (a.id < b.id ? 1 : -1));
      const found = pageOf('sessions', rows, page, ['number', 'string'], (s) => [-Date.parse(s.createdAt), invert(s.id)]);
      return { ...found, items: found.items.map(keep) };
    }),
    stopSession: call((id, reason) => {
      const { session } = db.session(id);
      if (session.status !== 'running') return false;
      Object.assign(session, { status: 'stopping', reason });
      return true;
    }),
    stopOverdueSessions: call(() => {
      const overdue = [...db.sessions.values()].filter(
        ({ session }) => session.status === 'running' && Date.parse(session.deadlineAt) <= db.now(),
      );
      for (const { session } of overdue) Object.assign(session, { status: 'stopping', reason: 'deadline' });
      return overdue.map(({ session }) => session.id);
    }),

    claim: call((request) => claim(db, request)),
    renew: call((worker, items, leaseMs) => renew(db, worker, items, leaseMs)),
    release: call((workId, attempt, how) => release(db, workId, attempt, how)),
    counters: call((sessionId, levelFrameId) => {
      const { session } = db.session(sessionId);
      const open = levelFrameId === undefined ? undefined : db.frames.get(levelFrameId)?.frame.open;
      return { openWork: session.openWork, status: session.status, ...(open === undefined ? {} : { levelOpen: open }) };
    }),
    commit: call((step) => commitStep(db, step)),
    getWork: call((id) => {
      const work = db.work.get(id);
      return work ? keep(work.item) : undefined;
    }),
    listWork: call((sessionId, page) => {
      const found = pageOf('work', db.session(sessionId).work, page, ['number'], (w) => [w.age]);
      return { ...found, items: found.items.map(({ item }) => keep(item)) };
    }),
    listDead: call((filter, page) => {
      const rows = [...db.work.values()].filter(
        ({ item, dropped }) => item.state === 'dead' && !dropped && (filter.sessionId === undefined || item.sessionId === filter.sessionId),
      );
      const found = pageOf('dead', rows.reverse(), page, ['number'], (w) => [-w.age]);
      return { ...found, items: found.items.map((w) => ({ item: keep(w.item), retryable: retryable(w) })) };
    }),
    retryDead: call((id) => {
      const work = deadWork(id);
      if (!retryable(work)) throw new NireonError('LEVEL_CLOSED', `the level of work item ${id} is closed`);
      const { item } = work;
      const { code: _code, message: _message, outcome: _outcome, sight: _sight, endedAt: _endedAt, version: _version, ...kept } = item;
      work.item = { ...kept, state: 'ready', failures: 0, crashes: 0, retries: item.retries + 1, readyAt: db.time() };
      for (const row of db.session(item.sessionId).ideas) takeBack(db, row, id);
      work.readyMs = db.now();
      db.session(item.sessionId).session.openWork += 1;
      const open = item.levelFrameId === undefined ? undefined : db.frames.get(item.levelFrameId);
      if (open) open.frame.open = (open.frame.open ?? 0) + 1;
    }),
    dropDead: call((id) => {
      deadWork(id).dropped = true;
    }),

    startEffect: call((effect, attempt) => startEffect(db, effect, attempt)),
    extendEffect: call((effectId, attempt, change) => extendEffect(db, effectId, attempt, change)),
    finishEffect: call((settlement) => finishEffect(db, settlement)),
    getEffect: call((effectId, attempt) => {
      const row = (db.journal.get(effectId) ?? []).find(({ entry }) => entry.attempt === attempt);
      return row ? keep(row.entry) : undefined;
    }),
    listJournal: call((filter, page) => {
      const rows = db
        .session(filter.sessionId)
        .journal.map((row, index) => ({ row, index }))
        .filter(({ row }) => filter.workId === undefined || row.entry.workId === filter.workId);
      const found = pageOf('journal', rows, page, ['number'], ({ index }) => [index]);
      return { ...found, items: found.items.map(({ row }) => keep(row.entry)) };
    }),
    budgets: call((sessionId, frameIds) =>
      db
        .session(sessionId)
        .frames.filter(({ frame }) => frameIds === undefined || frameIds.includes(frame.id))
        .map(({ budget }) => keep(budget)),
    ),

    visible: call((sessionId, scope) => visible(db, sessionId, scope)),
    level: call((sessionId, levelFrameId) => level(db, sessionId, levelFrameId)),
    frames: call((sessionId, ids) =>
      db
        .session(sessionId)
        .frames.filter(({ frame }) => ids === undefined || ids.includes(frame.id))
        .map(({ frame }) => keep(frame)),
    ),
    listIdeas: call((sessionId, order, page) => {
      const rows = db
        .session(sessionId)
        .ideas.filter(({ idea }) => order.seeds || idea.method !== 'seed')
        .map((row) => ({ row, idea: ranked(row) }));
      if (order.sort === 'created') {
        const found = pageOf('ideas by created', rows, page, ['number'], ({ row }) => [row.age]);
        return { ...found, items: found.items.map(({ idea }) => idea) };
      }
      const keyed = rows.map(({ row, idea }) => ({ idea, key: rankOf(idea, row.age) }));
      keyed.sort((a, b) => a.key[0] - b.key[0] || a.key[1] - b.key[1] || a.key[2] - b.key[2]);
      const found = pageOf('ideas by trust', keyed, page, ['number', 'number', 'number'], ({ key }) => key);
      return { ...found, items: found.items.map(({ idea }) => idea) };
    }),
    getIdea: call((id) => {
      const row = db.ideas.get(id);
      if (!row) return undefined;
      const children = db.session(row.idea.sessionId).ideas.filter(({ idea }) => idea.parentIds.includes(id));
      const assessments = row.assessments.map((a) => a.assessment).sort((a, b) => a.revision - b.revision);
      return { idea: row.idea, assessments, children: children.map(({ idea }) => idea) };
    }),
    vectors: call((_sessionId, ideaIds) =>
      ideaIds.flatMap((id) => (db.ideas.get(id)?.vectors ?? []).map(({ vector }) => ({ ...vector, values: vector.values.slice() }))),
    ),
    traces: call((sessionId) => db.session(sessionId).traces.map(({ trace }) => trace)),
    signals: call((sessionId, afterSequence, limit) => db.session(sessionId).signals.slice(afterSequence, afterSequence + limit)),
    getSignal: call((id) => db.signals.get(id)),
    tally: call((sessionId) => ({ ...db.session(sessionId).session.tally })),
    stats: call(() => stats(db)),

    outbox: call((olderThanMs, limit) =>
      [...db.outbox.values()]
        .filter(({ at }) => at <= db.now() - olderThanMs)
        .slice(0, limit)
        .map(({ signal }) => signal),
    ),
    removeFromOutbox: call((ids) => {
      for (const id of ids) db.outbox.delete(id);
    }),

    pruneJournal: call((limit) => {
      const due = sessionFinishedBefore((row) => db.now() - row.session.policy.retention * dayMs)
        .filter((row) => row.prunedAt === undefined)
        .slice(0, limit);
      for (const row of due) {
        row.prunedAt = db.now();
        for (const { entry } of row.journal) {
          delete entry.request;
          delete entry.result;
        }
      }
      return due.length;
    }),
    deleteSessions: call((olderThanDays, limit) => {
      const due = sessionFinishedBefore(() => db.now() - olderThanDays * dayMs).slice(0, limit);
      due.forEach(forget);
      return due.length;
    }),
    health: call(() => ({ ok: true, detail: 'in memory', schemaVersion: 0 })),
    close: async () => {
      closed = true;
    },
  };
}

/** Turns the order of ids around, so that a rising key pages through them from the last. */
const invert = (id: string): string => Array.from({ length: id.length }, (_, i) => String.fromCharCode(0xffff - id.charCodeAt(i))).join('');
