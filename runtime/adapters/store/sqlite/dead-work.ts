import { NireonError } from '../../../domain/errors.ts';
import type { StoreCalls } from '../calls.ts';
import { keyAfter, pageFrom, pages } from '../paging.ts';
import { retried } from '../rules/records.ts';
import { writeItem } from './claims.ts';
import type { Database } from './database.ts';
import { deleteAssessments, openLevel, writeCounters } from './inserts.ts';
import { moving, movingOf, workOf, type MovingRow, type WorkRow } from '../rows.ts';

type DeadRow = WorkRow & { age: number; retryable: 0 | 1 };

// Its level is open; in the root frame, its session runs. An item that came dead has no input to run on.
const dead = `SELECT w.*, w.attempt > 0 AND s.status = 'running' AND coalesce(f.status, 'active') = 'active' AS retryable
  FROM work w JOIN sessions s ON s.id = w.session_id LEFT JOIN frames f ON f.id = w.level_id
  WHERE w.state = 'dead' AND w.dropped = 0`;

export function createDeadWork(db: Database): Pick<StoreCalls, 'listDead' | 'retryDead' | 'dropDead'> {
  function deadRow(id: string): DeadRow {
    const row = db.one<DeadRow>(`${dead} AND w.id = ?`, [id]);
    if (!row) throw new NireonError('WORK_UNKNOWN', `there is no dead work item ${id}`);
    return row;
  }
  return {
    listDead(filter, page) {
      const paged = pages.dead(filter);
      const [age] = keyAfter(paged, page.cursor) ?? [Infinity];
      const rows = db.all<DeadRow>(
        `${dead} AND w.age < :age AND (:session IS NULL OR w.session_id = :session) ORDER BY w.age DESC LIMIT :limit`,
        { age: age!, session: filter.sessionId ?? null, limit: page.limit + 1 },
      );
      return pageFrom(paged, rows, page, {
        key: (row) => [row.age],
        item: (row) => ({ item: workOf(row), retryable: row.retryable === 1 }),
      });
    },
    retryDead(id) {
      const row = deadRow(id);
      if (row.retryable === 0) throw new NireonError('LEVEL_CLOSED', `the level of work item ${id} is closed`);
      const item = retried(workOf(row), db.now());
      writeItem(db, item);
      const { round, openWork, sequence, tally } = movingOf(
        db.one<MovingRow>(`SELECT ${moving} FROM sessions WHERE id = ?`, [item.sessionId])!,
      );
      const counters = { round, openWork: openWork + 1, sequence, tally };
      openLevel(db, item.levelFrameId ?? null, 1);
      deleteAssessments(db, counters, item.sessionId, id);
      writeCounters(db, item.sessionId, counters);
    },
    dropDead(id) {
      deadRow(id);
      db.run('UPDATE work SET dropped = 1 WHERE id = ?', [id]);
    },
  };
}
