import { readdirSync, readFileSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { NireonError } from '../../../domain/errors.ts';

const folder = new URL('../sql/sqlite/', import.meta.url);

export interface Migration {
  readonly version: number;
  /** The schema version of the oldest runtime that can live with a database that has this migration. */
  readonly oldestRuntime: number;
  readonly sql: string;
}

/** The numbered files, in order; the first line of each says `-- oldestRuntime: n`. */
export function readMigrations(): readonly Migration[] {
  return readdirSync(folder)
    .filter((name) => /^\d{4}_.*\.sql$/.test(name))
    .sort()
    .map((name) => {
      const sql = readFileSync(new URL(name, folder), 'utf8');
      const oldest = /^-- oldestRuntime: (\d+)/.exec(sql)?.[1];
      if (oldest === undefined) throw new NireonError('INTERNAL', `${name} does not say its oldestRuntime`);
      return { version: Number(name.slice(0, 4)), oldestRuntime: Number(oldest), sql };
    });
}

/**
 * Brings the schema forward, each migration in a transaction of its own, and returns its version. The version of a runtime is that of its
 * newest migration. Throws STORE_TOO_NEW where a newer runtime has been here and left what this one cannot live with, and, with `apply`
 * false, STORE_TOO_OLD where migrations are missing.
 */
export function migrate(
  database: DatabaseSync,
  options: { file: string; apply: boolean; nowMs: number; migrations?: readonly Migration[] },
): number {
  const migrations = options.migrations ?? readMigrations();
  const known = migrations.at(-1)?.version ?? 0;
  const { version, oldest } = recorded(database);
  if (version > known && oldest > known) {
    throw new NireonError(
      'STORE_TOO_NEW',
      `the database ${options.file} has schema ${version}, which needs a version of nireon that knows schema ${oldest} (this one knows ${known}): upgrade nireon`,
    );
  }
  const missing = migrations.filter((migration) => migration.version > version);
  if (missing.length > 0 && !options.apply) {
    throw new NireonError(
      'STORE_TOO_OLD',
      `the database ${options.file} has schema ${version}; run \`nireon migrate\` to bring it to ${known}`,
    );
  }
  for (const migration of missing) applyMigration(database, migration, options.nowMs);
  return Math.max(version, known);
}

function recorded(database: DatabaseSync): { version: number; oldest: number } {
  const exists = database.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'schema_version'`).get();
  if (!exists) return { version: 0, oldest: 0 };
  const row = database.prepare('SELECT max(version) AS version, max(oldest_runtime) AS oldest FROM schema_version').get();
  return { version: Number(row?.['version'] ?? 0), oldest: Number(row?.['oldest'] ?? 0) };
}

function applyMigration(database: DatabaseSync, { version, oldestRuntime, sql }: Migration, nowMs: number): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    database.exec(
      'CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, oldest_runtime INTEGER NOT NULL, applied_ms INTEGER NOT NULL) STRICT',
    );
    database.exec(sql);
    database
      .prepare('INSERT INTO schema_version (version, oldest_runtime, applied_ms) VALUES (?, ?, ?)')
      .run(version, oldestRuntime, nowMs);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
