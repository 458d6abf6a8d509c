import { spawnSync } from 'node:child_process';
import { chmod, mkdir, open, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type KeptDatabase, keptDatabase, question, stackLine } from '../../support/kept-database.ts';
import { runCli, startCli } from '../../support/run-cli.ts';

const launcher = join(import.meta.dirname, '../../../bin/nireon');
const explore = (...args: string[]) => ['explore', ...question, '--depth', '1', ...args];

describe('what happens to databases', () => {
  let kept: KeptDatabase;
  let before: string;
  beforeAll(async () => {
    kept = await keptDatabase();
    before = await kept.recorded();
  });
  afterEach(async () => {
    expect(await kept.recorded()).toBe(before);
  });
  afterAll(() => kept.remove());

  async function refused(args: readonly string[], code: number, says: string | RegExp, next: string | RegExp): Promise<void> {
    const ended = await kept.run(args);
    expect(ended.err).toMatch(says);
    expect(ended.err).toMatch(next);
    expect({ code: ended.code, out: ended.out }).toEqual({ code, out: '' });
    expect(ended.err).not.toMatch(stackLine);
    expect(ended.err).not.toContain('NIREON_DEBUG');
  }

  it('a damaged one is told, and left as it is', async () => {
    const file = await kept.copy('damaged.db');
    const { size } = await stat(file);
    const handle = await open(file, 'r+');
    await handle.write(Buffer.alloc(size - 4096, 0x5a), 0, size - 4096, 4096);
    await handle.close();
    const bytes = await readFile(file);
    await refused(explore('--db', file), 1, 'damaged.db is damaged or no database', 'restore it from a backup, or move it away');
    await refused(
      ['sessions', 'list', '--db', file],
      1,
      'damaged.db is damaged or no database',
      'restore it from a backup, or move it away',
    );
    expect((await readFile(file)).equals(bytes)).toBe(true);
  });

  it('a file that is none is told, and left as it is', async () => {
    const file = join(kept.folder, 'notes.txt');
    const text = 'These are notes, and no database.\n'.repeat(100);
    await writeFile(file, text);
    await refused(explore('--db', file), 1, 'notes.txt is damaged or no database', 'move it away and start with a new one');
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  it('one of a newer version is left alone', async () => {
    const file = await kept.copy('newer.db');
    const database = new DatabaseSync(file);
    database.exec('INSERT INTO schema_version VALUES (999, 999, 0)');
    database.close();
    await refused(explore('--db', file), 78, 'newer.db has schema 999', 'upgrade nireon');
    await refused(['sessions', 'list', '--db', file], 78, 'newer.db has schema 999', 'Use the version that made it, or a newer one.');
    const again = new DatabaseSync(file);
    again.exec('DELETE FROM schema_version WHERE version = 999');
    again.close();
    expect(await kept.recorded('ses_kept', file)).toBe(before);
  });

  it('one of an older version is not changed by whoever reads it, and brought forward by whoever writes', async () => {
    const file = join(kept.folder, 'older.db');
    new DatabaseSync(file).close();
    await writeFile(file, '');
    await refused(['sessions', 'list', '--db', file], 78, 'older.db has schema 0', 'run `nireon migrate` to bring it to');
    expect(await kept.run(explore('--db', file, '--quiet'))).toMatchObject({ code: 0 });
  });

  it('one whose folder is not there, or that is a folder itself, is told', async () => {
    await refused(explore('--db', '/nowhere/nireon.db'), 1, 'the folder /nowhere for the database does not exist', 'make it first');
    await refused(explore('--db', kept.folder), 1, 'is a folder', 'name a file in it');
    await refused(['sessions', 'list', '--db', join(kept.folder, 'none.db')], 1, 'there is no database', '"nireon explore" makes one');
  });

  it('one in a folder that may not be written is read, and says why it cannot be written', async () => {
    const [folder, home] = [join(kept.folder, 'closed'), join(kept.folder, 'home')];
    await Promise.all([mkdir(folder), mkdir(home)]);
    const file = await kept.copy('closed/nireon.db');
    await Promise.all([chmod(kept.folder, 0o755), chmod(folder, 0o555), chmod(file, 0o444)]);
    // To root everything can be written.
    const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    const run = (...args: string[]) =>
      spawnSync(launcher, args, {
        ...{ cwd: home, encoding: 'utf8', ...nobody },
        env: { PATH: process.env['PATH'], HOME: home, NIREON_EMBEDDER_PROVIDER: 'hashing' },
      });
    const { status, stderr } = run(...explore('--db', file));
    if (stderr.includes('Permission denied') || stderr.includes('EACCES')) return; // the project itself is closed to nobody
    expect([status, stderr]).toEqual([1, expect.stringMatching(/cannot be written: check the permissions of the file and of its folder/)]);
    expect(stderr).not.toMatch(stackLine);
    expect(run('sessions', 'list', '--db', file).stdout).toContain('ses_kept');
    await chmod(folder, 0o755);
  });

  it('one that another process works on is left to it', async () => {
    await writeFile(join(kept.folder, 'stuck.json'), '[{ "delayMs": 60000, "json": {} }]');
    const file = await kept.copy('taken.db');
    const first = kept.start(explore('--db', file, '--id', 'ses_first', '--model', 'scripted:stuck.json'));
    await first.until('session ses_first');
    await refused(explore('--db', file), 1, `process ${String(first.process.pid)} has the database`, 'End that process, or speak to it');
    expect(await kept.recorded('ses_kept', file)).toBe(before);
    first.process.kill('SIGKILL');
    await first.ended;
  });

  it('one that cannot grow any more keeps what it has, and the run goes on when it can', async () => {
    const file = join(kept.folder, 'full.db');
    const args = explore('--db', file, '--id', 'ses_full');
    const options = { cwd: kept.folder, env: { NIREON_EMBEDDER_PROVIDER: 'hashing' } };
    // In blocks of 512 bytes: the beginning of the session fits, the rest does not.
    const full = startCli(args, { ...options, shell: 'ulimit -f 5600' });
    await full.until('there is no space left for the database: free some, and the run goes on by itself');
    full.process.kill('SIGINT');
    await full.until('stopping:');
    full.process.kill('SIGINT');
    const { code, err } = await full.ended;
    expect([code, err]).toEqual([130, expect.stringContaining('session ses_full')]);
    expect(err).not.toMatch(stackLine);
    const again = await runCli(['explore', '--id', 'ses_full', '--db', file], options);
    expect(again).toMatchObject({ code: 0, err: expect.stringContaining('session ses_full, going on') });
    expect(await kept.run(['replay', 'ses_full', '--db', file])).toMatchObject({
      code: 0,
      out: expect.stringContaining('outside calls 0'),
    });
  });
});
