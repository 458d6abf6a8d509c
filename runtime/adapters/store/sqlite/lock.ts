import { DatabaseSync } from 'node:sqlite';
import { NireonError } from '../../../domain/errors.ts';
import { isBusy } from './failures.ts';

/**
 * Takes the place of the one writing process: a reserved lock on the side file `<file>.lock`, held by the operating system until the
 * holder closes it or dies, so that no stale lock and no reused process id can deceive. Its user_version names the holder, which others
 * can read while it is held. Throws STORE_LOCKED.
 */
export function takeLock(file: string): { release(): void } {
  // Long enough for others who only look who holds it, short enough to be told at once.
  const lock = new DatabaseSync(`${file}.lock`, { timeout: 300 });
  const holder = (): number => (lock.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
  try {
    lock.exec('PRAGMA journal_mode = DELETE');
    lock.exec('BEGIN IMMEDIATE');
    lock.exec(`PRAGMA user_version = ${process.pid}`);
    // The name becomes readable with the commit, which lets go of the lock for a moment: whoever gets it then writes its own name first.
    lock.exec('COMMIT');
    lock.exec('BEGIN IMMEDIATE');
    if (holder() === process.pid) return { release: () => lock.close() };
    throw locked(file, holder());
  } catch (error) {
    const failure = isBusy(error) ? locked(file, holder()) : error;
    lock.close();
    throw failure;
  }
}

const locked = (file: string, pid: number): NireonError =>
  new NireonError('STORE_LOCKED', `process ${pid} has the database ${file} open for writing; only one process can`);
