import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SessionView } from '../../../runtime/engine/session-view.ts';
import { runCli, startCli } from '../../support/run-cli.ts';
import { writeSlowModel } from '../../support/slow-model.ts';

const question = ['--objective', 'Halve the food that a canteen throws away.', '--seed', 'Weigh what comes back on the trays.'];

describe('commands over a store in a file', () => {
  let folder: string;
  let slow: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nireon-store-'));
    slow = await writeSlowModel(join(folder, 'slow.json'), 300);
  });
  afterEach(async () => rm(folder, { recursive: true }));
  const run = async (...args: string[]) => runCli(args, { cwd: folder, env: { NIREON_EMBEDDER_PROVIDER: 'hashing' } });
  const start = (...args: string[]) => startCli(args, { cwd: folder, env: { NIREON_EMBEDDER_PROVIDER: 'hashing' } });
  const view = async (id: string) => JSON.parse((await run('sessions', 'get', id, '--json')).out) as SessionView;

  it('keeps what was explored for every other command', async () => {
    const explored = await run('explore', ...question, '--depth', '2', '--id', 'ses_kept', '--label', 'team=north');
    expect(explored.err).toContain('nireon report ses_kept --out report.html');
    expect((await run('sessions', 'list', '--label', 'team=north')).out).toContain('ses_kept');
    expect((await run('report', 'ses_kept')).out).toContain('## Ranked ideas');
    expect(await run('replay', 'ses_kept')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^steps (\d+), identical \1, outside calls 0\n$/),
    });
    expect(await run('dead', 'list')).toMatchObject({ code: 0, out: '', err: 'No work is dead.\n' });
    expect(await run('explore', '--id', 'ses_kept')).toMatchObject({ code: 0, out: explored.out });
    expect(await run('explore', ...question, '--depth', '3', '--id', 'ses_kept')).toMatchObject({
      code: 2,
      err: expect.stringContaining('Take another --id'),
    });
  });

  it('leaves a session running at Ctrl-C, and the same id goes on to the same end', async () => {
    const whole = await run('explore', ...question, '--depth', '3', '--model', slow, '--id', 'ses_whole', '--quiet');
    const broken = start('explore', ...question, '--depth', '3', '--model', slow, '--id', 'ses_broken');
    await broken.until('round 1 · ');
    broken.process.kill('SIGINT');
    expect((await broken.ended).code).toBe(130);
    expect(await view('ses_broken')).toMatchObject({ status: 'running' });
    const resumed = await run('explore', '--id', 'ses_broken', '--model', slow);
    expect(resumed).toMatchObject({ code: 0, err: expect.stringContaining('session ses_broken, going on') });
    const [a, b] = [await view('ses_whole'), await view('ses_broken')];
    expect([b.reason, b.progress, b.budget.llmCalls]).toEqual([a.reason, a.progress, a.budget.llmCalls]);
    expect(whole.code).toBe(0);
  });

  it('goes on after kill -9 and pays for no finished call twice', async () => {
    const killed = start('explore', ...question, '--depth', '2', '--model', slow, '--id', 'ses_killed');
    await killed.until('round 1 · ');
    killed.process.kill('SIGKILL');
    await killed.ended;
    const { code } = await run('explore', '--id', 'ses_killed', '--model', slow, '--quiet');
    expect(code).toBe(0);
    const { budget, progress } = await view('ses_killed');
    expect(progress).toMatchObject({ round: 2, openWork: 0 });
    expect(budget.llmCalls.reserved).toBe(0);
    expect((await run('replay', 'ses_killed')).code).toBe(0);
  });

  it('reads beside a running process, and says who holds the store when it would write', async () => {
    const slower = await writeSlowModel(join(folder, 'slower.json'), 20_000);
    const running = start('explore', ...question, '--model', slower, '--id', 'ses_running');
    await running.until('session ses_running');
    expect((await run('sessions', 'list')).out).toContain('running');
    const second = await run('explore', ...question);
    expect(second).toMatchObject({ code: 1, err: expect.stringContaining(String(running.process.pid)) });
    running.process.kill('SIGKILL');
    await running.ended;
  });

  it('cancels a session that nobody works on', async () => {
    const left = start('explore', ...question, '--model', slow, '--id', 'ses_left');
    await left.until('round 1 · ');
    left.process.kill('SIGINT');
    await left.ended;
    expect(await run('sessions', 'cancel', 'ses_left')).toMatchObject({ code: 0, err: 'ses_left is cancelled.\n' });
    expect(await view('ses_left')).toMatchObject({ status: 'finished', reason: 'cancelled', progress: { openWork: 0 } });
    expect((await run('explore', '--id', 'ses_left')).code).toBe(1);
    expect(await run('sessions', 'cancel', 'ses_left')).toMatchObject({ code: 1, err: expect.stringContaining('already finished') });
  });

  it('says that there is no store yet', async () => {
    expect(await run('sessions', 'list')).toMatchObject({ code: 1, err: expect.stringContaining('"nireon explore" makes one') });
  });
});
