import { NireonError } from '../../../domain/errors.ts';
import type { Session } from '../../../domain/session.ts';
import type { StoreCalls } from '../calls.ts';
import { encode } from '../encoding.ts';
import { keyAfter, pageFrom, pages } from '../paging.ts';
import { iso, newSession, noTally } from '../rules/records.ts';
import { unknownSession, type Database } from './database.ts';
import { insertFrames, insertIdeas, insertSignals, insertWork, writeCounters, type Counters } from './inserts.ts';
import { moving, movingOf, sessionOf, type MovingRow, type SessionRow } from '../rows.ts';

const dayMs = 86_400_000;

type Sessions = Pick<
  StoreCalls,
  'putBlob' | 'getBlob' | 'createSession' | 'getSession' | 'listSessions' | 'stopSession' | 'stopOverdueSessions' | 'counters' | 'tally'
>;

export function createSessions(db: Database): Sessions {
  const session = (id: string): Session | undefined => {
    const row = db.one<SessionRow>('SELECT * FROM sessions WHERE id = ?', [id]);
    return row && sessionOf(row);
  };
  const blob = (key: string): Uint8Array | undefined =>
    db.one<{ content: Uint8Array }>('SELECT content FROM blobs WHERE key = ?', [key])?.content;

  return {
    putBlob(key, content) {
      db.run('INSERT INTO blobs (key, content) VALUES (?, ?) ON CONFLICT DO NOTHING', [key, content]);
      return blob(key)!;
    },
    getBlob: blob,

    createSession(creation) {
      const { id, policy, round } = creation.session;
      const existing = db.one<{ request_digest: string }>('SELECT request_digest FROM sessions WHERE id = ?', [id]);
      if (existing) {
        if (existing.request_digest === creation.requestDigest) return { created: false, session: session(id)!, signals: [] };
        throw new NireonError('SESSION_CONFLICT', `session ${id} exists with another request; choose another id`);
      }
      const now = db.now();
      const deadline = Date.parse(newSession(creation, now).deadlineAt);
      db.run(
        `INSERT INTO sessions (id, request_digest, facts, status, round, open_work, sequence, running, served, max_parallel, ideas, scored, unscored,
           stable, near_duplicates, created_ms, deadline_ms)
         VALUES (?, ?, ?, 'running', ?, 0, 0, 0, 0, ?, 0, 0, 0, 0, 0, ?, ?)`,
        [id, creation.requestDigest, encode(creation.session), round, policy.maxParallel, now, deadline],
      );
      const counters: Counters = { round, openWork: 0, sequence: 0, tally: noTally };
      const time = iso(now);
      insertFrames(db, counters, creation.frames);
      insertIdeas(
        db,
        counters,
        creation.ideas.map((idea) => ({ ...idea, createdAt: time })),
      );
      insertWork(db, counters, creation.work);
      const signals = insertSignals(
        db,
        counters,
        creation.signals.map((signal) => ({ ...signal, time })),
      );
      writeCounters(db, id, counters);
      return { created: true, session: session(id)!, signals };
    },
    getSession: session,
    listSessions(filter, page) {
      const paged = pages.sessions(filter);
      const [createdMs, id] = keyAfter(paged, page.cursor) ?? [Infinity, ''];
      const rows = db.all<SessionRow & { id: string }>(
        `SELECT * FROM sessions
         WHERE (created_ms, id) < (:createdMs, :id)
           ${filter.status === undefined ? '' : 'AND status = :status'}
           ${filter.label ? `AND EXISTS (SELECT 1 FROM json_each(facts, '$.labels') WHERE key = :label AND value = :value)` : ''}
         ORDER BY created_ms DESC, id DESC LIMIT :limit`,
        {
          ...{ createdMs: createdMs!, id: id!, limit: page.limit + 1 },
          ...(filter.status === undefined ? {} : { status: filter.status }),
          ...(filter.label ? { label: filter.label.key, value: filter.label.value } : {}),
        },
      );
      return pageFrom(paged, rows, page, { key: (row) => [row.created_ms, row.id], item: sessionOf });
    },
    stopSession(id, reason) {
      if (db.run(`UPDATE sessions SET status = 'stopping', reason = ? WHERE id = ? AND status = 'running'`, [reason, id]) > 0) return true;
      db.needSession(id);
      return false;
    },
    stopOverdueSessions: () =>
      db
        .all<{ id: string; age: number }>(
          `UPDATE sessions SET status = 'stopping', reason = 'deadline' WHERE status = 'running' AND deadline_ms <= ? RETURNING id, age`,
          [db.now()],
        )
        .sort((a, b) => a.age - b.age)
        .map(({ id }) => id),
    counters(sessionId, levelFrameId) {
      const row = db.one<{ open_work: number; status: Session['status'] }>('SELECT open_work, status FROM sessions WHERE id = ?', [
        sessionId,
      ]);
      if (!row) throw unknownSession(sessionId);
      const level =
        levelFrameId === undefined ? undefined : db.one<{ open: number | null }>('SELECT open FROM frames WHERE id = ?', [levelFrameId]);
      const open = level?.open ?? undefined;
      return { openWork: row.open_work, status: row.status, ...(open === undefined ? {} : { levelOpen: open }) };
    },
    tally(sessionId) {
      const row = db.one<MovingRow>(`SELECT ${moving} FROM sessions WHERE id = ?`, [sessionId]);
      if (!row) throw unknownSession(sessionId);
      return movingOf(row).tally;
    },
  };
}

/** Ends the session: with it the wait for its pruning begins. */
export function finishSession(db: Database, id: string, how: { reason: string; code?: string }): void {
  const { policy } = sessionOf(db.one<SessionRow>('SELECT * FROM sessions WHERE id = ?', [id])!);
  db.run(`UPDATE sessions SET status = 'finished', reason = ?, code = ?, finished_ms = ?, prune_ms = ? WHERE id = ?`, [
    ...[how.reason, how.code ?? null, db.now(), db.now() + policy.retention * dayMs, id],
  ]);
}
