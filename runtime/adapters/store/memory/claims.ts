import type { Claimed, ClaimRequest } from '../../../ports/store.ts';
import type { StoreCalls } from '../calls.ts';
import { loseReservation } from '../rules/journal.ts';
import { iso, released, taken } from '../rules/records.ts';
import { freeze } from './copies.ts';
import type { Database, SessionRow, WorkRow } from './database.ts';
import { write } from './effects.ts';

export function createClaims(db: Database): Pick<StoreCalls, 'claim' | 'renew' | 'release'> {
  /** Hands out items: sessions by fewest running, then longest since last served; within one by priority, then age. */
  function claim(request: ClaimRequest): Claimed[] {
    const own = new Set(request.running);
    const claimed: Claimed[] = [];
    while (claimed.length < request.limit) {
      const next = nextItem(request, own);
      if (!next) break;
      claimed.push(take(request, next.row, next.work));
      own.add(next.work.item.id);
    }
    return claimed;
  }

  function nextItem(request: ClaimRequest, own: ReadonlySet<string>): { row: SessionRow; work: WorkRow } | undefined {
    const sessions = [...db.sessions.values()]
      .filter((row) => row.open.size > 0 && (request.sessionId === undefined || row.session.id === request.sessionId))
      .sort((a, b) => a.running - b.running || a.servedAt - b.servedAt || a.age - b.age);
    for (const row of sessions) {
      let best: WorkRow | undefined;
      for (const work of row.open) {
        if (claimable(request, row, work, own) && (!best || isBefore(work, best))) best = work;
      }
      if (best) return { row, work: best };
    }
    return undefined;
  }

  function claimable(request: ClaimRequest, row: SessionRow, { item, readyMs, leaseMs }: WorkRow, own: ReadonlySet<string>): boolean {
    if (own.has(item.id) || (request.signalIds && !request.signalIds.includes(item.signalId))) return false;
    if (row.session.status === 'running' && !request.mechanisms.includes(item.mechanism)) return false;
    // An expired item is counted as running already: taking it over needs no further place.
    if (item.state === 'running') return request.takeOver && leaseMs <= db.now();
    return readyMs <= db.now() && row.running < row.session.policy.maxParallel;
  }

  function take(request: ClaimRequest, row: SessionRow, work: WorkRow): Claimed {
    const takenOver = work.item.state === 'running';
    if (!takenOver) row.running += 1;
    row.servedAt = db.nextAge();
    work.item = freeze(taken(work.item, request, db.now()));
    work.leaseMs = db.now() + request.leaseMs;
    for (const held of work.journal) {
      const { state, attempt } = held.row.entry;
      if (state === 'started' && attempt < work.item.attempt) write(db, held, loseReservation(held.row));
    }
    return { item: work.item, takenOver, stopping: row.session.status !== 'running' };
  }

  return {
    claim,
    renew(worker, items, leaseMs) {
      const lost: string[] = [];
      for (const { workId, attempt } of items) {
        const work = db.work.get(workId);
        if (work?.item.state === 'running' && work.item.attempt === attempt && work.item.owner === worker) {
          work.leaseMs = db.now() + leaseMs;
          work.item = freeze({ ...work.item, leaseUntil: iso(work.leaseMs) });
        } else lost.push(workId);
      }
      return { lost };
    },
    release(workId, attempt, how) {
      const work = db.work.get(workId);
      if (work?.item.state !== 'running' || work.item.attempt !== attempt) return false;
      work.item = freeze(released(work.item, how, db.now()));
      work.readyMs = db.now() + how.delayMs;
      db.session(work.item.sessionId).running -= 1;
      return true;
    },
  };
}

const isBefore = (a: WorkRow, b: WorkRow): boolean =>
  a.item.priority < b.item.priority || (a.item.priority === b.item.priority && a.age < b.age);
