import type { WorkItem } from '../../../domain/work.ts';
import type { Claimed, Store } from '../../../ports/store.ts';
import { encode } from '../encoding.ts';
import { workOf, type WorkRow } from '../rows.ts';
import { released } from '../rules/records.ts';
import type { Database, Sql } from './database.ts';

type ClaimRow = WorkRow & { readonly was_running: boolean; readonly stops: boolean };

const claimWork = `SELECT (c.item).*, c.was_running, c.stops FROM claim_work($1, $2, $3, $4, $5, $6, $7, $8, $9) c`;
// Rows are locked by id, so that two that renew never wait for each other.
const renew = `
  WITH standing AS (
    SELECT w.id FROM work w JOIN unnest($3::text[], $4::integer[]) AS a(id, attempt) ON w.id = a.id AND w.attempt = a.attempt
    WHERE w.owner = $2 AND w.state = 'running' ORDER BY w.id FOR NO KEY UPDATE OF w
  )
  UPDATE work SET lease_ms = store_now($1) + $5::bigint FROM standing WHERE work.id = standing.id RETURNING work.id, work.attempt`;

export function createClaims(db: Database): Pick<Store, 'claim' | 'renew' | 'release'> {
  return {
    async claim(request) {
      if (request.limit < 1) return [];
      const rows = await db.write<ClaimRow>(claimWork, [
        ...[db.now(), request.worker, request.mechanisms, request.limit, request.leaseMs, request.sessionId ?? null],
        ...[request.signalIds ?? null, request.takeOver, request.running],
      ]);
      return rows.map((row): Claimed => ({ item: workOf(row), takenOver: row.was_running, stopping: row.stops }));
    },
    async renew(worker, items, leaseMs) {
      if (items.length === 0) return { lost: [] };
      const renewed = await db.write<{ id: string; attempt: number }>(renew, [
        ...[db.now(), worker, items.map(({ workId }) => workId), items.map(({ attempt }) => attempt), leaseMs],
      ]);
      const stands = new Set(renewed.map(({ id, attempt }) => `${attempt} ${id}`));
      return { lost: items.filter(({ workId, attempt }) => !stands.has(`${attempt} ${workId}`)).map(({ workId }) => workId) };
    },
    release: (workId, attempt, how) =>
      db.transaction(async (sql) => {
        const nowMs = await lockSessionOf(sql, workId, db.now());
        const row = await sql.one<WorkRow>(`SELECT * FROM work WHERE id = $1 AND attempt = $2 AND state = 'running'`, [workId, attempt]);
        if (!row || nowMs === undefined) return false;
        const item = released(workOf(row), how, nowMs);
        await writeItem(sql, item);
        await sql.all('UPDATE sessions SET running = running - 1 WHERE id = $1', [item.sessionId]);
        return true;
      }),
  };
}

/** Locks the session of an item, and says the time; undefined if there is no such item. */
export async function lockSessionOf(sql: Sql, workId: string, now: number | null): Promise<number | undefined> {
  const row = await sql.one<{ ms: number }>(
    'SELECT store_now($2) AS ms FROM sessions WHERE id = (SELECT session_id FROM work WHERE id = $1) FOR NO KEY UPDATE',
    [workId, now],
  );
  return row?.ms;
}

/** Writes what moves of an item that is not ended. */
export async function writeItem(sql: Sql, item: WorkItem): Promise<void> {
  await sql.all(
    `UPDATE work SET state = $2, attempt = $3, failures = $4, crashes = $5, retries = $6, owner = $7, lease_ms = $8, ready_ms = $9,
       history = $10, ending = NULL, ended_ms = NULL WHERE id = $1`,
    [
      ...[item.id, item.state, item.attempt, item.failures, item.crashes, item.retries, item.owner ?? null],
      ...[item.leaseUntil === undefined ? null : Date.parse(item.leaseUntil), Date.parse(item.readyAt), encode(item.history)],
    ],
  );
}
