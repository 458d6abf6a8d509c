import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli, startCli } from '../../support/run-cli.ts';
import { findPostgres, type Postgres, startPostgres } from '../../testbed/postgres.ts';

const question = ['--objective', 'Halve the food that a canteen throws away.', '--seed', 'Weigh what comes back on the trays.'];
const secret = 'hard-to-guess';

(findPostgres() === undefined ? describe.skip : describe)('commands over PostgreSQL', () => {
  let server: Postgres;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nireon-cli-pg-'));
    server = await startPostgres({ fsync: false });
    await server.sql(`CREATE ROLE nireon LOGIN PASSWORD '${secret}'`);
    await server.sql('CREATE DATABASE nireon OWNER nireon');
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });
  const env = (given: Record<string, string> = {}) => ({
    NIREON_EMBEDDER_PROVIDER: 'hashing',
    NIREON_STORE_POSTGRES_URL: `postgres://nireon:${secret}@127.0.0.1:${server.port}/nireon`,
    ...given,
  });
  const run = async (args: readonly string[], given?: Record<string, string>) => runCli(args, { cwd: folder, env: env(given) });
  const reportIn = async (file: string) => JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;

  it('says that a schema needs a migration, migrates, explores and replays', async () => {
    const place = `schema nireon of database nireon`;
    expect(await run(['sessions', 'list'])).toMatchObject({
      code: 78,
      err: expect.stringContaining(`${place} holds no tables of nireon; run \`nireon migrate\``),
    });
    expect(await run(['migrate', '--check'])).toMatchObject({ code: 78, err: expect.stringContaining('run `nireon migrate`') });
    expect(await run(['migrate'])).toMatchObject({
      code: 0,
      err: expect.stringContaining(`${place} at 127.0.0.1:${server.port} is at version`),
    });
    expect((await run(['migrate', '--check'])).code).toBe(0);
    expect((await run(['explore', ...question, '--depth', '2', '--id', 'ses_pg', '--quiet'])).code).toBe(0);
    expect((await run(['sessions', 'list'])).out).toContain('ses_pg');
    expect((await run(['replay', 'ses_pg'])).out).toMatch(/^steps (\d+), identical \1, outside calls 0\n$/);
    // A database file that is named on the command line is meant.
    expect((await run(['migrate', '--db', 'own.db'])).err).toContain('the database own.db is at version 1');
  });

  it('migrates for all roles of a folder once their settings and rules are right, and reports', async () => {
    const config = join(folder, 'roles');
    const report = join(folder, 'report.json');
    for (const role of ['writer', 'judge', 'rules']) await mkdir(join(config, role), { recursive: true });
    await writeFile(join(config, 'writer/nireon.yaml'), 'role: writer\nmechanisms: [explorer]\n');
    await writeFile(join(config, 'judge/nireon.yaml'), 'role: judge\nmechanisms: [sentinl]\n');
    const args = ['migrate', '--config-dir', config, '--report', report];
    const schema = { NIREON_STORE_POSTGRES_SCHEMA: 'of_roles' };
    expect((await run(args, schema)).code).toBe(78);
    expect(await reportIn(report)).toMatchObject({
      ...{ code: 'CONFIG_INVALID', retryable: false },
      problems: [{ path: 'judge: mechanisms[0]', message: expect.any(String) }],
    });
    await writeFile(join(config, 'judge/nireon.yaml'), 'role: judge\nmechanisms: [sentinel]\n');
    await writeFile(join(config, 'rules/own.yaml'), 'rules: 1\n');
    expect((await run(args, schema)).code).toBe(78);
    expect(await reportIn(report)).toMatchObject({ code: 'RULES_INVALID' });
    await rm(join(config, 'rules'), { recursive: true });
    expect((await run(args, schema)).code).toBe(0);
    expect(await reportIn(report)).toMatchObject({
      code: 'OK',
      schema: { version: expect.any(Number), oldestRuntime: expect.any(Number) },
    });
  });

  it('ends with 1 where trying again may help, with 78 where it does not, and shows no password', async () => {
    const nobody = await run(['migrate'], { NIREON_STORE_POSTGRES_URL: `postgres://nireon:${secret}@127.0.0.1:1/nireon` });
    expect(nobody).toMatchObject({ code: 1, err: expect.stringContaining('PostgreSQL at 127.0.0.1:1 does not answer') });
    const wrong = await run(['sessions', 'list'], {
      NIREON_STORE_POSTGRES_URL: `postgres://nireon:${secret}x@127.0.0.1:${server.port}/nireon`,
    });
    expect(wrong).toMatchObject({
      code: 78,
      err: expect.stringContaining('refused user nireon (28P01): correct the user or the password'),
    });
    const shown = await run(['config', 'print']);
    expect(nobody.err + wrong.err + shown.out).not.toContain(secret);
  });

  it('serves: waits for a database that is down, is live and not ready meanwhile, and lives through its restart', async () => {
    await run(['migrate']);
    await server.kill();
    const serving = startCli(['serve', '--port', '0'], { cwd: folder, env: env({ NIREON_OPS_PORT: '0' }) });
    const ended = serving.ended;
    try {
      const { address: ops } = JSON.parse(await serving.line('health and metrics listen')) as { address: string };
      const probe = async (path: string) => (await fetch(`${ops}${path}`)).status;
      await serving.line('store lost');
      expect([await probe('/livez'), await probe('/readyz')]).toEqual([200, 503]);
      await server.start();
      const { address: api } = JSON.parse(await serving.line('API listens')) as { address: string };
      expect(await probe('/readyz')).toBe(200);
      const begun = await fetch(`${api}/v1/sessions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ id: 'ses_served', objective: 'Halve the food.', seeds: ['Weigh it.'], policy: { depth: 3 } }),
      });
      expect(begun.status).toBe(201);
      await server.restart();
      const state = async () => ((await (await fetch(`${api}/v1/sessions/ses_served`)).json()) as { status?: string }).status;
      const deadline = Date.now() + 20_000;
      while ((await state()) !== 'finished' && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 100));
      expect(await state()).toBe('finished');
      expect(serving.out()).not.toContain(secret);
    } finally {
      serving.process.kill('SIGTERM');
      expect((await ended).code).toBe(0);
    }
    expect((await run(['replay', 'ses_served'])).out).toMatch(/^steps (\d+), identical \1, outside calls 0\n$/);
  });
});
