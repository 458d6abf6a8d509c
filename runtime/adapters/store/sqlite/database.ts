import { NireonError } from '../../../domain/errors.ts';
import type { Connection } from './connection.ts';

/** What every part of the store asks: SQL, the time of the call that is being answered, and order among claims. */
export interface Database extends Connection {
  readonly keepsOutbox: boolean;
  now(): number;
  /** Greater than all before. */
  nextServed(): number;
  /** SESSION_UNKNOWN. */
  needSession(id: string): void;
}

export interface CallClock {
  ms: number;
}

export function createDatabase(connection: Connection, clock: CallClock, keepsOutbox: boolean): Database {
  let served = connection.one<{ n: number | null }>('SELECT max(served) AS n FROM sessions')?.n ?? 0;
  return {
    ...connection,
    keepsOutbox,
    now: () => clock.ms,
    nextServed: () => ++served,
    needSession(id) {
      if (!connection.one('SELECT 1 FROM sessions WHERE id = ?', [id])) throw unknownSession(id);
    },
  };
}

export const unknownSession = (id: string): NireonError => new NireonError('SESSION_UNKNOWN', `there is no session ${id}`);
