import type { Claimed, ClaimRequest, Store } from '../../../ports/store.ts';
import type { Database } from './database.ts';
import { loseReservations } from './effects.ts';
import { keep, type SessionRow, type WorkRow } from './tables.ts';

const iso = (ms: number): string => new Date(ms).toISOString();

/** Hands out items: sessions by fewest running, then longest since last served; within one by priority, then age. */
export function claim(db: Database, request: ClaimRequest): Claimed[] {
  const own = new Set(request.running);
  const claimed: Claimed[] = [];
  while (claimed.length < request.limit) {
    const next = nextItem(db, request, own);
    if (!next) break;
    claimed.push(take(db, request, next.row, next.work));
    own.add(next.work.item.id);
  }
  return claimed;
}

function nextItem(db: Database, request: ClaimRequest, own: ReadonlySet<string>): { row: SessionRow; work: WorkRow } | undefined {
  const sessions = [...db.sessions.values()]
    .filter(({ session }) => session.status !== 'finished' && (request.sessionId === undefined || session.id === request.sessionId))
    .sort((a, b) => a.running - b.running || a.servedAt - b.servedAt);
  for (const row of sessions) {
    const work = row.work
      .filter((one) => claimable(db, request, row, one, own))
      .reduce<WorkRow | undefined>((best, one) => (best && before(best, one) ? best : one), undefined);
    if (work) return { row, work };
  }
  return undefined;
}

const before = (a: WorkRow, b: WorkRow): boolean =>
  a.item.priority < b.item.priority || (a.item.priority === b.item.priority && a.age < b.age);

function claimable(
  db: Database,
  request: ClaimRequest,
  row: SessionRow,
  { item, readyMs, leaseMs }: WorkRow,
  own: ReadonlySet<string>,
): boolean {
  if (own.has(item.id) || (request.signalIds && !request.signalIds.includes(item.signalId))) return false;
  if (row.session.status === 'running' && !request.mechanisms.includes(item.mechanism)) return false;
  // An expired item is counted as running already: taking it over needs no further place.
  if (item.state === 'running') return request.takeOver && leaseMs <= db.now();
  return item.state === 'ready' && readyMs <= db.now() && row.running < row.session.policy.maxParallel;
}

function take(db: Database, request: ClaimRequest, row: SessionRow, work: WorkRow): Claimed {
  const takenOver = work.item.state === 'running';
  if (takenOver) work.item.crashes += 1;
  else row.running += 1;
  work.leaseMs = db.now() + request.leaseMs;
  row.servedAt = db.nextAge();
  Object.assign(work.item, { state: 'running', owner: request.worker, attempt: work.item.attempt + 1, leaseUntil: iso(work.leaseMs) });
  loseReservations(db, work.item.id, work.item.attempt);
  return { item: keep(work.item), takenOver, stopping: row.session.status !== 'running' };
}

export function renew(
  db: Database,
  worker: string,
  items: readonly { workId: string; attempt: number }[],
  leaseMs: number,
): { lost: string[] } {
  const lost: string[] = [];
  for (const { workId, attempt } of items) {
    const work = db.work.get(workId);
    if (work && work.item.state === 'running' && work.item.attempt === attempt && work.item.owner === worker) {
      work.leaseMs = db.now() + leaseMs;
      work.item.leaseUntil = iso(work.leaseMs);
    } else lost.push(workId);
  }
  return { lost };
}

export function release(db: Database, workId: string, attempt: number, how: Parameters<Store['release']>[2]): boolean {
  const work = db.work.get(workId);
  if (!work || work.item.state !== 'running' || work.item.attempt !== attempt) return false;
  const { item } = work;
  if (how.failure) {
    item.failures += 1;
    item.history = [...item.history, { attempt, worker: item.owner ?? '', ...how.failure, at: db.time() }];
  }
  work.readyMs = db.now() + how.delayMs;
  Object.assign(item, { state: 'ready', readyAt: iso(work.readyMs) });
  delete item.owner;
  delete item.leaseUntil;
  db.session(item.sessionId).running -= 1;
  return true;
}
