import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { NireonError } from '../domain/errors.ts';
import type { Frame } from '../domain/frame.ts';
import type { RuleSet } from '../domain/rule-set.ts';
import { completePolicy, type SessionFacts } from '../domain/session.ts';
import { type Signal, signalData, signalSchema } from '../domain/signal.ts';
import { checkRules, operationsOf, problemLine } from '../engine/rules/check.ts';
import { explainRules, explanationText } from '../engine/rules/explain.ts';
import { mechanisms } from '../mechanisms.ts';
import type { Backend } from './backend.ts';
import type { Cli, Command, Given } from './command.ts';
import { jsonFlag, placeFlags } from './flags.ts';
import { readManifests } from './manifests.ts';
import { openBackend, openClient, serverOf } from './open.ts';
import { readSettings } from './settings.ts';

export const rulesCheck: Command = {
  usage: 'rules check [file …]',
  says: 'Checks rule manifests together, as a start would: syntax, types, paths, inputs, signals that nobody hears or makes, cycles without end.',
  flags: placeFlags,
  notes: [
    'Every problem stands on a line of its own: file:line rule CODE message. Exit code 78 if there is one. Without files: those of the settings, else the default set.',
  ],
  examples: [
    ['nireon rules check', 'The rules that would hold here'],
    ['nireon rules check rules/default.yaml mine.yaml', 'A manifest of your own beside the default set'],
  ],
  async run(given, cli) {
    const files = await manifestsOf(given.words, given, cli);
    const problems = await linesFor(files, given, cli);
    if (problems.length === 0) {
      cli.err(`No problems in ${files.map(({ name }) => name).join(', ')}.\n`);
      return 0;
    }
    cli.out(problems.map((line) => `${line}\n`).join(''));
    return 78;
  },
};

async function linesFor(files: readonly { name: string; text: string }[], given: Given, cli: Cli): Promise<readonly string[]> {
  const server = serverOf(given, cli);
  if (server !== undefined) return (await openClient(server, cli)).checkRules(files);
  return checkRules(files, operationsOf(mechanisms.values())).problems.map(problemLine);
}

export const rulesExplain: Command = {
  usage: 'rules explain --signal <file-or-id> [--session <id>]',
  says: 'Says for each rule on a signal whether it fires, which part of its condition is false and with what values, and what input it makes.',
  flags: {
    signal: { value: 'file|sig_…', says: 'A signal as JSON in a file, or the id of a stored one' },
    session: { value: 'ses_…', says: 'Whose rule set and policy hold; that of the signal if not said' },
    rules: { value: 'file', multiple: true, says: 'Manifests to try in place of the rule set of the session' },
    json: jsonFlag,
    ...placeFlags,
  },
  notes: ['A signal of a session that is not stored is tried with the default policy, in a first level.'],
  examples: [
    ['nireon rules explain --signal sig_4kq', 'Why an idea was not tested'],
    ['nireon rules explain --signal signal.json --rules mine.yaml', 'Try a rule before it is used'],
  ],
  async run(given, cli) {
    const asked = given.text('signal');
    if (asked === undefined) throw new NireonError('USAGE', 'rules explain needs --signal, a file or the id of a signal');
    const { signal, session, frame, rules } = await situation(asked, given, cli);
    const explanations = explainRules(rules, signal, { session, frame });
    if (given.has('json')) cli.out(`${JSON.stringify(explanations.map(({ rule, ...rest }) => ({ rule: rule.id, ...rest })))}\n`);
    else if (explanations.length === 0) cli.err(`No rule is on ${signal.type}.\n`);
    else cli.out(explanations.map((explanation) => `${explanationText(explanation)}\n`).join(''));
    return 0;
  },
};

interface Situation {
  readonly signal: Signal;
  readonly session: Pick<SessionFacts, 'id' | 'objective' | 'labels' | 'policy'>;
  readonly frame: Pick<Frame, 'kind' | 'round' | 'depth' | 'goals'>;
  readonly rules: Pick<RuleSet, 'rules'>;
}

async function situation(asked: string, given: Given, cli: Cli): Promise<Situation> {
  const isFile = !/^sig_[a-z2-7]+$/.test(asked);
  const read = isFile ? await signalFrom(asked) : undefined;
  const files = given.all('rules');
  const sessionId = given.text('session');
  const alone = isFile && sessionId === undefined;
  const backend = alone ? undefined : await openBackend(given, cli, 'read');
  try {
    const stored = read === undefined ? await backend!.signal(asked) : undefined;
    const signal = read ?? stored!.signal;
    const view = backend === undefined ? undefined : await backend.session(sessionId ?? signal.sessionid);
    return {
      signal,
      session: view ?? { id: signal.sessionid, objective: 'unknown', labels: {}, policy: completePolicy({}, { experiments: true }) },
      frame: stored?.frame ?? { kind: 'level', round: 1, depth: 2, goals: ['unknown'] },
      rules: files.length > 0 || view === undefined ? await checked(files, given, cli) : await pinned(backend!, view.pins.ruleSet),
    };
  } finally {
    await backend?.close();
  }
}

const pinned = async (backend: Backend, digest: string): Promise<RuleSet> => backend.ruleSet(digest);

async function checked(files: readonly string[], given: Given, cli: Cli): Promise<Pick<RuleSet, 'rules'>> {
  const { manifest, problems } = checkRules(await manifestsOf(files, given, cli), operationsOf(mechanisms.values()));
  if (manifest !== undefined) return manifest;
  throw new NireonError('RULES_INVALID', 'the rules are not valid:', {
    problems: problems.map(({ file, line, code, message }) => ({ path: `${file}:${line}`, code, message })),
  });
}

async function signalFrom(file: string): Promise<Signal> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new NireonError('USAGE', `--signal ${file} is neither the id of a signal nor a file that can be read`, { cause: error });
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new NireonError('USAGE', `${file} does not hold JSON`);
  }
  const envelope = signalSchema.safeParse(json);
  const data = envelope.success ? signalData[envelope.data.type].safeParse(envelope.data.data) : envelope;
  if (!envelope.success || !data.success) {
    const problems = (data.error?.issues ?? []).map(({ path, message }) => ({ path: path.map(String).join('.') || file, message }));
    throw new NireonError('USAGE', `${file} does not hold a signal:`, { problems });
  }
  return envelope.data as Signal;
}

/** Those named; else those of the settings; else the default set. */
async function manifestsOf(named: readonly string[], given: Given, cli: Cli): Promise<{ name: string; text: string }[]> {
  if (named.length > 0) return readManifests(named);
  const settings = readSettings(given, cli, { keys: 'ignored' });
  const files = settings.ok ? settings.config.rules.files : [];
  return readManifests(files.length > 0 ? files : [fileURLToPath(new URL('../../rules/default.yaml', import.meta.url))]);
}
