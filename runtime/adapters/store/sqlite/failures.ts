import { isNireonError, messageOf, NireonError, type ErrorCode } from '../../../domain/errors.ts';

/** Primary result codes of SQLite (https://sqlite.org/rescode.html). */
const codes: Readonly<Record<number, ErrorCode>> = {
  5: 'STORE_UNREACHABLE', // BUSY: another program holds the file
  6: 'STORE_UNREACHABLE', // LOCKED
  8: 'STORE_READ_ONLY', // READONLY
  10: 'STORE_UNREACHABLE', // IOERR
  11: 'STORE_CORRUPT', // CORRUPT
  13: 'STORE_FULL', // FULL
  14: 'STORE_UNREACHABLE', // CANTOPEN
  19: 'STORE_CONFLICT', // CONSTRAINT: of all, only ids are unique
  26: 'STORE_CORRUPT', // NOTADB
};
const advice: Readonly<Partial<Record<ErrorCode, string>>> = {
  STORE_CORRUPT: 'is damaged or no database: restore it from a backup, or move it away and start with a new one',
  STORE_FULL: 'cannot grow: free some space on its disk (or lift the quota); nothing was half-written',
  STORE_READ_ONLY: 'cannot be written: check the permissions of the file and of its folder',
  STORE_UNREACHABLE: 'does not answer: check its path, its permissions and its disk, or name another with --db',
};

/** IOERR_WRITE and IOERR_FSYNC: a write that a limit on the size of files, a quota or the disk refused. */
const failedWrites: ReadonlySet<number> = new Set([778, 1034]);

const extendedCode = (error: unknown): number | undefined => {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' ? code : undefined;
};
const resultCode = (error: unknown): number | undefined => {
  const code = extendedCode(error);
  return code === undefined ? undefined : code & 0xff;
};

/** What an error of SQLite means to the caller of the port. */
export function translated(error: unknown, file: string): NireonError {
  if (isNireonError(error)) return error;
  const found = codes[resultCode(error) ?? -1];
  // A full disk may also show as a failed write of the file system.
  const isFull = (error as { code?: unknown } | null)?.code === 'ENOSPC' || failedWrites.has(extendedCode(error) ?? 0);
  const code = isFull ? 'STORE_FULL' : found;
  if (code === 'STORE_CONFLICT') return new NireonError(code, `an id is taken: ${messageOf(error)}`, { cause: error });
  if (code) return new NireonError(code, `the database ${file} ${advice[code] ?? ''} (${messageOf(error)})`, { cause: error });
  const internal = new NireonError('INTERNAL', messageOf(error), { cause: error });
  const { stack } = error as { stack?: unknown };
  if (typeof stack === 'string') internal.stack = stack;
  return internal;
}

export const isBusy = (error: unknown): boolean => resultCode(error) === 5;
/** Also where the files that readers share beside the database cannot be made. */
export const cannotOpen = (error: unknown): boolean => [8, 14].includes(resultCode(error) ?? 0);
