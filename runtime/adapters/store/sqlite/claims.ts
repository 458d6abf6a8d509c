import type { WorkItem } from '../../../domain/work.ts';
import type { Claimed, ClaimRequest } from '../../../ports/store.ts';
import type { StoreCalls } from '../calls.ts';
import { encode } from '../encoding.ts';
import { compareKeys } from '../paging.ts';
import { released, taken } from '../rules/records.ts';
import type { Database } from './database.ts';
import { loseReservations } from './effects.ts';
import { workOf, type WorkRow } from '../rows.ts';

/** An item that may be handed out, with its place in the order of claims. */
interface Candidate {
  readonly running: number;
  readonly served: number;
  readonly session_age: number;
  readonly priority: number;
  readonly age: number;
}
const columns = 's.running, s.served, s.age AS session_age, w.priority, w.age';
const order = 'ORDER BY s.running, s.served, s.age, w.priority, w.age LIMIT 1';
const wanted = `(:session IS NULL OR s.id = :session)
  AND (s.status = 'stopping' OR w.mechanism IN (SELECT value FROM json_each(:mechanisms)))
  AND w.id NOT IN (SELECT value FROM json_each(:running))`;
const due = `w.state = 'ready' AND w.ready_ms <= :now AND s.running < s.max_parallel`;
const expired = `w.state = 'running' AND w.lease_ms <= :now`;

// The named indexes give the order of claims without sorting: the first row found is the one.
const nextReady = `SELECT ${columns}
  FROM sessions s INDEXED BY sessions_claim CROSS JOIN work w INDEXED BY work_ready ON w.session_id = s.id
  WHERE s.status <> 'finished' AND s.open_work > s.running AND ${due} AND ${wanted} ${order}`;
const nextExpired = `SELECT ${columns}
  FROM work w INDEXED BY work_lease CROSS JOIN sessions s ON s.id = w.session_id
  WHERE ${expired} AND ${wanted} ${order}`;
const nextOfSignals = `SELECT ${columns}
  FROM json_each(:signals) g CROSS JOIN work w INDEXED BY work_signal ON w.signal_id = g.value AND w.state IN ('ready', 'running')
    CROSS JOIN sessions s ON s.id = w.session_id
  WHERE ((${due}) OR (:takeOver AND ${expired})) AND ${wanted} ${order}`;

export function createClaims(db: Database): Pick<StoreCalls, 'claim' | 'renew' | 'release'> {
  function next(request: ClaimRequest, own: readonly string[]): Candidate | undefined {
    const names = {
      session: request.sessionId ?? null,
      mechanisms: JSON.stringify(request.mechanisms),
      running: JSON.stringify(own),
      now: db.now(),
    };
    if (request.signalIds) {
      return db.one<Candidate>(nextOfSignals, { ...names, signals: JSON.stringify(request.signalIds), takeOver: request.takeOver ? 1 : 0 });
    }
    const ready = db.one<Candidate>(nextReady, names);
    const lost = request.takeOver ? db.one<Candidate>(nextExpired, names) : undefined;
    return ready && lost ? (compareKeys(keyOf(ready), keyOf(lost)) < 0 ? ready : lost) : (ready ?? lost);
  }

  function take(request: ClaimRequest, age: number): Claimed {
    const item = workOf(db.one<WorkRow>('SELECT * FROM work WHERE age = ?', [age])!);
    const takenOver = item.state === 'running';
    const next = taken(item, request, db.now());
    writeItem(db, next);
    const { status } = db.one<{ status: string }>('UPDATE sessions SET running = running + ?, served = ? WHERE id = ? RETURNING status', [
      ...[takenOver ? 0 : 1, db.nextServed(), item.sessionId],
    ])!;
    loseReservations(db, item.id, next.attempt);
    return { item: next, takenOver, stopping: status !== 'running' };
  }

  return {
    claim(request) {
      const own = [...request.running];
      const claimed: Claimed[] = [];
      while (claimed.length < request.limit) {
        const found = next(request, own);
        if (!found) break;
        const one = take(request, found.age);
        claimed.push(one);
        own.push(one.item.id);
      }
      return claimed;
    },
    renew(worker, items, leaseMs) {
      const stands = ({ workId, attempt }: (typeof items)[number]): boolean =>
        db.run(`UPDATE work SET lease_ms = ? WHERE id = ? AND attempt = ? AND owner = ? AND state = 'running'`, [
          ...[db.now() + leaseMs, workId, attempt, worker],
        ]) > 0;
      return { lost: items.filter((item) => !stands(item)).map(({ workId }) => workId) };
    },
    release(workId, attempt, how) {
      const row = db.one<WorkRow>(`SELECT * FROM work WHERE id = ? AND attempt = ? AND state = 'running'`, [workId, attempt]);
      if (!row) return false;
      const item = released(workOf(row), how, db.now());
      writeItem(db, item);
      db.run('UPDATE sessions SET running = running - 1 WHERE id = ?', [item.sessionId]);
      return true;
    },
  };
}

const keyOf = (c: Candidate): number[] => [c.running, c.served, c.session_age, c.priority, c.age];

/** Writes what moves of an item that is not ended. */
export function writeItem(db: Database, item: WorkItem): void {
  db.run(
    `UPDATE work SET state = ?, attempt = ?, failures = ?, crashes = ?, retries = ?, owner = ?, lease_ms = ?, ready_ms = ?, history = ?,
       ending = NULL, ended_ms = NULL WHERE id = ?`,
    [
      ...[item.state, item.attempt, item.failures, item.crashes, item.retries, item.owner ?? null],
      ...[item.leaseUntil === undefined ? null : Date.parse(item.leaseUntil), Date.parse(item.readyAt), encode(item.history), item.id],
    ],
  );
}
