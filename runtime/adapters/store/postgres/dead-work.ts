import { NireonError } from '../../../domain/errors.ts';
import type { Store } from '../../../ports/store.ts';
import { keyAfter, pageFrom, pages } from '../paging.ts';
import { workOf, type WorkRow } from '../rows.ts';
import { retried } from '../rules/records.ts';
import { lockSessionOf, writeItem } from './claims.ts';
import type { Database, Sql } from './database.ts';

type DeadRow = WorkRow & { readonly age: number; readonly retryable: boolean };

// Its level is open; in the root frame, its session runs. An item that came dead has no input to run on.
const dead = `SELECT w.*, w.attempt > 0 AND s.status = 'running' AND coalesce(f.status, 'active') = 'active' AS retryable
  FROM work w JOIN sessions s ON s.id = w.session_id LEFT JOIN frames f ON f.id = w.level_id
  WHERE w.state = 'dead' AND NOT w.dropped`;

/** Takes back the assessments that an item's death left. */
const takeBack = `
  WITH left_behind AS (SELECT array_agg(DISTINCT idea_id) AS ideas FROM assessments WHERE session_id = $1 AND work_id = $2),
    changes AS (SELECT r.* FROM left_behind l, rank_ideas(l.ideas, $2) r)
  UPDATE sessions SET open_work = open_work + 1, scored = sessions.scored + c.scored, unscored = sessions.unscored + c.unscored,
    stable = sessions.stable + c.stable
  FROM changes c WHERE id = $1`;

export function createDeadWork(db: Database): Pick<Store, 'listDead' | 'retryDead' | 'dropDead'> {
  async function locked(sql: Sql, id: string): Promise<{ row: DeadRow; nowMs: number }> {
    const nowMs = await lockSessionOf(sql, id, db.now());
    const row = await sql.one<DeadRow>(`${dead} AND w.id = $1`, [id]);
    if (!row || nowMs === undefined) throw new NireonError('WORK_UNKNOWN', `there is no dead work item ${id}`);
    return { row, nowMs };
  }
  return {
    async listDead(filter, page) {
      const paged = pages.dead(filter);
      const [age] = keyAfter(paged, page.cursor) ?? [Number.MAX_SAFE_INTEGER];
      const rows = await db.all<DeadRow>(
        `${dead} AND w.age < $1 AND ($2::text IS NULL OR w.session_id = $2) ORDER BY w.age DESC LIMIT $3`,
        [age, filter.sessionId ?? null, page.limit + 1],
      );
      return pageFrom(paged, rows, page, { key: (row) => [row.age], item: (row) => ({ item: workOf(row), retryable: row.retryable }) });
    },
    retryDead: (id) =>
      db.transaction(async (sql) => {
        const { row, nowMs } = await locked(sql, id);
        if (!row.retryable) throw new NireonError('LEVEL_CLOSED', `the level of work item ${id} is closed`);
        const item = retried(workOf(row), nowMs);
        await writeItem(sql, item);
        await sql.all('UPDATE frames SET open = open + 1 WHERE id = $1', [item.levelFrameId ?? null]);
        await sql.all(takeBack, [item.sessionId, id]);
        await sql.all('DELETE FROM assessments WHERE session_id = $1 AND work_id = $2', [item.sessionId, id]);
      }),
    dropDead: (id) =>
      db.transaction(async (sql) => {
        await locked(sql, id);
        await sql.all('UPDATE work SET dropped = true WHERE id = $1', [id]);
      }),
  };
}
