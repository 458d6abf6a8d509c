import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sessionViewSchema } from '../../../runtime/engine/session-view.ts';
import { runCli, startCli } from '../../support/run-cli.ts';
import { writeSlowModel } from '../../support/slow-model.ts';

const env = { NIREON_EMBEDDER_PROVIDER: 'hashing' };
const question = ['--objective', 'Halve the food that a canteen throws away.', '--seed', 'Weigh what comes back on the trays.'];
describe('explore in one process', () => {
  let folder: string;
  let slow: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nireon-explore-'));
    slow = await writeSlowModel(join(folder, 'slow.json'), 400);
  });
  afterAll(async () => rm(folder, { recursive: true }));
  const explore = (...args: string[]) => ['explore', ...question, '--db', ':memory:', ...args];

  it('says first that no language model answers and how to change it, then each round, then reason and ranking', async () => {
    // A session of a random name may meet an ordinary target in its first round.
    const { code, out, err } = await runCli(explore('--depth', '2', '--target', '10'), { env, cwd: folder });
    const lines = err.split('\n');
    expect(lines[0]).toMatch(/^answers: builtin, which is no language model .* --model ollama:qwen3/);
    expect(lines.filter((line) => line.startsWith('round '))).toHaveLength(2);
    expect(out).toMatch(/^depth-reached after 2 rounds: \d+ ideas, \d+ scored/);
    expect(out).toMatch(/\n *1 +\d\.\d\d +ok +\d/);
    expect(code).toBe(0);
  });

  it('writes the report before it ends, and refuses a bad place before it begins', async () => {
    const file = join(folder, 'report.html');
    await runCli(explore('--depth', '1', '--out', file, '--quiet'), { env });
    expect(await readFile(file, 'utf8')).toContain('No language model wrote these ideas');
    const refused = await runCli(explore('--out', '/nowhere/report.html'), { env });
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('nothing can be written into /nowhere')]);
  });

  it('prints JSON lines only, the session last', async () => {
    const { code, out, err } = await runCli(explore('--depth', '1', '--json', '--quiet', '--id', 'ses_json'), { env });
    const lines = out.trimEnd().split('\n').map((line) => JSON.parse(line) as { type?: string; sequence?: number }); // prettier-ignore
    expect(lines.slice(0, -1).map(({ sequence }) => sequence)).toEqual(lines.slice(0, -1).map((_, i) => i + 1));
    expect(lines.at(-2)!.type).toBe('session.finished');
    expect(sessionViewSchema.parse(lines.at(-1)).id).toBe('ses_json');
    expect([code, err]).toEqual([0, '']);
  });

  it.each([
    ['a budget that pays for nothing', ['--budget', 'llmCalls=1'], 2, 'Raise --budget llmCalls='],
    ['a session that is not there', [], 1, 'there is no session ses_none'],
  ])('says what to do about %s', async (_, args, exit, sentence) => {
    const what = args.length === 0 ? ['explore', '--id', 'ses_none', '--db', ':memory:'] : explore(...args);
    const { code, err } = await runCli(what, { env });
    expect(err).toContain(sentence);
    expect(code).toBe(exit);
  });

  it('exits with 1 and the code where nothing could be scored', async () => {
    const broken = await writeSlowModel(join(folder, 'broken.json'), 0, { status: 400 });
    const { code, out } = await runCli(explore('--depth', '1', '--model', broken), { env });
    expect(out).toContain('failed (NO_SCORED_IDEA) after 1 round: 3 ideas, 0 scored, 3 without a score');
    expect(code).toBe(1);
  });

  it('drains at Ctrl-C: what runs ends, the table is printed, the session goes on', async () => {
    const run = startCli(explore('--depth', '5', '--model', slow), { env });
    await run.until('round 1 · ');
    run.process.kill('SIGINT');
    const { code, out, err } = await run.ended;
    expect(code).toBe(130);
    expect(err).toContain('stopping: running calls end');
    expect(out).toMatch(/^still running after \d rounds?/);
  });

  it('ends at once at the second Ctrl-C', async () => {
    const run = startCli(explore('--model', await writeSlowModel(join(folder, 'stuck.json'), 20_000)), { env });
    await run.until('session ses_');
    run.process.kill('SIGINT');
    await run.until('stopping:');
    run.process.kill('SIGINT');
    expect(await run.ended).toMatchObject({ code: 130, out: '' });
  });

  (existsSync('/usr/bin/script') ? it : it.skip)('redraws its line on a real terminal, and keeps it within the width', () => {
    const main = join(import.meta.dirname, '../../../runtime/main.ts');
    const command = [process.execPath, main, ...explore('--depth', '1', '--model', slow)].map((word) => `'${word}'`).join(' ');
    const { stdout, status } = spawnSync('/usr/bin/script', ['-qec', `stty cols 72; ${command}`, '/dev/null'], {
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], TERM: 'xterm', ...env },
      encoding: 'utf8',
    });
    expect(status).toBe(0);
    const drawn = stdout.split('\r\u001b[K').map((text) => text.split(/\r?\n/).at(-1)!);
    expect(drawn.filter((line) => line.startsWith('round 1/1 · ideas')).length).toBeGreaterThan(2);
    expect(Math.max(...drawn.filter((line) => line.startsWith('round')).map((line) => line.length))).toBeLessThan(72);
  });
});

describe('serve', () => {
  it('works for commands that speak to it, and drains at SIGTERM', async () => {
    const server = startCli(['serve', '--db', ':memory:', '--port', '0'], {
      env: { ...env, NIREON_OPS_PORT: '0', NIREON_API_TOKEN: 'a-long-token' },
    });
    const line = await server.line('API listens');
    const { address } = JSON.parse(line) as { address: string };
    const client = { env: { NIREON_SERVER: address, NIREON_TOKEN: 'a-long-token' } };
    const explored = await runCli(['explore', ...question, '--depth', '2', '--target', '10', '--id', 'ses_served'], client);
    expect([explored.code, explored.out]).toEqual([0, expect.stringContaining('depth-reached after 2 rounds')]);
    const replayed = await runCli(['replay', 'ses_served'], client);
    expect([replayed.code, replayed.out]).toEqual([0, expect.stringMatching(/^steps (\d+), identical \1, outside calls 0\n$/)]);
    expect((await runCli(['sessions', 'list'], client)).out).toContain('ses_served');
    const signal = JSON.parse((await runCli(['explore', '--id', 'ses_served', '--json', '--quiet'], client)).out.split('\n')[0]!) as {
      id: string;
    };
    expect((await runCli(['rules', 'explain', '--signal', signal.id], client)).out).toMatch(/seed-explore .*: fires/);
    server.process.kill('SIGTERM');
    const { code, out } = await server.ended;
    expect(code).toBe(0);
    expect(
      out
        .trimEnd()
        .split('\n')
        .every((each) => typeof (JSON.parse(each) as { msg: unknown }).msg === 'string'),
    ).toBe(true);
    expect(out).not.toContain('a-long-token');
  });
});
