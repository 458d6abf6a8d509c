import type { Signal } from '../../../domain/signal.ts';
import type { StoreCalls } from '../calls.ts';
import type { Database } from './database.ts';
import { parse } from '../rows.ts';

const dayMs = 86_400_000;
const tablesOfSession = ['frames', 'budgets', 'ideas', 'assessments', 'vectors', 'traces', 'signals', 'work', 'journal', 'outbox'];

export function createRetention(db: Database): Pick<StoreCalls, 'outbox' | 'removeFromOutbox' | 'pruneJournal' | 'deleteSessions'> {
  return {
    outbox: (olderThanMs, limit) =>
      db
        .all<{ record: string }>(
          'SELECT s.record FROM outbox o JOIN signals s ON s.id = o.signal_id WHERE o.at_ms <= ? ORDER BY o.age LIMIT ?',
          [db.now() - olderThanMs, limit],
        )
        .map(({ record }) => parse<Signal>(record)),
    removeFromOutbox(signalIds) {
      db.run('DELETE FROM outbox WHERE signal_id IN (SELECT value FROM json_each(?))', [JSON.stringify(signalIds)]);
    },
    pruneJournal(limit) {
      const due = db.all<{ id: string }>('SELECT id FROM sessions WHERE prune_ms < ? ORDER BY prune_ms, age LIMIT ?', [db.now(), limit]);
      for (const { id } of due) {
        db.run('UPDATE journal SET request = NULL, result = NULL WHERE session_id = ?', [id]);
        db.run('UPDATE sessions SET prune_ms = NULL WHERE id = ?', [id]);
      }
      return due.length;
    },
    deleteSessions(olderThanDays, limit) {
      const due = db.all<{ id: string }>('SELECT id FROM sessions WHERE finished_ms < ? ORDER BY finished_ms, age LIMIT ?', [
        ...[db.now() - olderThanDays * dayMs, limit],
      ]);
      for (const { id } of due) {
        for (const table of tablesOfSession) db.run(`DELETE FROM ${table} WHERE session_id = ?`, [id]);
        db.run('DELETE FROM sessions WHERE id = ?', [id]);
      }
      return due.length;
    },
  };
}
