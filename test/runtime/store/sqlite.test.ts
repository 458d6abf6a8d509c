import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { createSqliteStore, type SqliteStoreOptions } from '../../../runtime/adapters/store/sqlite/index.ts';
import { isNireonError } from '../../../runtime/domain/errors.ts';
import type { Store } from '../../../runtime/ports/store.ts';
import { creation, deadSignal, effect, settlement, step, work } from '../../support/store-records.ts';
import { allPages, claimAll, claimOne, codeOfFailure } from '../../support/store-world.ts';

let folder: string;
let count = 0;
let stores: Store[] = [];
let children: ChildProcess[] = [];
const newFile = (): string => join(folder, `${++count}.db`);

async function opened(options: SqliteStoreOptions): Promise<Store> {
  const store = await createSqliteStore(options);
  stores.push(store);
  return store;
}

/** The message of a failure of this code. */
async function failure(call: Promise<unknown>, code: string): Promise<string> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(isNireonError(error) ? error.code : error).toBe(code);
  return isNireonError(error) ? error.message : '';
}

function otherProcess(file: string, ...more: string[]): { child: ChildProcess; lines: Interface; first: Promise<string> } {
  const script = new URL('../../support/hold-store.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, file, ...more], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // To root every file can be written.
    ...(more.includes('--as-nobody') && process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}),
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  children.push(child);
  const lines = createInterface({ input: child.stdout });
  const first = once(lines, 'line').then(([line]) => String(line));
  return { child, lines, first };
}

async function killed(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nireon-sqlite-'));
});
afterEach(async () => {
  await Promise.all(stores.map((store) => store.close()));
  for (const child of children) if (child.exitCode === null && child.signalCode === null) await killed(child);
  stores = [];
  children = [];
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the lock of the one writing process', () => {
  it('turns a second writer in the same process away, naming the holder, and lets it in after the close', async () => {
    const file = newFile();
    const first = await opened({ file });
    expect(await failure(createSqliteStore({ file }), 'STORE_LOCKED')).toContain(`process ${process.pid} has the database`);
    expect(await failure(createSqliteStore({ file }), 'STORE_LOCKED')).toContain(file);
    await first.createSession(creation());
    await first.close();
    expect(await (await opened({ file })).getSession('ses_a')).toBeDefined();
  });

  it('turns another process away, and is free again when its holder was killed', async () => {
    const file = newFile();
    const { child, first } = otherProcess(file);
    expect(await first).toBe('open');
    expect(await failure(createSqliteStore({ file }), 'STORE_LOCKED')).toContain(`process ${child.pid}`);
    await killed(child);
    const store = await opened({ file });
    expect(JSON.parse(await otherProcess(file).first)).toMatchObject({
      code: 'STORE_LOCKED',
      message: expect.stringContaining(`process ${process.pid}`),
    });
    expect((await store.health()).ok).toBe(true);
  });

  it('lets nobody in twice when several come at once', async () => {
    const file = newFile();
    const answers = await Promise.allSettled([1, 2, 3, 4].map(() => opened({ file })));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const answer of answers) if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ code: 'STORE_LOCKED' });
  });
});

describe('reading beside the writer', () => {
  it('sees what is committed, needs no lock and writes nothing', async () => {
    const file = newFile();
    const writer = await opened({ file });
    await writer.createSession(creation());
    const reader = await opened({ file, readOnly: true });
    expect((await reader.getSession('ses_a'))?.openWork).toBe(1);
    await writer.createSession(creation({ id: 'ses_b' }));
    expect((await reader.listSessions({}, { limit: 9 })).items).toHaveLength(2);
    expect(await codeOfFailure(reader.stopSession('ses_a', 'cancelled'))).toBe('STORE_READ_ONLY');
    expect(await codeOfFailure(claimAll(reader))).toBe('STORE_READ_ONLY');
    expect(await otherProcess(file, '--read-only').first).toBe('open');
  });

  it('says that there is no database, and makes none', async () => {
    const file = newFile();
    expect(await failure(createSqliteStore({ file, readOnly: true }), 'STORE_MISSING')).toContain(file);
    await expect(open(file)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await failure(createSqliteStore({ file: join(folder, 'nowhere', 'a.db') }), 'STORE_MISSING')).toContain('nowhere');
  });

  it('asks for the migration of an older database', async () => {
    const file = newFile();
    new DatabaseSync(file).close();
    const database = new DatabaseSync(file);
    database.exec('CREATE TABLE something (a)');
    database.close();
    expect(await failure(createSqliteStore({ file, readOnly: true }), 'STORE_TOO_OLD')).toContain('nireon migrate');
  });
});

describe('files that are not as they should be', () => {
  it('names a damaged file and says what to do', async () => {
    const text = newFile();
    await writeFile(text, 'this is no database, whatever its name says. '.repeat(500));
    for (const readOnly of [false, true]) {
      const says = await failure(createSqliteStore({ file: text, readOnly }), 'STORE_CORRUPT');
      expect(says).toContain(text);
      expect(says).toContain('restore it from a backup');
    }
    expect((await readFile(text, 'utf8')).startsWith('this is no database')).toBe(true);
  });

  it('notices damage while it works, and goes on with what is whole', async () => {
    const file = newFile();
    const store = await opened({ file });
    const large = 'x'.repeat(20_000);
    await store.createSession(creation({ work: Array.from({ length: 100 }, (_, i) => work('ses_a', `w${i}`, { input: { large } })) }));
    await store.createSession(creation({ id: 'ses_b' }));
    await store.close();
    const bytes = await readFile(file);
    bytes.fill(0x5a, 4096 * Math.floor(bytes.length / 16384), 4096 * Math.floor(bytes.length / 8192));
    await writeFile(file, bytes);
    const again = await opened({ file });
    expect(
      await failure(
        allPages((page) => again.listWork('ses_a', page), 1000),
        'STORE_CORRUPT',
      ),
    ).toContain(file);
    expect((await again.health()).ok).toBe(true);
  });

  it('refuses a database that a newer version made and this one cannot live with, and opens one that it can', async () => {
    const file = newFile();
    await (await opened({ file })).close();
    const database = new DatabaseSync(file);
    database.exec('INSERT INTO schema_version VALUES (90, 1, 0)');
    const store = await opened({ file });
    expect((await store.health()).schemaVersion).toBe(90);
    await store.close();
    database.exec('INSERT INTO schema_version VALUES (91, 91, 0)');
    database.close();
    for (const readOnly of [false, true]) {
      const says = await failure(createSqliteStore({ file, readOnly }), 'STORE_TOO_NEW');
      expect(says).toMatch(/has schema 91, which needs a version of nireon that knows schema 91 \(this one knows \d+\)/);
    }
  });

  it('reports a file or a folder that cannot be written, and reads from there', async () => {
    const file = newFile();
    const store = await opened({ file });
    await store.createSession(creation());
    await store.close();
    const [readable, closed] = [join(folder, 'readable'), join(folder, 'closed')];
    await chmod(folder, 0o755);
    for (const place of [readable, closed]) {
      await mkdir(place);
      await copyFile(file, join(place, 'a.db'));
    }
    await chmod(join(readable, 'a.db'), 0o444);
    await chmod(readable, 0o777);
    await chmod(closed, 0o555);
    for (const place of [readable, closed]) {
      const refused = await otherProcess(join(place, 'a.db'), '--as-nobody').first;
      expect(JSON.parse(refused)).toMatchObject({ code: 'STORE_READ_ONLY', message: expect.stringContaining(place) });
      expect(await otherProcess(join(place, 'a.db'), '--read-only', '--as-nobody').first).toBe('open');
    }
    await chmod(closed, 0o755);
  });
});

describe('a full disk', () => {
  const large = 'x'.repeat(200_000);

  it('fails what does not fit, retryable and with nothing half-written, and goes on with what does', async () => {
    const file = newFile();
    const store = await opened({ file, maxPages: 150 });
    await store.createSession(creation({ work: Array.from({ length: 8 }, (_, i) => work('ses_a', `w${i}`)) }));
    const items = (await claimAll(store)).map(({ item }) => item);
    const results = await Promise.allSettled([
      store.commit(step(items[0]!, { work: [work('ses_a', 'small0')] })),
      store.commit(
        step(items[1]!, {
          signals: [deadSignal('ses_a', 's0')],
          work: Array.from({ length: 9 }, (_, i) => work('ses_a', `large${i}`, { input: { i, large } })),
        }),
      ),
      store.commit(step(items[2]!, { work: [work('ses_a', 'small1')] })),
      store.getWork('w0'),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(results[1]).toMatchObject({ reason: { code: 'STORE_FULL', retryable: true, message: expect.stringContaining(file) } });
    expect((await store.getSession('ses_a'))?.sequence).toBe(1);
    expect(await store.getWork('large0')).toBeUndefined();
    expect(await store.getWork('small1')).toBeDefined();
    expect(await store.commit(step(items[1]!))).toMatchObject({ kind: 'applied' });
    await store.close();
    const roomy = await opened({ file });
    expect(await roomy.commit(step(items[3]!, { work: [work('ses_a', 'large0', { input: { large } })] }))).toMatchObject({
      kind: 'applied',
    });
  });
});

describe('durability and speed', () => {
  it('has every acknowledged commit after a kill, and the next session of work goes on', async () => {
    const file = newFile();
    const { child, lines, first } = otherProcess(file, '--commit');
    expect(await first).toBe('open');
    const acknowledged: string[] = [];
    const enough = Promise.withResolvers<undefined>();
    lines.on('line', (line) => {
      acknowledged.push(line);
      if (acknowledged.length === 50) enough.resolve(undefined);
    });
    await enough.promise;
    await killed(child);
    const store = await opened({ file });
    const all = await allPages((page) => store.listWork('ses_k', page), 500);
    const done = new Set(all.filter(({ state }) => state === 'done').map(({ id }) => id));
    expect(acknowledged.filter((id) => !done.has(id))).toEqual([]);
    expect(all.filter(({ state }) => state !== 'done')).toHaveLength(1);
    expect(await store.counters('ses_k')).toMatchObject({ openWork: 1 });
  });

  it('never blocks the thread that asks', async () => {
    const store = await opened({ file: newFile() });
    await store.createSession(
      creation({ work: Array.from({ length: 300 }, (_, i) => work('ses_a', `w${i}`)), policy: { maxParallel: 64 } }),
    );
    let turns = 0;
    let busy = true;
    const spin = (): void => {
      turns++;
      if (busy) setImmediate(spin);
    };
    spin();
    for (const { item } of await claimAll(store, { limit: 64 })) await store.commit(step(item));
    busy = false;
    expect(turns).toBeGreaterThan(200);
  });

  it('keeps large results compressed', async () => {
    const file = newFile();
    const store = await opened({ file });
    await store.createSession(creation());
    const item = await claimOne(store);
    await store.startEffect(effect(item), 1);
    await store.finishEffect(settlement('ses_a/w0/vary0', 1, { result: 'r'.repeat(2_000_000) }));
    await store.close();
    const database = new DatabaseSync(file, { readOnly: true });
    const row = database.prepare('SELECT typeof(result) AS kind, length(result) AS bytes FROM journal').get();
    expect(row).toMatchObject({ kind: 'blob' });
    expect(row?.['bytes']).toBeLessThan(10_000);
    database.close();
  });
});
