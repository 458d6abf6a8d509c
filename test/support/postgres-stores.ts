import type { PostgresAddress } from '../../runtime/adapters/store/postgres/address.ts';
import { createPostgresStore } from '../../runtime/adapters/store/postgres/index.ts';
import { migratePostgres } from '../../runtime/adapters/store/postgres/migrate.ts';
import type { Store } from '../../runtime/ports/store.ts';
import { type Postgres, type PostgresOptions, startPostgres } from '../testbed/postgres.ts';

export interface PostgresStores {
  readonly server: Postgres;
  /** Where a schema is, for the superuser. */
  address(schema: string): PostgresAddress;
  /** A new, migrated schema. */
  schema(): Promise<string>;
  /** A store on a schema, closed by `closeAll` at the latest. */
  open(schema: string, options?: Partial<Parameters<typeof createPostgresStore>[0]>): Promise<Store>;
  closeAll(): Promise<void>;
  /** Closes all and ends the server. */
  stop(): Promise<void>;
}

/** A server of the calling test file, with as many stores as it likes, each in a schema of its own. */
export async function startPostgresStores(options: PostgresOptions = { fsync: false }): Promise<PostgresStores> {
  const server = await startPostgres(options);
  let opened: Store[] = [];
  let schemas = 0;
  const address = (schema: string): PostgresAddress => ({
    ...{ host: server.host, port: server.port, database: 'postgres', user: server.user, schema },
    ...{ connectTimeoutMs: 5000, statementTimeoutMs: 20_000, lockTimeoutMs: 10_000 },
  });
  const closeAll = async (): Promise<void> => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
    opened = [];
  };
  return {
    ...{ server, address, closeAll },
    async schema() {
      const schema = `s${++schemas}`;
      await migratePostgres(address(schema));
      return schema;
    },
    async open(schema, given = {}) {
      const store = await createPostgresStore({ address: address(schema), poolSize: 8, ...given });
      opened.push(store);
      return store;
    },
    async stop() {
      await closeAll();
      await server.stop();
    },
  };
}
