import type { RuntimeConfig } from '../config.ts';
import { storeKind } from '../config-store.ts';
import { openStore } from './open-store.ts';

/** Where a store stands: the version of its schema, and the oldest runtime that can live with it. */
export interface Migrated {
  readonly version: number;
  readonly oldestRuntime?: number;
  /** Of the store, for people. */
  readonly place: string;
}

/** Brings the store of these settings to the schema of this version; with `check` only looks, and throws STORE_TOO_OLD. */
export async function migrateStore(config: RuntimeConfig, { check }: { check: boolean }): Promise<Migrated> {
  const { store } = config;
  if (storeKind(store) === 'postgres') {
    const { migratePostgres } = await import('../adapters/store/postgres/migrate.ts');
    const { postgresAddress } = await import('./postgres-address.ts');
    const address = await postgresAddress(store.postgres);
    const { schema, database, host, port } = address;
    return { ...(await migratePostgres(address, { check })), place: `schema ${schema} of database ${database} at ${host}:${port}` };
  }
  // A database file is brought forward by whoever opens it for writing.
  const opened = await openStore(config, check ? 'read' : 'write');
  const { schemaVersion } = await opened.health().finally(() => opened.close());
  return { version: schemaVersion, place: `the database ${store.sqlite.file}` };
}
