import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { NireonError } from '../../domain/errors.ts';

const lookAgainMs = 200;

/** Runs `work` while no other process does under the same file. It is SQLite's lock, which a process that dies gives back. */
export async function withLock<T>(file: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  const lock = new DatabaseSync(file, { timeout: 0 });
  try {
    while (!take(lock)) {
      await delay(lookAgainMs, undefined, signal ? { signal } : {}).catch(() => {
        throw new NireonError('EFFECT_ABORTED', 'gave up waiting for another process that fetches the same model');
      });
    }
    return await work();
  } finally {
    lock.close();
  }
}

const sqliteBusy = 5;

function take(lock: DatabaseSync): boolean {
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if ((error as { errcode?: unknown }).errcode === sqliteBusy) return false;
    throw error;
  }
}
