import type { Store } from '../../../ports/store.ts';
import type { Database } from './database.ts';
import { signalOf, type SignalRow } from './reads.ts';

const dayMs = 86_400_000;
const tablesOfSession = ['frames', 'budgets', 'ideas', 'assessments', 'vectors', 'traces', 'signals', 'work', 'journal', 'outbox'];
// What another process is at is left to it.
const due = (column: 'prune_ms' | 'finished_ms'): string =>
  `SELECT id FROM sessions WHERE ${column} < store_now($1) - $2::bigint ORDER BY ${column}, age LIMIT $3 FOR UPDATE SKIP LOCKED`;

export function createRetention(db: Database): Pick<Store, 'outbox' | 'removeFromOutbox' | 'pruneJournal' | 'deleteSessions'> {
  return {
    async outbox(olderThanMs, limit) {
      const rows = await db.all<SignalRow>(
        `SELECT s.record, s.sequence FROM outbox o JOIN signals s ON s.id = o.signal_id
         WHERE o.at_ms <= store_now($1) - $2::bigint ORDER BY o.age LIMIT $3`,
        [db.now(), olderThanMs, limit],
      );
      return rows.map(signalOf);
    },
    async removeFromOutbox(signalIds) {
      if (signalIds.length > 0) await db.write('DELETE FROM outbox WHERE signal_id = ANY ($1)', [signalIds]);
    },
    pruneJournal: (limit) =>
      db.transaction(async (sql) => {
        const ids = (await sql.all<{ id: string }>(due('prune_ms'), [db.now(), 0, limit])).map(({ id }) => id);
        await sql.all('UPDATE journal SET request = NULL, result = NULL WHERE session_id = ANY ($1)', [ids]);
        await sql.all('UPDATE sessions SET prune_ms = NULL WHERE id = ANY ($1)', [ids]);
        return ids.length;
      }),
    deleteSessions: (olderThanDays, limit) =>
      db.transaction(async (sql) => {
        const ids = (await sql.all<{ id: string }>(due('finished_ms'), [db.now(), olderThanDays * dayMs, limit])).map(({ id }) => id);
        for (const table of tablesOfSession) await sql.all(`DELETE FROM ${table} WHERE session_id = ANY ($1)`, [ids]);
        await sql.all('DELETE FROM sessions WHERE id = ANY ($1)', [ids]);
        return ids.length;
      }),
  };
}
