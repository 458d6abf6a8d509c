import { inspect } from 'node:util';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { PostgresAddress } from '../../../runtime/adapters/store/postgres/address.ts';
import { clientConfig } from '../../../runtime/adapters/store/postgres/database.ts';
import { createPostgresStore } from '../../../runtime/adapters/store/postgres/index.ts';
import { migratePostgres, readMigrations } from '../../../runtime/adapters/store/postgres/migrate.ts';
import { storeSchema } from '../../../runtime/config-store.ts';
import { hasCode, NireonError } from '../../../runtime/domain/errors.ts';
import type { Store } from '../../../runtime/ports/store.ts';
import { postgresAddress } from '../../../runtime/wiring/postgres-address.ts';
import { type PostgresStores, startPostgresStores } from '../../support/postgres-stores.ts';
import { creation, deadSignal, effect, idea, rootOf, rootWork, settlement, step, work } from '../../support/store-records.ts';
import { claimAll, claimOne } from '../../support/store-world.ts';
import { findPostgres } from '../../testbed/postgres.ts';

const secret = 'Pa55-w0rd+%:@/ of nobody';
const known = readMigrations().at(-1)!.version;

async function failureOf(call: Promise<unknown>): Promise<NireonError> {
  try {
    await call;
  } catch (error) {
    if (hasCode(error, (error as NireonError).code)) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

(findPostgres() === undefined ? describe.skip : describe)('the postgres store', () => {
  let stores: PostgresStores;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nireon-pg-'));
    stores = await startPostgresStores({ fsync: false, tls: true });
    await stores.server.sql(`CREATE ROLE joe LOGIN PASSWORD '${secret}'`);
    await stores.server.sql('CREATE DATABASE ideas OWNER joe');
    await stores.server.sql('CREATE DATABASE bare');
  });
  afterEach(() => stores.closeAll());
  afterAll(async () => {
    await stores.stop();
    await rm(folder, { recursive: true });
  });
  const joe = (given: Partial<PostgresAddress> = {}): PostgresAddress => ({
    ...stores.address('nireon'),
    ...{ user: 'joe', database: 'ideas', password: async () => secret, connectTimeoutMs: 2000 },
    ...given,
  });
  const opening = (given: Partial<PostgresAddress>): Promise<Store> => createPostgresStore({ address: joe(given), poolSize: 2 });

  describe('shared by two processes', () => {
    const two = async (): Promise<[Store, Store]> => {
      const schema = await stores.schema();
      return [await stores.open(schema), await stores.open(schema)];
    };

    it('hands out every item once, and lets both commit into one session without gaps', async () => {
      const [one, other] = await two();
      const items = Array.from({ length: 60 }, (_, i) => work('ses_a', `w${i}`));
      await one.createSession(creation({ work: items, policy: { maxParallel: 64 } }));
      const claims = await Promise.all(
        [one, other, one, other, one, other].map((store, i) =>
          claimAll(store, { worker: `worker${i}`, limit: 10, mechanisms: ['explorer'] }),
        ),
      );
      const claimed = claims.flat().map(({ item }) => item);
      expect(new Set(claimed.map(({ id }) => id)).size).toBe(60);
      await Promise.all(
        claimed.map((item, i) =>
          [one, other][i % 2]!.commit(
            step(item, {
              ideas: [idea('ses_a', `${item.id}/i`)],
              signals: [deadSignal('ses_a', `${item.id}/s`)],
              work: [work('ses_a', `${item.id}/n`)],
            }),
          ),
        ),
      );
      const told = await other.signals('ses_a', 0, 1000);
      expect(told.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 61 }, (_, i) => i + 1));
      expect(await one.getSession('ses_a')).toMatchObject({ openWork: 60, tally: { ideas: 60 } });
    });

    it('claims another session while one is held, and waits where there is no other', async () => {
      const [one, other] = await two();
      const schema = 's' + String(Number((await stores.schema()).slice(1)) - 1);
      for (const id of ['ses_a', 'ses_b']) await one.createSession(creation({ id, work: [work(id, `${id}/w`), work(id, `${id}/v`)] }));
      const { holding, release } = await hold(`UPDATE ${schema}.sessions SET round = round WHERE id = 'ses_a'`);
      expect((await claimAll(one, { limit: 1 })).map(({ item }) => item.sessionId)).toEqual(['ses_b']);
      expect((await claimAll(other)).map(({ item }) => item.sessionId)).toEqual(['ses_b']);
      const waiting = claimAll(other, { worker: 'patient' });
      await until(async () => (await lockWaits()) > 0);
      release();
      await holding;
      expect((await waiting).map(({ item }) => item.sessionId)).toEqual(['ses_a', 'ses_a']);
    });

    it('lets go of a session that a process held when it was stopped', async () => {
      const schema = await stores.schema();
      const store = await stores.open(schema);
      await store.createSession(creation());
      const item = await claimOne(store);
      const stopped = new pg.Client(clientConfig(stores.address(schema), false));
      stopped.on('error', () => undefined);
      await stopped.connect();
      await stopped.query('BEGIN');
      await stopped.query('SELECT FROM sessions FOR NO KEY UPDATE');
      expect(await store.commit(step(item, { work: [work('ses_a', 'w9')] }))).toMatchObject({ kind: 'applied' });
      await stopped.end();
    });

    it('never lets effects of both pass a limit', async () => {
      const [one, other] = await two();
      const items = Array.from({ length: 8 }, (_, i) => work('ses_a', `w${i}`));
      await one.createSession(creation({ work: items, limits: { llmCalls: 3 } }));
      const claimed = (await claimAll(one)).map(({ item }) => item);
      const starts = await Promise.all(
        claimed.map((item, i) => [one, other][i % 2]!.startEffect(effect(item, { reserve: { llmCalls: 1 } }), 1)),
      );
      expect(starts.filter(({ kind }) => kind === 'started')).toHaveLength(3);
      expect((await other.budgets('ses_a', [rootOf('ses_a')]))[0]).toMatchObject({ reserved: { llmCalls: 3 } });
    });

    it('shows whoever scales by it what waits and what runs', async () => {
      const schema = await stores.schema();
      const store = await stores.open(schema);
      await store.createSession(creation({ work: [work('ses_a', 'w0'), work('ses_a', 'w1'), rootWork('ses_a', 'r0')] }));
      await store.commit(step(await claimOne(store, { mechanisms: ['explorer'] })));
      await claimOne(store, { mechanisms: ['explorer'] });
      expect(await stores.server.sql(`SELECT mechanism, open::integer FROM ${schema}.nireon_open_work ORDER BY mechanism`)).toEqual([
        { mechanism: 'explorer', open: 1 },
        { mechanism: 'planner', open: 1 },
      ]);
    });

    it('keeps times by the clock of the database alone', async () => {
      const [one, other] = await two();
      await one.createSession(creation({ work: [work('ses_a', 'w0')] }));
      const item = await claimOne(one, { leaseMs: 300 });
      const lead = Date.parse(item.leaseUntil!) - Date.parse(item.createdAt);
      expect(lead).toBeGreaterThanOrEqual(300);
      await until(async () => (await claimAll(other, { worker: 'heir', takeOver: true })).some(({ takenOver }) => takenOver));
      expect(await one.commit(step(item))).toEqual({ kind: 'fenced' });
    });
  });

  describe('when the database goes away', () => {
    it('says so, and goes on by itself when it is back', async () => {
      const store = await stores.open(await stores.schema());
      await store.createSession(creation({ work: [work('ses_a', 'w0'), work('ses_a', 'w1')] }));
      const item = await claimOne(store, { limit: 1 });
      await stores.server.kill('SIGQUIT');
      expect(await failureOf(store.commit(step(item)))).toMatchObject({
        ...{ code: 'STORE_UNREACHABLE', retryable: true },
        message: expect.stringContaining(`PostgreSQL at 127.0.0.1:${stores.server.port} does not answer`),
      });
      await until(async () => !(await store.health()).ok);
      await stores.server.start();
      expect(await store.commit(step(item))).toMatchObject({ kind: 'applied' });
      expect(await store.commit(step(item))).toEqual({ kind: 'fenced' });
      expect(await store.health()).toMatchObject({ ok: true, schemaVersion: known });
    });

    it('takes a password that is changed under it, and a database that turns read-only, for an outage', async () => {
      await migratePostgres(joe());
      const store = await opening({});
      const cut = (sql: string) =>
        stores.server.sql(`${sql}; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'nireon'`);
      const writing = () => store.putBlob('key', new Uint8Array([1]));
      await cut(`ALTER ROLE joe PASSWORD 'another'`);
      await until(async () => /28P01/.test((await failureOf(writing())).message));
      expect(await failureOf(writing())).toMatchObject({ code: 'STORE_UNREACHABLE', retryable: true });
      await cut(`ALTER ROLE joe PASSWORD '${secret}'; ALTER ROLE joe SET default_transaction_read_only = on`);
      await until(async () => /only lets itself be read/.test((await failureOf(writing())).message));
      expect(await failureOf(writing())).toMatchObject({ code: 'STORE_UNREACHABLE', retryable: true });
      await cut('ALTER ROLE joe RESET default_transaction_read_only');
      await until(async () => writing().then(...([() => true, () => false] as const)));
      await store.close();
    });

    it('asks again for what only reads, when connections were ended under it', async () => {
      const store = await stores.open(await stores.schema());
      await store.createSession(creation());
      for (let i = 0; i < 5; i++) {
        await Promise.all(Array.from({ length: 8 }, () => store.getSession('ses_a')));
        await stores.server.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'nireon'`);
        expect(await store.getSession('ses_a')).toMatchObject({ id: 'ses_a' });
      }
    });

    it('either wrote a call whose answer was lost or did not: repeated, it comes to the same', async () => {
      const store = await stores.open(await stores.schema());
      const items = Array.from({ length: 40 }, (_, i) => work('ses_a', `w${i}`));
      await store.createSession(creation({ work: items, policy: { maxParallel: 64 } }));
      const claimed = (await claimAll(store)).map(({ item }) => item);
      let ended = false;
      const cutting = (async () => {
        for (let cuts = 0; cuts < 40 && !ended; cuts++)
          await stores.server.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'nireon'`);
      })();
      const persist = async <T>(call: () => Promise<T>): Promise<T> => {
        for (;;) {
          try {
            return await call();
          } catch (error) {
            if (!hasCode(error, 'STORE_UNREACHABLE')) throw error;
          }
        }
      };
      await Promise.all(
        claimed.map(async (item) => {
          await persist(() => store.startEffect(effect(item), 1));
          await persist(() => store.finishEffect(settlement(`${item.id}/vary0`, 1)));
          await persist(() => store.commit(step(item, { ideas: [idea('ses_a', `${item.id}/i`)], work: [work('ses_a', `${item.id}/n`)] })));
        }),
      ).finally(() => (ended = true));
      await cutting;
      await persist(async () => expect(await store.getSession('ses_a')).toMatchObject({ openWork: 40, tally: { ideas: 40 } }));
      const [root] = await persist(() => store.budgets('ses_a', [rootOf('ses_a')]));
      expect(root).toMatchObject({ spent: { llmCalls: 40 }, reserved: { llmCalls: 0 } });
    });
  });

  describe('that cannot be opened', () => {
    const faults: readonly (readonly [string, () => Promise<unknown>, string, RegExp])[] = [
      [
        'a wrong password',
        () => opening({ password: async () => `not ${secret}` }),
        'STORE_DENIED',
        /refused user joe \(28P01\): correct the user or the password/,
      ],
      [
        'no password',
        () => createPostgresStore({ address: withoutPassword(joe()), poolSize: 1 }),
        'STORE_DENIED',
        /refused user joe: correct the user or the password/,
      ],
      [
        'a host that nobody knows',
        () => opening({ host: 'database.invalid' }),
        'STORE_UNREACHABLE',
        /there is no host database\.invalid: correct store\.postgres\.host|does not answer/,
      ],
      [
        'a port where nobody listens',
        () => opening({ port: 1 }),
        'STORE_UNREACHABLE',
        /PostgreSQL at 127\.0\.0\.1:1 does not answer \(.*ECONNREFUSED/,
      ],
      [
        'a database that is not there',
        () => opening({ database: 'idaes' }),
        'STORE_DATABASE_MISSING',
        /has no database idaes: create it, or correct store\.postgres\.database/,
      ],
      [
        'a schema without tables',
        () => opening({ schema: 'empty' }),
        'STORE_TOO_OLD',
        /schema empty of database ideas holds no tables of nireon; run `nireon migrate`/,
      ],
      [
        'a schema that it may not use',
        () => opening({ database: 'postgres', schema: 'closed' }),
        'STORE_DENIED',
        /does not let user joe do this in schema closed of database postgres: grant it the rights/,
      ],
      [
        'a database where it may make no schema',
        () => migratePostgres(joe({ database: 'bare' })),
        'STORE_DENIED',
        /does not let user joe do this in schema nireon of database bare/,
      ],
      [
        'a database that is read-only',
        () => opening({ user: 'reader' }),
        'STORE_READ_ONLY',
        /only lets itself be read: .*point store\.postgres at the primary/,
      ],
      [
        'a certificate of an unknown authority',
        () => opening({ host: 'localhost', tls: { verify: true } }),
        'STORE_UNTRUSTED',
        /cannot be trusted: correct store\.postgres\.tls/,
      ],
      [
        'a certificate for another host',
        async () => opening({ host: '127.0.0.1', tls: { verify: true, ca: await caOf() } }),
        'STORE_UNTRUSTED',
        /cannot be trusted: correct store\.postgres\.tls/,
      ],
    ];
    const withoutPassword = ({ password: _password, ...address }: PostgresAddress): PostgresAddress => address;
    const caOf = async (): Promise<string> => (await import('node:fs/promises')).readFile(stores.server.caFile, 'utf8');
    beforeAll(async () => {
      await stores.server.sql(`CREATE SCHEMA closed; CREATE TABLE closed.schema_version (version integer, oldest_runtime integer)`);
      await stores.server.sql(
        `CREATE ROLE reader LOGIN PASSWORD '${secret}' IN ROLE joe; ALTER ROLE reader SET default_transaction_read_only = on`,
      );
      await migratePostgres(joe());
    });

    it.each(faults)('names %s, says what to do, and tells no secret', async (_, open, code, message) => {
      const error = await failureOf(open());
      expect([error.code, error.message]).toEqual([code, expect.stringMatching(message)]);
      expect(inspect(error, { depth: 10 })).not.toContain(secret);
    });

    it('opens with the right certificate, and with a password that was changed in its file', async () => {
      const passwordFile = join(folder, 'password');
      await writeFile(passwordFile, 'wrong\n');
      const { host, port } = { host: 'localhost', port: stores.server.port };
      const { postgres } = storeSchema.parse({
        postgres: { host, port, user: 'joe', database: 'ideas', passwordFile, tls: { caFile: stores.server.caFile } },
      });
      const address = await postgresAddress(postgres);
      expect((await failureOf(createPostgresStore({ address, poolSize: 1 }))).code).toBe('STORE_DENIED');
      await writeFile(passwordFile, `${secret}\n`);
      const store = await createPostgresStore({ address, poolSize: 1 });
      expect(await store.health()).toMatchObject({ ok: true });
      await store.close();
    });

    it('takes all of it from a url too', async () => {
      const url = `postgres://joe:${encodeURIComponent(secret)}@localhost:${stores.server.port}/ideas?sslmode=require`;
      const store = await createPostgresStore({
        address: await postgresAddress(storeSchema.parse({ postgres: { url } }).postgres),
        poolSize: 1,
      });
      expect(await store.listSessions({}, { limit: 1 })).toEqual({ items: [] });
      await store.close();
    });

    it('reads beside others without the right to write, and writes nothing', async () => {
      const store = await createPostgresStore({ address: joe({ user: 'reader' }), poolSize: 1, readOnly: true });
      expect(await store.getSession('ses_a')).toBeUndefined();
      expect((await failureOf(store.putBlob('k', new Uint8Array(1)))).code).toBe('STORE_READ_ONLY');
      await store.close();
    });
  });

  describe('and its migrations', () => {
    it('are done once, however many start them together', async () => {
      const states = await Promise.all(Array.from({ length: 4 }, () => migratePostgres(stores.address('together'))));
      expect(states).toEqual(Array(4).fill({ version: known, oldestRuntime: expect.any(Number) }));
      const rows = await stores.server.sql<{ version: number }>('SELECT version FROM together.schema_version ORDER BY version');
      expect(rows.map(({ version }) => version)).toEqual(readMigrations().map(({ version }) => version));
    });

    it('only look where they are asked to', async () => {
      const error = await failureOf(migratePostgres(stores.address('looked_at'), { check: true }));
      expect([error.code, error.message]).toEqual(['STORE_TOO_OLD', expect.stringContaining('run `nireon migrate`')]);
      const rows = await stores.server.sql<unknown>(`SELECT FROM pg_namespace WHERE nspname = 'looked_at'`);
      expect(rows).toEqual([]);
      await migratePostgres(stores.address('looked_at'));
      expect(await migratePostgres(stores.address('looked_at'), { check: true })).toMatchObject({ version: known });
    });

    it('go on from where they were left, and leave nothing half-done', async () => {
      const address = stores.address('halfway');
      const [first, ...rest] = readMigrations();
      const broken = { version: 2, oldestRuntime: 1, sql: 'CREATE TABLE extra (n integer); SELECT no_such_column FROM extra' };
      expect((await failureOf(migratePostgres(address, { migrations: [first!, broken] }))).code).toBeDefined();
      const error = await failureOf(createPostgresStore({ address, poolSize: 1 }));
      expect([error.code, error.message]).toEqual([
        'STORE_TOO_OLD',
        expect.stringContaining(`is at version 1; run \`nireon migrate\` to bring it to version ${known}`),
      ]);
      expect(await migratePostgres(address, { migrations: [first!, ...rest] })).toMatchObject({ version: known });
      const rows = await stores.server.sql<unknown>(`SELECT to_regclass('halfway.extra') AS extra`);
      expect(rows).toEqual([{ extra: null }]);
    });

    it('of a newer version are lived with as long as they allow it', async () => {
      const address = stores.address('newer');
      const next = { version: known + 1, oldestRuntime: known, sql: 'CREATE TABLE newer (n integer)' };
      await migratePostgres(address, { migrations: [...readMigrations(), next] });
      const store = await createPostgresStore({ address, poolSize: 1 });
      await store.close();
      await migratePostgres(address, {
        migrations: [...readMigrations(), next, { ...next, version: known + 2, oldestRuntime: known + 2, sql: 'DROP TABLE newer' }],
      });
      const error = await failureOf(createPostgresStore({ address, poolSize: 1 }));
      expect([error.code, error.message]).toEqual([
        'STORE_TOO_NEW',
        `schema newer of database postgres is at version ${known + 2}, which needs a nireon that knows version ${known + 2} (this one knows ${known}): upgrade nireon`,
      ]);
      expect((await failureOf(migratePostgres(address))).code).toBe('STORE_TOO_NEW');
    });
  });

  it('is tried again where the database gives one up for the sake of another', async () => {
    const schema = await stores.schema();
    const store = await stores.open(schema);
    await store.createSession(creation({ work: [work('ses_a', 'w0'), work('ses_a', 'w1')] }));
    const item = await claimOne(store, { limit: 1 });
    // The other holds the item and then wants its session, which the commit holds while it wants the item.
    const { holding, release } = await hold(
      `UPDATE ${schema}.work SET priority = priority WHERE id = '${item.id}'`,
      `SET deadlock_timeout = '10s'; UPDATE ${schema}.sessions SET round = round`,
    );
    const committed = store.commit(step(item));
    await until(async () => (await lockWaits()) > 0);
    release();
    expect(await committed).toMatchObject({ kind: 'applied' });
    await holding;
  });

  /** A transaction that did `first` and stays open until released; then it does `last` and ends. */
  async function hold(first: string, last = 'SELECT 1'): Promise<{ holding: Promise<unknown>; release: () => void }> {
    const client = new pg.Client({ host: stores.server.host, port: stores.server.port, user: 'postgres', database: 'postgres' });
    await client.connect();
    await client.query('BEGIN');
    await client.query(first);
    const released = Promise.withResolvers<undefined>();
    const holding = released.promise
      .then(() => client.query(last))
      .then(() => client.query('COMMIT'))
      .finally(() => client.end());
    return { holding, release: () => released.resolve(undefined) };
  }
  async function lockWaits(): Promise<number> {
    const rows = await stores.server.sql<{ n: number }>('SELECT count(*)::integer AS n FROM pg_locks WHERE NOT granted');
    return rows[0]!.n;
  }
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('it did not come to that');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
