import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryStore } from '../../runtime/adapters/store/memory/index.ts';
import { createSqliteStore } from '../../runtime/adapters/store/sqlite/index.ts';
import type { Store } from '../../runtime/ports/store.ts';
import { type PostgresStores, startPostgresStores } from '../support/postgres-stores.ts';
import { epoch } from '../support/store-records.ts';
import { findPostgres } from '../testbed/postgres.ts';
import { describeStore } from './store-contract.ts';

describeStore('memory', async (options) => {
  let now = epoch;
  const store = createMemoryStore({ now: () => now, outbox: options?.outbox ?? false });
  return { store, advance: (ms) => void (now += ms) };
});

describe('in a file', () => {
  let folder: string;
  let files = 0;
  let opened: Store[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nireon-store-'));
  });
  afterEach(async () => {
    await Promise.all(opened.map((store) => store.close()));
    opened = [];
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  describeStore('sqlite', async (options) => {
    let now = epoch;
    const given = { file: join(folder, `${++files}.db`), now: () => now, outbox: options?.outbox ?? false };
    const open = async (): Promise<Store> => {
      const store = await createSqliteStore(given);
      opened.push(store);
      return store;
    };
    const store = await open();
    const reopen = async (): Promise<Store> => {
      await Promise.all(opened.map((one) => one.close()));
      return open();
    };
    return { store, advance: (ms) => void (now += ms), reopen };
  });
});

(findPostgres() === undefined ? describe.skip : describe)('on a server', () => {
  let stores: PostgresStores;
  beforeAll(async () => void (stores = await startPostgresStores()));
  afterEach(() => stores.closeAll());
  afterAll(() => stores.stop());

  describeStore('postgres', async (options) => {
    let now = epoch;
    const schema = await stores.schema();
    const given = { now: () => now, outbox: options?.outbox ?? false };
    const reopen = async (): Promise<Store> => {
      await stores.closeAll();
      return stores.open(schema, given);
    };
    return { store: await stores.open(schema, given), advance: (ms) => void (now += ms), reopen };
  });
});
