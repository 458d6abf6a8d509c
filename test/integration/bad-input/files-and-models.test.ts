import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type CliRun, runCli, startCli } from '../../support/run-cli.ts';

/** What a user gives, and what the user is told. `{}` in arguments and answers is the folder of the test. */
interface Case {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly exit: number;
  readonly says: RegExp;
  /** A file that must be as it was. */
  readonly keeps?: string;
}

const explore = (...args: string[]): string[] => [
  ...['explore', '--objective', 'Find the way', '--seed', 'A seed to grow from', '--model', 'builtin', '--config', '{}/quick.yaml'],
  ...['--db', '{}/new.db', ...args],
];
const model = (...args: string[]): string[] => ['explore', '--objective', 'Find the way', '--seed', 'A seed to grow from', ...args];

const cases: Readonly<Record<string, Case>> = {
  'no seed': { args: ['explore', '--objective', 'Find the way'], exit: 2, says: /needs at least one --seed/ },
  'a budget that is no number': { args: explore('--budget', 'usd=NaN'), exit: 2, says: /usd must be an amount like 0\.50, not "NaN"/ },
  'a budget of nothing known': { args: explore('--budget', 'lmCalls=4'), exit: 2, says: /knows no "lmCalls"; did you mean llmCalls\?/ },
  'a deadline that is no time': { args: explore('--deadline', '3y'), exit: 2, says: /must be a time like 90s, 20m or 1h30m, not "3y"/ },
  'a report of no known kind': { args: explore('--out', 'x.pdf'), exit: 2, says: /must end in \.html, \.md or \.json/ },
  'a provider that is none': { args: model('--model', 'opnai:gpt'), exit: 2, says: /no provider "opnai"; did you mean openai\?/ },
  'a hosted model without a price': { args: model('--model', 'openai:gpt-4o'), exit: 78, says: /needs --price in\/out/ },
  'a price that is none': { args: model('--model', 'openai:m', '--price', 'free'), exit: 2, says: /like 0\.15\/0\.60, not "free"/ },
  'a hosted model without a key': { args: model('--model', 'openai:m', '--price', '1/1'), exit: 78, says: /OPENAI_API_KEY is not set/ },
  'a settings file that is missing': {
    args: ['serve', '--config', '{}/none.yaml'],
    exit: 78,
    says: /none\.yaml: cannot be read \(ENOENT\)/,
  },
  'an unknown setting': {
    args: ['config', 'check', '--config', '{}/unknown.yaml'],
    exit: 78,
    says: /workers: is not a setting; did you mean worker\?/,
  },
  'a setting of the wrong kind': {
    args: ['serve', '--config', '{}/wrong.yaml'],
    exit: 78,
    says: /worker\.concurrency: must be a number, not a text \(.*wrong\.yaml:2/,
  },
  'a rule that lacks its input': {
    args: ['rules', 'check', '{}/lacking.yaml'],
    exit: 78,
    says: /lacking\.yaml:4 one RULE_INVALID input: is required/,
  },
  'a language model that is missing': {
    args: explore('--model', 'local:none.gguf'),
    exit: 78,
    says: /none\.gguf is missing[^]*models list/,
  },
  'a language model that is none': { args: explore('--model', 'local:{}/broken.gguf'), exit: 78, says: /is not a GGUF file/ },
  'an embedding model that is missing': {
    args: model('--model', 'builtin', '--offline', '--db', '{}/new.db'),
    env: { NIREON_MODELS_DIR: '{}' },
    exit: 78,
    says: /fetch it with "nireon models get all-MiniLM-L6-v2"/,
  },
  'an embedding model that is none': {
    args: model('--model', 'builtin', '--db', '{}/new.db'),
    env: { NIREON_EMBEDDER_FILE: '{}/broken.onnx' },
    exit: 78,
    says: /broken\.onnx cannot be used/,
  },
  'no database': { args: ['sessions', 'list', '--db', '{}/none.db'], exit: 1, says: /none\.db[^]*"nireon explore" makes one/ },
  'a folder in place of a database': { args: explore('--db', '{}'), exit: 1, says: /is a folder: name a file in it/ },
  'a database in no folder': {
    args: explore('--db', '{}/nowhere/a.db'),
    exit: 1,
    says: /nowhere for the database does not exist: make it first/,
  },
  'a file that is no database': {
    args: explore('--db', '{}/noise.db'),
    exit: 1,
    says: /is damaged or no database: restore it/,
    keeps: 'noise.db',
  },
  'a database with damaged pages': {
    args: ['sessions', 'list', '--db', '{}/torn.db'],
    exit: 1,
    says: /is damaged or no database/,
    keeps: 'torn.db',
  },
  'a database of a newer version': {
    args: explore('--db', '{}/newer.db'),
    exit: 78,
    says: /has schema 99[^]*upgrade nireon/,
    keeps: 'newer.db',
  },
  'a database of an older version': {
    args: ['sessions', 'list', '--db', '{}/older.db'],
    exit: 78,
    says: /run `nireon migrate`/,
    keeps: 'older.db',
  },
  'a dead item that is not there': { args: ['dead', 'retry', 'none', '--db', '{}/kept.db'], exit: 1, says: /no dead work item none/ },
  'a server that does not answer': {
    args: ['sessions', 'list', '--server', 'http://127.0.0.1:9'],
    exit: 1,
    says: /does not answer[^]*"nireon serve" runs there/,
  },
};

const rule = (...lines: string[]): string => ['version: nireon.rules/v1', 'name: mine', 'rules:', ...lines, ''].join('\n');

describe('bad input in settings, models and databases', () => {
  let folder = '';
  const here = (text: string): string => text.replaceAll('{}', folder);
  const run = ({ args, env = {} }: Pick<Case, 'args' | 'env'>) =>
    runCli(args.map(here), {
      cwd: folder,
      env: { HOME: folder, ...Object.fromEntries(Object.entries(env).map(([name, value]) => [name, here(value)])) },
    });
  const digest = async (file: string): Promise<string> =>
    createHash('sha256')
      .update(await readFile(join(folder, file)))
      .digest('hex');

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nireon-bad-'));
    const files = {
      'quick.yaml': 'embedder: {provider: hashing}\n',
      'unknown.yaml': 'workers:\n  concurrency: 4\n',
      'wrong.yaml': 'worker:\n  concurrency: many\n',
      'lacking.yaml': rule('  - id: one', '    on: seed.planted', '    to: explorer.explore'),
      'broken.gguf': 'this is no model',
      'broken.onnx': 'this is no model',
      'broken.tokenizer.json': '{}',
      'noise.db': 'this is no database '.repeat(500),
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const made = await run({ args: explore('--id', 'ses_kept', '--db', '{}/kept.db', '--depth', '1', '--variations', '1') });
    expect(made).toMatchObject({ code: 0 });
    for (const [name, change] of [
      ['newer.db', 'UPDATE schema_version SET version = 99, oldest_runtime = 99'],
      ['older.db', 'UPDATE schema_version SET version = 0'],
    ] as const) {
      await copyFile(join(folder, 'kept.db'), join(folder, name));
      const database = new DatabaseSync(join(folder, name));
      database.exec(`${change}; PRAGMA wal_checkpoint(TRUNCATE)`);
      database.close();
    }
    const whole = await readFile(join(folder, 'kept.db'));
    await writeFile(join(folder, 'torn.db'), Buffer.concat([whole.subarray(0, 4096), Buffer.alloc(whole.length - 4096, 0x5a)]));
  }, 60_000);
  afterAll(() => rm(folder, { recursive: true }));

  it.each(Object.entries(cases))('%s', async (_, one) => {
    const before = one.keeps === undefined ? '' : await digest(one.keeps);
    const { code, out, err } = await run(one);
    const told = `${out}\n${err}`.replaceAll(folder, '{}');
    expect(told).toMatch(one.says);
    expect(code).toBe(one.exit);
    // A stack is for whoever mends the program.
    expect(told).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
    expect(told).not.toContain('INTERNAL');
    if (one.keeps !== undefined) expect(await digest(one.keeps)).toBe(before);
  });

  it('a second process on one database is turned away, and the first goes on', async () => {
    const first = startCli(['serve', '--config', here('{}/quick.yaml')], serving());
    await first.line('API listens');
    const second = await run({ args: explore('--db', '{}/served.db') });
    expect(second).toMatchObject({ code: 1, err: expect.stringMatching(/process \d+ has the database [^]*--server/) as string });
    expect(await ended(first, 'SIGTERM')).toBe(0);
  });

  it('a port that is taken is named', async () => {
    const taken = createServer();
    const port = await new Promise<number>((resolve) =>
      taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port)),
    );
    const { code, err } = await run({
      args: ['serve', '--config', '{}/quick.yaml'],
      env: { ...serving().env, NIREON_API_PORT: String(port) },
    });
    taken.close();
    expect([code, err]).toEqual([1, expect.stringContaining(`${port}`)]);
    expect(err).toMatch(/in use|taken/);
  });

  it('a full disk is named, and what was there is kept', async () => {
    const mount = join(folder, 'small');
    await mkdir(mount);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', mount], { stdio: 'pipe' });
    } catch (error) {
      if (process.env['CI']) throw error;
      process.stderr.write('the test of a full disk is skipped: no file system can be mounted here\n');
      return;
    }
    try {
      const db = join(mount, 'a.db');
      const args = explore('--id', 'ses_full', '--depth', '1', '--variations', '1', '--db', db, '--quiet').map(here);
      expect(await runCli(args, { cwd: folder, env: { HOME: folder } })).toMatchObject({ code: 0 });
      // All that is left.
      execFileSync('sh', ['-c', `cat /dev/zero > ${join(mount, 'ballast')} 2>/dev/null || true`]);
      const more = explore('--id', 'ses_more', '--quiet', '--db', db).map(here);
      const refused = await runCli(more, { cwd: folder, env: { HOME: folder } });
      expect(refused).toMatchObject({ code: 1, err: expect.stringMatching(/a\.db cannot grow: free some space on its disk/) as string });
      await rm(join(mount, 'ballast'));
      const kept = await runCli(['report', 'ses_full', '--format', 'json', '--db', db], { cwd: folder, env: { HOME: folder } });
      expect(JSON.parse(kept.out)).toMatchObject({ session: { id: 'ses_full', status: 'finished' } });
    } finally {
      execFileSync('umount', ['-l', mount]);
    }
  }, 60_000);

  const serving = () => ({
    cwd: folder,
    env: { HOME: folder, NIREON_STORE_SQLITE_FILE: join(folder, 'served.db'), NIREON_API_PORT: '0', NIREON_OPS_PORT: '0' },
  });
  async function ended(run: CliRun, signal: NodeJS.Signals): Promise<number | null> {
    run.process.kill(signal);
    return (await run.ended).code;
  }
});
