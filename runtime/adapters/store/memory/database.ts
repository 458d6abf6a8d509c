import { NireonError } from '../../../domain/errors.ts';
import { createTables, type EntryRow, type SessionRow, type Tables } from './tables.ts';

/** The tables, the clock, and what every part of the memory store asks. */
export interface Database extends Tables {
  readonly keepsOutbox: boolean;
  now(): number;
  /** ISO 8601 of now. */
  time(): string;
  /** Rises with every row that has an age. */
  nextAge(): number;
  /** SESSION_UNKNOWN. */
  session(id: string): SessionRow;
  openEntries(workId: string): readonly EntryRow[];
}

export function createDatabase(now: () => number, keepsOutbox: boolean): Database {
  let age = 0;
  const tables = createTables();
  return {
    ...tables,
    keepsOutbox,
    now,
    time: () => new Date(now()).toISOString(),
    nextAge: () => age++,
    session(id) {
      const row = tables.sessions.get(id);
      if (!row) throw new NireonError('SESSION_UNKNOWN', `there is no session ${id}`);
      return row;
    },
    openEntries(workId) {
      const sessionId = tables.work.get(workId)?.item.sessionId;
      const rows = sessionId === undefined ? [] : (tables.sessions.get(sessionId)?.journal ?? []);
      return rows.filter(({ entry }) => entry.workId === workId && entry.state === 'started');
    },
  };
}
