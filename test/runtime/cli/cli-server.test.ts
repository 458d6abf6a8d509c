import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Signal } from '../../../runtime/domain/signal.ts';
import { createApiDouble, listeningApi } from '../../support/api-double.ts';
import { fixtureSession } from '../../support/fixture-session.ts';
import { runCli, startCli } from '../../support/run-cli.ts';

describe('commands as clients of a server', () => {
  const finished = fixtureSession({ id: 'ses_done', experiments: true, unscoredEvery: 6, hostile: true });
  const running = fixtureSession({ id: 'ses_running', rounds: 2, running: true });
  const double = createApiDouble(finished, running);
  let api: Awaited<ReturnType<typeof listeningApi>>;
  let folder: string;
  const at = (...args: string[]) => [...args, '--server', api.url];
  const token = { env: { NIREON_TOKEN: 'a-long-token' } };
  beforeAll(async () => {
    api = await listeningApi(double.engine, { token: 'a-long-token' });
    folder = await mkdtemp(join(tmpdir(), 'nireon-cli-'));
  });
  afterAll(async () => {
    await api.server.close();
    await rm(folder, { recursive: true });
  });

  it('lists sessions as a table in which nothing moves the cursor', async () => {
    const { code, out } = await runCli(at('sessions', 'list'), token);
    expect(code).toBe(0);
    expect(out).toContain('ses_done');
    expect(out).toContain('depth-reached');
    expect(out.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/); // eslint-disable-line no-control-regex
  });

  it('takes the server from a variable, and pages', async () => {
    const env = { ...token.env, NIREON_SERVER: api.url };
    const first = await runCli(['sessions', 'list', '--limit', '1', '--json'], { env });
    const page = JSON.parse(first.out) as { items: { id: string }[]; next: string };
    const second = await runCli(['sessions', 'list', '--limit', '1', '--json', '--cursor', page.next], { env });
    expect(new Set([page.items[0]!.id, (JSON.parse(second.out) as typeof page).items[0]!.id]).size).toBe(2);
  });

  it('shows a session, and cancels it', async () => {
    expect((await runCli(at('sessions', 'get', 'ses_done'), token)).out).toMatch(/depth-reached after 5 rounds: 13 ideas, \d+ scored/);
    expect(JSON.parse((await runCli(at('sessions', 'get', 'ses_done', '--json'), token)).out)).toMatchObject({ id: 'ses_done' });
    expect((await runCli(at('sessions', 'cancel', 'ses_running'), token)).err).toContain('ses_running is stopping.');
  });

  it.each([
    [['sessions', 'get', 'ses_none'], 1, 'there is no session ses_none'],
    [['sessions', 'cancel', 'ses_done'], 1, 'already finished'],
    [['dead', 'drop', '../x'], 1, 'no such dead work item'],
  ])('says what the server says: %j', async (args, exit, sentence) => {
    const { code, err } = await runCli(at(...args), token);
    expect(err).toContain(sentence);
    expect(code).toBe(exit);
  });

  it('says what to do without the token', async () => {
    const { code, err } = await runCli(at('sessions', 'list'));
    expect([code, err]).toEqual([1, expect.stringContaining('Put the token of the server into the variable NIREON_TOKEN.')]);
  });

  it('writes reports to files by their name, and to standard output', async () => {
    const file = join(folder, 'report.html');
    const written = await runCli(at('report', 'ses_done', '--out', file), token);
    expect([written.code, written.out]).toEqual([0, '']);
    expect(await readFile(file, 'utf8')).toMatch(/^<!doctype html>/);
    expect((await runCli(at('report', 'ses_done'), token)).out).toMatch(/^# /);
    expect(JSON.parse((await runCli(at('report', 'ses_done', '--format', 'json'), token)).out)).toMatchObject({
      version: 'nireon.report/v1',
    });
  });

  it('replays', async () => {
    const { code, out } = await runCli(at('replay', 'ses_done'), token);
    expect([code, out]).toEqual([0, 'steps 30, identical 30, outside calls 0\n']);
  });

  it('explores: a line per closed level, the reason and the ranking', async () => {
    const explored = startCli(at('explore', '--objective', 'find it', '--seed', 'a seed', '--id', 'ses_first'), token);
    await explored.until('session ses_first');
    const [level, end] = ['level.assessed', 'session.finished'].map((type) =>
      fixtureSession({ id: 'ses_first', rounds: 1 }).signals.find((signal) => signal.type === type)!,
    );
    for (const signal of [level!, end!]) double.tell('ses_first', signal);
    const { code, out, err } = await explored.ended;
    expect(err.split('\n')[0]).toMatch(/^answers: the models of http:/);
    expect(err).toMatch(/round 1 · 3 ideas, 3 scored, \d stable · best \d\.\d\d/);
    expect(err).not.toContain('\u001b');
    expect(out).toContain('spent 6 of 120 model calls');
    expect(out).toMatch(/# +trust +ok +align +feas +novel +depth +id +title\n/);
    expect(code).toBe(0);
  });

  it('explores in JSON: every signal a line, the session the last', async () => {
    const explored = startCli(at('explore', '--id', 'ses_done', '--json', '--quiet'), token);
    const { code, out, err } = await explored.ended;
    const lines = out.trimEnd().split('\n').map((line) => JSON.parse(line) as Signal & { status?: string }); // prettier-ignore
    expect(lines.slice(0, -1).map(({ sequence }) => sequence)).toEqual(finished.signals.map(({ sequence }) => sequence));
    expect(lines.at(-1)).toMatchObject({ id: 'ses_done', status: 'finished' });
    expect([code, err]).toEqual([0, '']);
  });

  it('leaves the session running at Ctrl-C and says how to go on', async () => {
    const explored = startCli(at('explore', '--objective', 'find it', '--seed', 'a seed', '--id', 'ses_second'), token);
    await explored.until('session ses_second');
    explored.process.kill('SIGINT');
    const { code, err, out } = await explored.ended;
    expect(code).toBe(130);
    expect(out).toContain('still running after 1 round');
    expect(err).toContain(`nireon explore --id ses_second --server ${api.url}`);
  });

  it('redraws one line on a terminal', async () => {
    const { createProgress } = await import('../../../runtime/cli/progress.ts');
    let text = '';
    const progress = createProgress(
      { err: (more) => (text += more), terminal: { redraws: true, columns: () => 60 } },
      { quiet: false, startedAtMs: 0, now: () => 31_000 },
    );
    progress.update({ round: 2, rounds: 5, ideas: 6, scored: 4, calls: { spent: 11, limit: 120 }, microUsd: { spent: 4000, limit: 1e6 } });
    progress.say('a line that stays');
    progress.stop();
    const lines = text.split('\r\u001b[K');
    expect(lines[0]).toBe('round 2/5 · ideas 6 · scored 4 · calls 11/120 · $0.004/1.0…');
    expect(lines[1]).toMatch(/^a line that stays\nround 2\/5/);
    expect(lines.at(-1)).toBe('');
  });
});
