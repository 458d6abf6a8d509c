import { NireonError } from '../../../domain/errors.ts';
import type { Session } from '../../../domain/session.ts';
import type { Store } from '../../../ports/store.ts';
import { encode } from '../encoding.ts';
import { keyAfter, pageFrom, pages } from '../paging.ts';
import { moving, movingOf, sessionOf, type MovingRow, type SessionRow } from '../rows.ts';
import { iso, newSession } from '../rules/records.ts';
import { needSession, unknownSession, type Database } from './database.ts';
import { newestRound, recordRows } from './records.ts';

type Sessions = Pick<
  Store,
  'putBlob' | 'getBlob' | 'createSession' | 'getSession' | 'listSessions' | 'stopSession' | 'stopOverdueSessions' | 'counters' | 'tally'
>;
type CreatedRow = SessionRow & { readonly created: boolean; readonly request_digest: string };

const createSession = `SELECT c.created, (c.session).* FROM create_session($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) c`;
const labelText = (key: string, value: string): string => JSON.stringify([key, value]);

export function createSessions(db: Database): Sessions {
  const blob = async (key: string): Promise<Uint8Array | undefined> => {
    const row = await db.one<{ content: Buffer }>('SELECT content FROM blobs WHERE key = $1', [key]);
    return row && Uint8Array.from(row.content);
  };

  return {
    async putBlob(key, content) {
      await db.write('INSERT INTO blobs (key, content) VALUES ($1, $2) ON CONFLICT DO NOTHING', [key, Buffer.from(content)]);
      return (await blob(key))!;
    },
    getBlob: blob,

    async createSession(creation) {
      const { id, policy, round, frameId, labels } = creation.session;
      // Records say when they were made: so the time is asked for before they are written.
      const { ms } = (await db.one<{ ms: number }>('SELECT store_now($1) AS ms', [db.now()]))!;
      const time = iso(ms);
      const signals = creation.signals.map((signal) => ({ ...signal, time }));
      const ideas = creation.ideas.map((idea) => ({ ...idea, createdAt: time }));
      const opened = creation.work.filter(({ dead }) => !dead).length;
      const [row] = await db.write<CreatedRow>(createSession, [
        ...[ms, db.keepsOutbox, id, creation.requestDigest, encode(creation.session), frameId],
        ...[Object.entries(labels).map(([key, value]) => labelText(key, value)), policy.retention],
        ...[Math.max(round, newestRound(creation.frames)), policy.maxParallel, Date.parse(newSession(creation, ms).deadlineAt), opened],
        recordRows({ frames: creation.frames, ideas, work: creation.work, signals, vectors: [], assessments: [], traces: [] }),
      ]);
      if (!row) throw unknownSession(id);
      if (row.created) {
        return { created: true, session: sessionOf(row), signals: signals.map((signal, i) => ({ ...signal, sequence: i + 1 })) };
      }
      if (row.request_digest === creation.requestDigest) return { created: false, session: sessionOf(row), signals: [] };
      throw new NireonError('SESSION_CONFLICT', `session ${id} exists with another request; choose another id`);
    },
    async getSession(id) {
      const row = await db.one<SessionRow>('SELECT * FROM sessions WHERE id = $1', [id]);
      return row && sessionOf(row);
    },
    async listSessions(filter, page) {
      const paged = pages.sessions(filter);
      const [createdMs, id] = keyAfter(paged, page.cursor) ?? [Number.MAX_SAFE_INTEGER, ''];
      const rows = await db.all<SessionRow & { id: string }>(
        `SELECT * FROM sessions
         WHERE (created_ms, id) < ($1, $2) ${filter.status === undefined ? '' : 'AND status = $4'}
           ${filter.label ? `AND labels @> ARRAY[$${filter.status === undefined ? 4 : 5}]` : ''}
         ORDER BY created_ms DESC, id DESC LIMIT $3`,
        [
          ...[createdMs, id, page.limit + 1, ...(filter.status === undefined ? [] : [filter.status])],
          ...(filter.label ? [labelText(filter.label.key, filter.label.value)] : []),
        ],
      );
      return pageFrom(paged, rows, page, { key: (row) => [row.created_ms, row.id], item: sessionOf });
    },
    async stopSession(id, reason) {
      const stopped = await db.write(
        `UPDATE sessions SET status = 'stopping', reason = $2 WHERE id = $1 AND status = 'running' RETURNING id`,
        [id, reason],
      );
      if (stopped.length > 0) return true;
      await needSession(db, id);
      return false;
    },
    async stopOverdueSessions() {
      // Those that are busy are stopped by the next sweep: so nobody waits while it holds another's session.
      const rows = await db.write<{ id: string; age: number }>(
        `UPDATE sessions SET status = 'stopping', reason = 'deadline' WHERE id IN (
           SELECT id FROM sessions WHERE status <> 'finished' AND status = 'running' AND deadline_ms <= store_now($1) FOR NO KEY UPDATE SKIP LOCKED
         ) RETURNING id, age`,
        [db.now()],
      );
      return rows.sort((a, b) => a.age - b.age).map(({ id }) => id);
    },
    async counters(sessionId, levelFrameId) {
      const row = await db.one<{ open_work: number; status: Session['status']; open: number | null }>(
        'SELECT open_work, status, (SELECT open FROM frames WHERE id = $2) AS open FROM sessions WHERE id = $1',
        [sessionId, levelFrameId ?? null],
      );
      if (!row) throw unknownSession(sessionId);
      return { openWork: row.open_work, status: row.status, ...(row.open === null ? {} : { levelOpen: row.open }) };
    },
    async tally(sessionId) {
      const row = await db.one<MovingRow>(`SELECT ${moving} FROM sessions WHERE id = $1`, [sessionId]);
      if (!row) throw unknownSession(sessionId);
      return movingOf(row).tally;
    },
  };
}
