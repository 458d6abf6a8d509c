import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixtureSession } from '../../support/fixture-session.ts';
import { runCli } from '../../support/run-cli.ts';

const commandNames = [
  ['explore'],
  ['report'],
  ['replay'],
  ['sessions', 'list'],
  ['sessions', 'get'],
  ['sessions', 'cancel'],
  ['serve'],
  ['models', 'list'],
  ['models', 'get'],
  ['rules', 'check'],
  ['rules', 'explain'],
  ['config', 'check'],
  ['config', 'print'],
  ['dead', 'list'],
  ['dead', 'retry'],
  ['dead', 'drop'],
];

describe('the command line', () => {
  it('lists its commands', async () => {
    const { code, out } = await runCli(['--help']);
    expect(code).toBe(0);
    for (const name of commandNames) expect(out).toContain(`nireon ${name.join(' ')}`);
  });

  it.each(commandNames.map((name) => [name.join(' '), name] as const))('explains %s with an example', async (title, name) => {
    const { code, out, err } = await runCli([...name, '--help']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain(`nireon ${title}`);
    expect(out).toContain('Examples');
    expect(out.split('\n').filter((line) => line.length > 100 && !line.startsWith('  nireon '))).toEqual([]);
  });

  it.each([
    [[], 2, 'First look: nireon explore'],
    [['explor'], 2, 'did you mean explore?'],
    [['constructor'], 2, 'there is no command "constructor"'],
    [['sessions', 'lst'], 2, 'did you mean sessions list?'],
    [['sessions'], 2, 'nireon sessions cancel'],
    [['help', 'report'], 0, 'nireon report <session>'],
    [['version'], 0, 'nireon 0.'],
    [['explore', '--objetive', 'x'], 2, 'there is no --objetive; did you mean --objective?'],
    [['explore', '--objective'], 2, '--objective needs a value'],
    [['explore', '--quiet=yes'], 2, '--quiet takes no value'],
    [['explore', 'something'], 2, '"something" is one word too many'],
    [['models', 'get', 'nobody'], 2, 'there is no model "nobody"; there are all-MiniLM-L6-v2'],
    [['sessions', 'get'], 2, 'something is missing: nireon sessions get <session>'],
    [['sessions', 'list', '--limit', 'x', '--server', 'http://127.0.0.1:1'], 2, '--limit must be a number'],
    [['sessions', 'list', '--status', 'runing', '--server', 'http://127.0.0.1:1'], 2, 'did you mean running?'],
    [['sessions', 'list', '--server', '127.0.0.1:8080'], 2, '--server must be an address like'],
    [['sessions', 'list', '--server', 'http://127.0.0.1:1'], 1, 'http://127.0.0.1:1 does not answer'],
    [['report', 'ses_x', '--out', 'report.pdf'], 2, 'must end in .html, .md or .json'],
    [['report', 'ses_x', '--out', '/nowhere/report.html'], 2, 'nothing can be written into /nowhere'],
    [['report', 'ses_x', '--format', 'htmll'], 2, 'did you mean html?'],
  ])('answers %j with exit code %d and a sentence', async (args, exit, sentence) => {
    const { code, out, err } = await runCli(args);
    expect(out + err).toContain(sentence);
    expect(code).toBe(exit);
    expect(err).not.toMatch(/ at .*:\d+:\d+/);
  });

  it.each([
    [['--objective', 'ab', '--seed', 'a seed'], '--objective'],
    [['--objective', 'find it', '--seed', 'a seed', '--seed', 'x'], '--seed number 2'],
    [['--objective', 'find it', '--seed', 'a seed', '--depth', '21'], '--depth'],
    [['--objective', 'find it', '--seed', 'a seed', '--strategy', 'wide'], '--strategy'],
    [['--objective', 'find it'], 'at least one --seed'],
    [['--seed', 'a seed'], 'needs --objective'],
    [['--objective', 'find it', '--seed', 'a seed', '--budget', 'llmcall=3'], 'did you mean llmCalls?'],
    [['--objective', 'find it', '--seed', 'a seed', '--budget', 'usd=much'], 'must be an amount like 0.50'],
    [['--objective', 'find it', '--seed', 'a seed', '--deadline', '20'], '--deadline must be a time like'],
    [['--objective', 'find it', '--seed', 'a seed', '--experiments', '--no-experiments'], 'exclude each other'],
    [['--objective', 'find it', '--seed', 'a seed', '--model', 'openai:x'], '--model names a key'],
    [['--objective', 'find it', '--seed', 'a seed', '--price', '1/2'], '--price is for runs in this process'],
  ])('says which flag of explore is wrong: %j', async (args, sentence) => {
    const { code, err } = await runCli(['explore', ...args, '--server', 'http://127.0.0.1:1']);
    expect(err).toContain(sentence);
    expect(code).toBe(2);
  });

  it.each([
    [['--model', 'openai:gpt-4o-mini'], 78, 'needs --price in/out'],
    [['--model', 'openai:gpt-4o-mini', '--price', '0.15/0.60'], 78, 'OPENAI_API_KEY'],
    [['--model', 'openia:gpt-4o-mini'], 2, 'did you mean openai?'],
    [['--model', 'openai-compatible:qwen3'], 2, 'needs --base-url'],
    [['--model', 'ollama:qwen3', '--price', 'cheap'], 2, '--price must be in/out'],
    [['--model', 'nobody'], 2, 'no key of llm.models (builtin)'],
    [['--base-url', 'http://localhost/v1'], 2, 'go with --model provider:model'],
    [['--config', '/nowhere.yaml'], 78, '/nowhere.yaml: cannot be read'],
  ])('says what is wrong with the model or the settings: %j', async (args, exit, sentence) => {
    const { code, err } = await runCli(['explore', '--objective', 'find it', '--seed', 'a seed', '--db', ':memory:', ...args]);
    expect(err).toContain(sentence);
    expect(code).toBe(exit);
  });

  it('lists models and says where they would be', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'nireon-models-'));
    const { code, out, err } = await runCli(['models', 'list'], { env: { NIREON_MODELS_DIR: folder } });
    expect(out).toMatch(/all-MiniLM-L6-v2 +absent +9\d MB/);
    expect([code, err]).toEqual([0, expect.stringContaining(folder)]);
    await rm(folder, { recursive: true });
  });

  it('fetches nothing offline, and says how to get what is missing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'nireon-models-'));
    const args = ['explore', '--objective', 'find it', '--seed', 'a seed', '--db', ':memory:', '--offline'];
    const { code, err } = await runCli(args, { env: { NIREON_MODELS_DIR: folder } });
    expect([code, err]).toEqual([78, expect.stringContaining('nireon models get all-MiniLM-L6-v2')]);
    await rm(folder, { recursive: true });
  });

  it('checks rules, and points at the line', async () => {
    expect(await runCli(['rules', 'check'])).toMatchObject({ code: 0, out: '', err: 'No problems in default.yaml.\n' });
    const folder = await mkdtemp(join(tmpdir(), 'nireon-rules-'));
    const file = join(folder, 'mine.yaml');
    const text = await readFile(join(import.meta.dirname, '../../../rules/default.yaml'), 'utf8');
    await writeFile(file, text.replace('data.ideaId, variations', 'data.nope, variations'));
    const { code, out } = await runCli(['rules', 'check', file]);
    expect(code).toBe(78);
    expect(out).toMatch(/^mine\.yaml:\d+ seed-explore RULE_PATH_UNKNOWN .*\n$/);
    await rm(folder, { recursive: true });
  });

  it('explains what rules make of a signal in a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'nireon-rules-'));
    const file = join(folder, 'signal.json');
    const assessed = fixtureSession().signals.find(({ type }) => type === 'idea.assessed')!;
    await writeFile(file, JSON.stringify(assessed));
    const { code, out } = await runCli(['rules', 'explain', '--signal', file]);
    expect(code).toBe(0);
    expect(out).toMatch(/test-strong .*: does not match\n +false: data\.trust > 7\.5\n +data\.trust = \d/);
    const as = JSON.parse((await runCli(['rules', 'explain', '--signal', file, '--json'])).out) as { rule: string; outcome: string }[];
    expect(as.map(({ rule }) => rule)).toEqual(['test-strong', 'blend-promising']);
    await writeFile(file, JSON.stringify({ ...assessed, data: {} }));
    expect((await runCli(['rules', 'explain', '--signal', file])).err).toContain('does not hold a signal:\n  ideaId');
    await rm(folder, { recursive: true });
  });

  it('shows the stack only when debugging', async () => {
    const { err } = await runCli(['sessions', 'list', '--server', 'http://127.0.0.1:1'], { env: { NIREON_DEBUG: '1' } });
    expect(err).toMatch(/ at .*client\.ts/);
  });

  it('prints settings with their origin, secrets masked', async () => {
    const env = { NIREON_API_TOKEN: 'very-secret-token', NIREON_WORKER_CONCURRENCY: '3' };
    const { code, out } = await runCli(['config', 'print'], { env });
    expect(code).toBe(0);
    expect(out).toContain('concurrency: 3  # NIREON_WORKER_CONCURRENCY');
    expect(out).toContain('token: "********"');
    expect(out).not.toContain('very-secret');
  });

  it('names every wrong setting and exits with 78', async () => {
    const { code, out } = await runCli(['config', 'check'], { env: { NIREON_WORKER_CONCURRENCY: 'many', NIREON_API_PORT: '99999' } });
    expect(code).toBe(78);
    expect(out.trim().split('\n')).toHaveLength(2);
  });

  it('starts with the launcher from any folder', () => {
    const { status, stdout } = spawnSync(join(import.meta.dirname, '../../../bin/nireon'), ['version'], { cwd: '/', encoding: 'utf8' });
    expect([status, stdout.slice(0, 7)]).toEqual([0, 'nireon ']);
  });
});
