import { newest } from '../../../domain/assessment.ts';
import { NireonError } from '../../../domain/errors.ts';
import { noResources } from '../../../domain/resources.ts';
import type { NewFrame } from '../../../domain/frame.ts';
import type { Idea } from '../../../domain/idea.ts';
import type { Session } from '../../../domain/session.ts';
import type { NewSignal, Signal } from '../../../domain/signal.ts';
import type { NewWork } from '../../../domain/work.ts';
import type { StoreCalls } from '../calls.ts';
import { compareKeys, keyAfter, pageFrom, pages } from '../paging.ts';
import { recounted } from '../rules/commit.ts';
import { byText } from '../rules/order.ts';
import { newFrame, newSession, newWork } from '../rules/records.ts';
import { freeze, keep } from './copies.ts';
import type { Database, IdeaRow, SessionRow } from './database.ts';

export const amend = (row: SessionRow, change: Partial<Session>): void => {
  row.session = freeze({ ...row.session, ...change });
};

/** Adds to the items of a level that are not ended. */
export function openLevel(db: Database, levelFrameId: string | undefined, by: number): void {
  const level = levelFrameId === undefined ? undefined : db.frames.get(levelFrameId);
  if (level) level.frame = freeze({ ...level.frame, open: (level.frame.open ?? 0) + by });
}

export function addFrames(db: Database, row: SessionRow, frames: readonly NewFrame[]): void {
  for (const given of frames) {
    const frame = freeze(newFrame(given));
    const levelId = frame.kind === 'level' ? frame.id : frame.parentId === undefined ? undefined : db.frames.get(frame.parentId)?.levelId;
    const budget = freeze({
      frameId: frame.id,
      limits: given.limits,
      reserved: noResources,
      lost: noResources,
      spent: noResources,
      counted: noResources,
    });
    const made = { frame, levelId, budget, refused: false };
    db.frames.set(frame.id, made);
    row.frames.push(made);
    if (frame.kind === 'level') amend(row, { round: Math.max(row.session.round, frame.round) });
  }
}

export function addIdea(db: Database, row: SessionRow, idea: Idea): void {
  const made: IdeaRow = { idea: freeze(idea), age: db.nextAge(), assessments: [], vectors: [] };
  db.ideas.set(idea.id, made);
  row.ideas.push(made);
  if (idea.method !== 'seed') amend(row, { tally: { ...row.session.tally, ideas: row.session.tally.ideas + 1 } });
}

/** Changes an idea's assessments and keeps the session's tally right. */
export function reassess(row: SessionRow, { assessments }: IdeaRow, change: (list: IdeaRow['assessments']) => void): void {
  const before = newest(assessments.map((a) => a.assessment));
  change(assessments);
  const after = newest(assessments.map((a) => a.assessment));
  amend(row, { tally: recounted(row.session.tally, before, after) });
}

export function addWork(db: Database, row: SessionRow, work: readonly NewWork[]): void {
  for (const one of work) {
    const item = freeze(newWork(one, db.now()));
    const made = { item, age: db.nextAge(), dropped: false, readyMs: db.now(), leaseMs: 0, journal: [] };
    db.work.set(item.id, made);
    row.work.push(made);
    if (item.state === 'dead') continue;
    row.open.add(made);
    amend(row, { openWork: row.session.openWork + 1 });
    openLevel(db, item.levelFrameId, 1);
  }
}

export function addSignals(db: Database, row: SessionRow, signals: readonly NewSignal[]): Signal[] {
  return signals.map((given) => {
    const sequence = row.session.sequence + 1;
    amend(row, { sequence });
    const signal = freeze({ ...given, sequence });
    row.signals.push(signal);
    db.signals.set(signal.id, signal);
    if (db.keepsOutbox) db.outbox.set(signal.id, { signal, at: db.now() });
    return signal;
  });
}

export function createSessions(
  db: Database,
): Pick<StoreCalls, 'createSession' | 'getSession' | 'listSessions' | 'stopSession' | 'stopOverdueSessions' | 'counters' | 'tally'> {
  return {
    createSession(given) {
      const { id } = given.session;
      const existing = db.sessions.get(id);
      if (existing) {
        if (existing.requestDigest === given.requestDigest) return { created: false, session: existing.session, signals: [] };
        throw new NireonError('SESSION_CONFLICT', `session ${id} exists with another request; choose another id`);
      }
      const { requestDigest, ...creation } = keep(given);
      const session = freeze(newSession({ requestDigest, ...creation }, db.now()));
      const row: SessionRow = {
        ...{ session, age: db.nextAge(), requestDigest, running: 0, servedAt: 0, open: new Set() },
        ...{ work: [], signals: [], ideas: [], frames: [], traces: [], journal: [] },
      };
      db.sessions.set(id, row);
      addFrames(db, row, creation.frames);
      for (const idea of creation.ideas) addIdea(db, row, { ...idea, createdAt: db.time() });
      addWork(db, row, creation.work);
      const timed = creation.signals.map((signal) => ({ ...signal, time: db.time() }));
      const signals = addSignals(db, row, timed);
      return { created: true, session: row.session, signals };
    },
    getSession: (id) => db.sessions.get(id)?.session,
    listSessions(filter, page) {
      const paged = pages.sessions(filter);
      const after = keyAfter(paged, page.cursor);
      const { status, label } = filter;
      const rows = [...db.sessions.values()]
        .map(({ session }) => ({ session, key: [Date.parse(session.createdAt), session.id] as const }))
        .filter(({ session }) => status === undefined || session.status === status)
        .filter(({ session: { labels } }) => label === undefined || (Object.hasOwn(labels, label.key) && labels[label.key] === label.value))
        .filter(({ key }) => !after || compareKeys(key, after) < 0)
        .sort((a, b) => b.key[0] - a.key[0] || byText(b.key[1], a.key[1]));
      return pageFrom(paged, rows, page, { key: ({ key }) => key, item: ({ session }) => session });
    },
    stopSession(id, reason) {
      const row = db.session(id);
      if (row.session.status !== 'running') return false;
      amend(row, { status: 'stopping', reason });
      return true;
    },
    stopOverdueSessions() {
      const overdue = [...db.sessions.values()].filter(
        ({ session }) => session.status === 'running' && Date.parse(session.deadlineAt) <= db.now(),
      );
      for (const row of overdue) amend(row, { status: 'stopping', reason: 'deadline' });
      return overdue.map(({ session }) => session.id);
    },
    counters(sessionId, levelFrameId) {
      const { session } = db.session(sessionId);
      const open = levelFrameId === undefined ? undefined : db.frames.get(levelFrameId)?.frame.open;
      return { openWork: session.openWork, status: session.status, ...(open === undefined ? {} : { levelOpen: open }) };
    },
    tally: (sessionId) => db.session(sessionId).session.tally,
  };
}
