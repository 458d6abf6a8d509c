import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { NireonError } from '../../../domain/errors.ts';
import { cannotOpen, translated } from './failures.ts';
import { takeLock } from './lock.ts';
import { migrate } from './migrate.ts';
import type { OpenOptions } from './protocol.ts';

export interface OpenDatabase {
  readonly database: DatabaseSync;
  readonly schemaVersion: number;
  /** Closes it and lets go of the lock. */
  close(): void;
}

/** Opens the file: for writing under the lock, with the newest schema; for reading as it is. Throws the codes of the store. */
export function openDatabase(options: OpenOptions): OpenDatabase {
  const file = resolve(options.file);
  try {
    return options.readOnly ? openForReading(file, options) : openForWriting(file, options);
  } catch (error) {
    throw translated(error, file);
  }
}

function openForWriting(file: string, options: OpenOptions): OpenDatabase {
  checkFolder(file);
  const lock = takeLock(file);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { timeout: 5000, enableForeignKeyConstraints: false });
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536');
    if (options.maxPages !== undefined) database.exec(`PRAGMA max_page_count = ${options.maxPages}`);
    const opened = database;
    const schemaVersion = migrate(database, { file, apply: true, nowMs: options.nowMs });
    return {
      ...{ database, schemaVersion },
      close() {
        opened.close();
        lock.release();
      },
    };
  } catch (error) {
    database?.close();
    lock.release();
    throw error;
  }
}

function openForReading(file: string, { nowMs }: OpenOptions): OpenDatabase {
  if (!existsSync(file)) throw new NireonError('STORE_MISSING', `there is no database ${file}`);
  const database = readable(file);
  try {
    const schemaVersion = migrate(database, { file, apply: false, nowMs });
    return { database, schemaVersion, close: () => database.close() };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** A database in a folder that cannot be written has no place for the files that readers share: if nobody writes, it is read without. */
function readable(file: string): DatabaseSync {
  const open = (from: string | URL): DatabaseSync => {
    const database = new DatabaseSync(from, { readOnly: true, timeout: 5000 });
    try {
      database.prepare('SELECT count(*) FROM sqlite_schema').get();
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  };
  try {
    return open(file);
  } catch (error) {
    if (!cannotOpen(error) || existsSync(`${file}-wal`)) throw error;
    const immutable = pathToFileURL(file);
    immutable.searchParams.set('immutable', '1');
    return open(immutable);
  }
}

function checkFolder(file: string): void {
  const folder = dirname(file);
  if (!existsSync(folder)) throw new NireonError('STORE_MISSING', `the folder ${folder} for the database does not exist: make it first`);
  if (existsSync(file) && statSync(file).isDirectory()) throw new NireonError('STORE_READ_ONLY', `${file} is a folder: name a file in it`);
  try {
    accessSync(folder, constants.W_OK);
    if (existsSync(file)) accessSync(file, constants.R_OK | constants.W_OK);
  } catch (error) {
    throw new NireonError(
      'STORE_READ_ONLY',
      `the database ${file} cannot be written: check the permissions of the file and of its folder`,
      {
        cause: error,
      },
    );
  }
}
