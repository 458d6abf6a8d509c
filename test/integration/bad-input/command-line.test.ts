import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../../runtime/main.ts';
import { type KeptDatabase, keptDatabase, question, stackLine } from '../../support/kept-database.ts';

const rules = await readFile(join(import.meta.dirname, '../../../rules/default.yaml'), 'utf8');
const seedRule = 'when: data.action == "synthesize"';
const endless = `
  - id: again
    on: idea.generated
    to: sentinel.assess
    input: { ideaId: data.ideaId }
  - id: around
    on: idea.assessed
    to: explorer.explore
    input: { ideaId: data.ideaId, variations: '1', divergence: '0.5' }
`;

/** Files that a case names; those that it does not name are not written. */
const files: Readonly<Record<string, string>> = {
  'unknown.yaml': 'worker:\n  concurency: 4\n',
  'value.yaml': 'api:\n  port: 99999\n',
  'nan.yaml': 'planner:\n  minTrust: .nan\n',
  'half.yaml': 'instance: "a\\ud800b"\n',
  'broken.yaml': 'worker:\n  concurrency: [4\n',
  'path.yaml': rules.replace('data.ideaId, variations', 'data.nope, variations'),
  'mechanism.yaml': rules.replace('to: catalyst.blend', 'to: catalist.blend'),
  'cel.yaml': rules.replace(seedRule, 'when: data.action === "synthesize'),
  'cycle.yaml': `${rules}${endless}`,
  'surrogate.yaml': rules.replace(seedRule, 'when: "data.action == \'\\ud800\'"'),
  'surrogate-key.yaml': rules.replace('input: { level: data }', 'input: { level: data, "a\\udfff": data }'),
};

interface Case {
  readonly what: string;
  /** After `explore` with a question, unless it says `only`. */
  readonly args: readonly string[];
  readonly only?: true;
  readonly env?: Readonly<Record<string, string>>;
  readonly code: 1 | 2 | 78;
  /** What is wrong, as the user reads it. */
  readonly says: string | RegExp;
  /** What to do next. */
  readonly next: string | RegExp;
}

const help = '"nireon explore --help" says more.';
const mendConfig = '"nireon config check" shows them while you mend.';
const mendRules = '"nireon rules check" shows them while you mend.';
// prettier-ignore
const cases: readonly Case[] = [
  // settings
  { what: 'an unknown key', args: ['--config', 'unknown.yaml'], code: 78, says: 'worker.concurency: is not a setting; did you mean concurrency? (unknown.yaml:2)', next: mendConfig },
  { what: 'a value out of range', args: ['--config', 'value.yaml'], code: 78, says: 'api.port: must be at most 65535 (value.yaml:2; variable NIREON_API_PORT)', next: mendConfig },
  { what: 'a setting that is no number', args: ['--config', 'nan.yaml'], code: 78, says: 'planner.minTrust: must be a number, not no number at all (nan.yaml:2', next: mendConfig },
  { what: 'a variable that is no number', args: [], env: { NIREON_WORKER_CONCURRENCY: 'many' }, code: 78, says: 'worker.concurrency: must be a', next: 'NIREON_WORKER_CONCURRENCY' },
  { what: 'an unknown variable', args: [], env: { NIREON_WORKER_CONCURENCY: '3' }, code: 78, says: 'NIREON_WORKER_CONCURENCY', next: 'did you mean NIREON_WORKER_CONCURRENCY' },
  { what: 'half a character in a setting', args: ['--config', 'half.yaml'], code: 78, says: 'half.yaml:1: holds half a character (a lone surrogate)', next: 'write the whole one' },
  { what: 'settings that are not YAML', args: ['--config', 'broken.yaml'], code: 78, says: /broken\.yaml:\d: is not YAML/, next: mendConfig },
  { what: 'settings in a folder that is not there', args: ['--config', '/nowhere/nireon.yaml'], code: 78, says: '/nowhere/nireon.yaml: cannot be read (ENOENT)', next: mendConfig },
  { what: 'a folder for settings', args: ['--config', '/'], code: 78, says: '/: cannot be read (EISDIR)', next: mendConfig },
  // rules
  { what: 'a rule that reads what is not there', args: ['--rules', 'path.yaml'], code: 78, says: /path\.yaml:\d+ RULE_PATH_UNKNOWN: seed-explore: input\.ideaId: data\.nope does not exist/, next: mendRules },
  { what: 'a rule with an unknown mechanism', args: ['--rules', 'mechanism.yaml'], code: 78, says: /mechanism\.yaml:\d+ RULE_MECHANISM_UNKNOWN: .*did you mean catalyst\.blend\?/, next: mendRules },
  { what: 'a condition that is no CEL', args: ['--rules', 'cel.yaml'], code: 78, says: /cel\.yaml:\d+ RULE_CEL_INVALID: seed-synthesize: when: /, next: mendRules },
  { what: 'rules that go in circles', args: ['--rules', 'cycle.yaml'], code: 78, says: /cycle\.yaml:\d+ RULE_CYCLE/, next: mendRules },
  { what: 'half a character in a rule', args: ['--rules', 'surrogate.yaml'], code: 78, says: /surrogate\.yaml:\d+ RULE_INVALID: holds half a character/, next: 'write the whole one' },
  { what: 'half a character in a key of a rule', args: ['--rules', 'surrogate-key.yaml'], code: 78, says: /surrogate-key\.yaml:\d+ RULE_INVALID: holds half a character/, next: 'write the whole one' },
  { what: 'rules that are not YAML', args: ['--rules', 'broken.yaml'], code: 78, says: /broken\.yaml:\d RULE_INVALID: is not YAML/, next: mendRules },
  { what: 'rules that are not there', args: ['--rules', '/nowhere.yaml'], code: 2, says: '/nowhere.yaml cannot be read', next: help },
  { what: 'rules of the settings that are not there', args: [], env: { NIREON_RULES_FILES: '/nowhere.yaml' }, code: 78, says: 'rules.files: /nowhere.yaml cannot be read', next: mendConfig },
  // the request
  { what: 'an endless objective', args: ['explore', '--objective', 'x'.repeat(120_000), '--seed', 'a seed'], only: true, code: 2, says: '--objective: must have at most 2000 characters', next: help },
  { what: 'an empty objective', args: ['explore', '--objective', '', '--seed', 'a seed'], only: true, code: 2, says: '--objective: must have at least 3 characters', next: help },
  { what: 'a blank objective', args: ['explore', '--objective', ' \t  ', '--seed', 'a seed'], only: true, code: 2, says: '--objective: must have at least 3 characters', next: help },
  { what: 'a blank seed', args: ['explore', '--objective', 'find it', '--seed', '    '], only: true, code: 2, says: '--seed: must have at least 3 characters', next: help },
  { what: 'an id that another question has', args: ['--id', 'ses_kept'], code: 2, says: 'session ses_kept exists with another request', next: 'Take another --id' },
  { what: 'an unknown session', args: ['report', 'ses_none'], only: true, code: 1, says: 'there is no session ses_none', next: '"nireon sessions list" shows the sessions' },
  { what: 'a negative budget', args: ['--budget', 'llmCalls=-3'], code: 2, says: '--budget llmCalls must be a whole number, not "-3"', next: help },
  { what: 'a budget that is no number', args: ['--budget', 'llmCalls=NaN'], code: 2, says: '--budget llmCalls must be a whole number, not "NaN"', next: help },
  { what: 'an infinite budget', args: ['--budget', 'llmCalls=1e400'], code: 2, says: '--budget llmCalls must be a whole number, not "1e400"', next: help },
  { what: 'a budget above the ceiling', args: ['--budget', 'llmCalls=1e15'], code: 2, says: 'limits.llmCalls: at most 10000 on this instance (limits.session.llmCalls)', next: help },
  { what: 'a fortune', args: ['--budget', 'usd=1e300'], code: 2, says: '--budget usd: must be at most', next: help },
  { what: 'a budget for nothing', args: ['--budget', 'llmCalls=1'], code: 2, says: /llmCalls/, next: 'Raise --budget llmCalls=…' },
  { what: 'a depth that is no number', args: ['--depth', 'NaN'], code: 2, says: '--depth must be a number, not "NaN"', next: help },
  { what: 'a deadline beyond time', args: ['--deadline', '99999999999999999999d'], code: 2, says: '--deadline: must be at most', next: help },
  { what: 'a port that is no number', args: ['serve', '--port', 'abc'], only: true, code: 2, says: '--port must be a number, not "abc"', next: '"nireon serve --help" says more.' },
  // the command
  { what: 'an unknown flag', args: ['--objektive', 'x'], code: 2, says: 'there is no --objektive; did you mean --objective?', next: help },
  { what: 'an unknown command', args: ['explode'], only: true, code: 2, says: 'there is no command "explode"', next: /did you mean explore\?\n"nireon --help" lists them\./ },
  { what: 'a folder for a report', args: ['--out', 'folder.html'], code: 2, says: '--out folder.html is a folder: name a file in it', next: help },
  { what: 'a report in a folder that is not there', args: ['--out', '/nowhere/report.html'], code: 2, says: 'nothing can be written into /nowhere', next: help },
];

describe('what users get wrong on the command line', () => {
  let kept: KeptDatabase;
  let before: string;
  beforeAll(async () => {
    kept = await keptDatabase();
    before = await kept.recorded();
    await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(kept.folder, name), text)));
    await mkdir(join(kept.folder, 'folder.html'));
  });
  afterAll(() => kept.remove());

  it.each(cases)('is told for $what, with what to do next, and nothing is lost', async ({ args, only, env, code, says, next }) => {
    const ended = await kept.run(only ? args : ['explore', ...question, ...args], env);
    expect(ended.err).toMatch(says);
    expect(ended.err).toMatch(next);
    expect({ code: ended.code, out: ended.out }).toEqual({ code, out: '' });
    expect(ended.err).not.toMatch(stackLine);
    expect(ended.err).not.toContain('NIREON_DEBUG');
    expect(await kept.recorded()).toBe(before);
  });

  it('keeps the session whose report could not be written, and says how to get it', async () => {
    // Refused only by the system itself, when the time has come: the folder may be written by whoever asks.
    const { code, err } = await kept.run(['explore', ...question, '--depth', '1', '--id', 'ses_unwritten', '--out', '/proc/report.html']);
    expect(err).toMatch(/the report cannot be written to \/proc\/report\.html|nothing can be written into \/proc/);
    expect(err).not.toMatch(stackLine);
    if (code === 2) return;
    expect([code, err]).toEqual([1, expect.stringContaining('"nireon report <session> --out …" writes it to another place')]);
    expect((await kept.run(['report', 'ses_unwritten'])).out).toContain('## Ranked ideas');
  });

  // A command line of the system holds bytes, so that half a character reaches only those who call the program from within.
  it('is told for half a character in an objective', async () => {
    let err = '';
    const cli = {
      env: { NIREON_EMBEDDER_PROVIDER: 'hashing' },
      ...{ out: () => undefined, err: (text: string) => void (err += text), width: () => undefined, onInterrupt: () => () => undefined },
      terminal: { redraws: false, columns: () => 80 },
    };
    const code = await run(['explore', '--objective', 'Halve \ud800 it', '--seed', 'a seed', '--db', kept.file], cli);
    expect(err).toContain('objective: holds half a character (a lone surrogate)');
    expect([code, err]).toEqual([2, expect.stringContaining(help)]);
    expect(await kept.recorded()).toBe(before);
  });

  it('ends at once at the second Ctrl-C, and the session can go on', async () => {
    await writeFile(join(kept.folder, 'stuck.json'), '[{ "delayMs": 20000, "json": {} }]');
    const stuck = kept.start(['explore', ...question, '--depth', '1', '--id', 'ses_stuck', '--model', 'scripted:stuck.json']);
    await stuck.until('session ses_stuck');
    stuck.process.kill('SIGINT');
    await stuck.until('stopping: running calls end, nothing new begins; once more ends at once');
    stuck.process.kill('SIGINT');
    const { code, err } = await stuck.ended;
    expect(code).toBe(130);
    expect(err).not.toMatch(stackLine);
    expect(await kept.run(['explore', '--id', 'ses_stuck', '--model', 'builtin', '--quiet'])).toMatchObject({ code: 0 });
    expect(await kept.run(['replay', 'ses_stuck'])).toMatchObject({ code: 0 });
  });
});
