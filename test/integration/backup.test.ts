import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSqliteStore } from '../../runtime/adapters/store/sqlite/index.ts';
import type { Store } from '../../runtime/ports/store.ts';
import { type CountingProvider, kindOfSession, startCountingProvider } from '../chaos/load.ts';
import { type Serving, startServing } from '../chaos/serving.ts';
import { brokenHistory } from '../support/history-checks.ts';
import { type PostgresStores, startPostgresStores } from '../support/postgres-stores.ts';
import { readSession } from '../support/session-facts.ts';
import { findPostgres } from '../testbed/postgres.ts';

const sessions = Array.from({ length: 4 }, (_, n) => kindOfSession(n));
const programs = findPostgres();

/** A backup taken while `nireon serve` works, as docs/operations.md has it, and what another process makes of it elsewhere. */
describe('a backup that was taken at work', () => {
  let provider: CountingProvider;
  let folder = '';
  const alive = new Set<Serving>();

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nireon-backup-'));
    provider = await startCountingProvider(() => 60);
  });
  afterEach(async () => {
    await Promise.all([...alive].map((one) => one.stop()));
    alive.clear();
    await provider.close();
    await rm(folder, { recursive: true });
  });

  async function serve(pod: string, store: object): Promise<Serving> {
    const config = join(folder, `${pod}.json`);
    await writeFile(config, JSON.stringify({ ...provider.config, store }));
    const one = await startServing({ config, pod });
    alive.add(one);
    return one;
  }
  async function until(what: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 60_000;
    while (!(await what())) {
      if (Date.now() > deadline) throw new Error('it never came to pass');
      await sleep(20);
    }
  }
  /** The sessions in full swing: some ideas are there, nothing is finished. */
  const begin = async (one: Serving): Promise<void> => {
    for (const session of sessions) await one.create(session);
    await until(async () => provider.asked.size === sessions.length);
  };
  const allFinished = async (one: Serving): Promise<boolean> => {
    const views = await Promise.all(
      sessions.map(async ({ id }) => (await fetch(`${one.url}/v1/sessions/${id}`)).json() as Promise<{ status: string }>),
    );
    return views.every(({ status }) => status === 'finished');
  };
  async function expectWhole(store: Store): Promise<void> {
    for (const { id } of sessions) {
      const facts = await readSession(store, id);
      expect(facts.session).toMatchObject({ status: 'finished' });
      expect(facts.session.tally.scored).toBeGreaterThan(0);
      expect(await brokenHistory(store, facts)).toEqual([]);
    }
  }
  const unfinishedAt = async (store: Store): Promise<number> =>
    (await Promise.all(sessions.map(({ id }) => store.getSession(id)))).filter((session) => session?.status === 'running').length;

  it('of SQLite goes on where it was, beside the original', async () => {
    const original = await serve('original', { sqlite: { file: join(folder, 'original.db') } });
    await begin(original);
    const source = new DatabaseSync(join(folder, 'original.db'), { readOnly: true });
    source.exec(`VACUUM INTO '${join(folder, 'copy.db')}'`);
    source.close();
    const restored = await createSqliteStore({ file: join(folder, 'copy.db') });
    expect(await unfinishedAt(restored)).toBeGreaterThan(0);
    await restored.close();

    const other = await serve('other', { sqlite: { file: join(folder, 'copy.db') } });
    await until(() => allFinished(other));
    await until(() => allFinished(original));
    await Promise.all([...alive].map((one) => one.stop()));
    alive.clear();
    for (const name of ['copy.db', 'original.db']) {
      const store = await createSqliteStore({ file: join(folder, name) });
      await expectWhole(store);
      await store.close();
    }
  }, 120_000);

  (programs === undefined ? it.skip : it)(
    'of PostgreSQL goes on where it was, in another database',
    async () => {
      const database: PostgresStores = await startPostgresStores();
      try {
        const { server } = database;
        const schema = await database.schema();
        const url = (name: string): string => `postgres://${server.user}@${server.host}:${server.port}/${name}`;
        const original = await serve('original', { postgres: { url: url('postgres'), schema } });
        await begin(original);
        const tool = (name: string, ...args: string[]): string => execFileSync(join(programs ?? '', name), args, { encoding: 'utf8' });
        const dump = join(folder, 'backup.dump');
        tool('pg_dump', '--format=custom', `--schema=${schema}`, `--file=${dump}`, url('postgres'));
        await server.sql('CREATE DATABASE elsewhere');
        tool('pg_restore', '--exit-on-error', `--dbname=${url('elsewhere')}`, dump);

        const restored = await database.open(schema, { address: { ...database.address(schema), database: 'elsewhere' } });
        expect(await unfinishedAt(restored)).toBeGreaterThan(0);
        const other = await serve('other', { postgres: { url: url('elsewhere'), schema } });
        await until(() => allFinished(other));
        await until(() => allFinished(original));
        await expectWhole(restored);
        await expectWhole(await database.open(schema));
      } finally {
        await Promise.all([...alive].map((one) => one.stop()));
        alive.clear();
        await database.stop();
      }
    },
    120_000,
  );
});
