import type { StoreCalls } from '../calls.ts';
import { freeze } from './copies.ts';
import type { Database, SessionRow } from './database.ts';

const dayMs = 86_400_000;

export function createRetention(db: Database): Pick<StoreCalls, 'outbox' | 'removeFromOutbox' | 'pruneJournal' | 'deleteSessions'> {
  const finishedLongerAgo = (days: (row: SessionRow) => number): SessionRow[] =>
    [...db.sessions.values()]
      .filter((row) => row.session.finishedAt !== undefined)
      .map((row) => ({ row, due: Date.parse(row.session.finishedAt!) + days(row) * dayMs }))
      .filter(({ due }) => due < db.now())
      .sort((a, b) => a.due - b.due)
      .map(({ row }) => row);

  function forget(row: SessionRow): void {
    for (const { frame } of row.frames) db.frames.delete(frame.id);
    for (const { idea, assessments } of row.ideas) {
      db.ideas.delete(idea.id);
      for (const { assessment } of assessments) db.others.delete(assessment.id);
    }
    for (const { trace } of row.traces) db.others.delete(trace.id);
    for (const { item } of row.work) db.work.delete(item.id);
    for (const { row: entry } of row.journal) db.journal.delete(entry.entry.effectId);
    for (const signal of row.signals) {
      db.signals.delete(signal.id);
      db.outbox.delete(signal.id);
    }
    db.sessions.delete(row.session.id);
  }

  return {
    outbox: (olderThanMs, limit) =>
      [...db.outbox.values()]
        .filter(({ at }) => at <= db.now() - olderThanMs)
        .slice(0, limit)
        .map(({ signal }) => signal),
    removeFromOutbox(ids) {
      for (const id of ids) db.outbox.delete(id);
    },
    pruneJournal(limit) {
      const due = finishedLongerAgo((row) => row.session.policy.retention)
        .filter((row) => row.prunedAt === undefined)
        .slice(0, limit);
      for (const row of due) {
        row.prunedAt = db.now();
        for (const held of row.journal) {
          const { request: _request, result: _result, ...kept } = held.row.entry;
          held.row = freeze({ ...held.row, entry: kept });
        }
      }
      return due.length;
    },
    deleteSessions(olderThanDays, limit) {
      const due = finishedLongerAgo(() => olderThanDays).slice(0, limit);
      due.forEach(forget);
      return due.length;
    },
  };
}
