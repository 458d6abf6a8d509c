import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';
import { NireonError } from '../../../domain/errors.ts';
import type { PostgresAddress } from './address.ts';
import { clientConfig, type Sql } from './database.ts';
import { translated } from './failures.ts';

const folder = new URL('../sql/postgres/', import.meta.url);
/** Any number: that of the lock under which a schema is migrated, together with the hash of its name. */
const lockClass = 0x6e6972;

export interface Migration {
  readonly version: number;
  /** The schema version of the oldest runtime that can live with a database that has this migration. */
  readonly oldestRuntime: number;
  readonly sql: string;
}

/** What stands in a schema: 0 where nothing does. */
export interface SchemaState {
  readonly version: number;
  readonly oldestRuntime: number;
}

/** The numbered files, in order; the first line of each says `-- oldestRuntime: n`. The version of a runtime is that of the last. */
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

export async function schemaState(sql: Sql, schema: string): Promise<SchemaState> {
  const found = await sql.one<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [`${schema}.schema_version`]);
  if (found?.there !== true) return { version: 0, oldestRuntime: 0 };
  const row = await sql.one<{ version: number | null; oldest: number | null }>(
    'SELECT max(version) AS version, max(oldest_runtime) AS oldest FROM schema_version',
  );
  return { version: row?.version ?? 0, oldestRuntime: row?.oldest ?? 0 };
}

/** STORE_TOO_NEW where a newer runtime left what this one cannot live with, STORE_TOO_OLD where migrations are missing. */
export function checkSchema(
  { version, oldestRuntime }: SchemaState,
  { schema, database }: PostgresAddress,
  migrations = readMigrations(),
): void {
  const known = migrations.at(-1)?.version ?? 0;
  const where = `schema ${schema} of database ${database}`;
  if (version > known && oldestRuntime > known) {
    throw new NireonError(
      'STORE_TOO_NEW',
      `${where} is at version ${version}, which needs a nireon that knows version ${oldestRuntime} (this one knows ${known}): upgrade nireon`,
    );
  }
  if (version < known) {
    const state = version === 0 ? 'holds no tables of nireon' : `is at version ${version}`;
    throw new NireonError('STORE_TOO_OLD', `${where} ${state}; run \`nireon migrate\` to bring it to version ${known}`);
  }
}

/**
 * Brings the schema forward, creating it if need be, and returns what stands then. Each migration is a transaction of its own, under a
 * lock that lets one program migrate at a time; what is done already is left alone. With `check` nothing is changed. Throws
 * STORE_TOO_NEW, with `check` STORE_TOO_OLD, and the codes of the store.
 */
export async function migratePostgres(
  address: PostgresAddress,
  options: { readonly check?: boolean; readonly migrations?: readonly Migration[] } = {},
): Promise<SchemaState> {
  const { migrations = readMigrations(), check = false } = options;
  // Others may migrate for as long as they need.
  const config = {
    ...clientConfig(address, check),
    statement_timeout: 0,
    lock_timeout: 0,
    query_timeout: 0,
    idle_in_transaction_session_timeout: 0,
  };
  const client = new pg.Client(config);
  client.on('error', () => undefined);
  const sql: Sql = {
    all: async (text, values) => (await client.query(text, values as unknown[])).rows as never[],
    one: async (text, values) => (await client.query(text, values as unknown[])).rows[0] as never,
  };
  try {
    await client.connect();
    if (!check) {
      await client.query('SELECT pg_advisory_lock($1, hashtext($2))', [lockClass, address.schema]);
      await apply(client, await schemaState(sql, address.schema), address, migrations);
    }
    const state = await schemaState(sql, address.schema);
    checkSchema(state, address, migrations);
    return state;
  } catch (error) {
    throw translated(error, address);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function apply(client: pg.Client, state: SchemaState, address: PostgresAddress, migrations: readonly Migration[]): Promise<void> {
  if (state.version === 0) {
    const { rows } = await client.query('SELECT FROM pg_namespace WHERE nspname = $1', [address.schema]);
    // Whoever may not create schemas may be given one.
    if (rows.length === 0) await client.query(`CREATE SCHEMA ${address.schema}`);
    await client.query(
      'CREATE TABLE IF NOT EXISTS schema_version (version integer PRIMARY KEY, oldest_runtime integer NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())',
    );
  }
  for (const { version, oldestRuntime, sql } of migrations.filter((migration) => migration.version > state.version)) {
    // One query of many statements is one transaction.
    await client.query(`${sql}; INSERT INTO schema_version (version, oldest_runtime) VALUES (${version}, ${oldestRuntime})`);
  }
}
