import { access, constants, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode, NireonError } from '../domain/errors.ts';
import type { SessionView } from '../engine/session-view.ts';
import type { ReportFormat } from '../report/render.ts';
import { adviceFor } from './advice.ts';
import type { Explorer } from './backend.ts';
import type { Cli, Command, Given } from './command.ts';
import { requestFrom } from './explore-request.ts';
import { configFlag, databaseFlag, serverFlag } from './flags.ts';
import { openExplorer } from './open.ts';
import { createProgress, type Progress, progressOf } from './progress.ts';
import { outcomeText, rankingText } from './session-text.ts';

export const explore: Command = {
  usage: 'explore --objective "…" --seed "…" [--seed "…"] [options]',
  says:
    'Explores a question: from each seed it writes variations, judges them by six criteria and by novelty, digs where trust is highest, and stops ' +
    'for a stated reason. Everything is kept in ./nireon.db, so that a killed run goes on where it was and pays for nothing twice.',
  flags: {
    objective: { value: '"…"', says: 'What you want to find out or achieve, 3 to 2000 characters' },
    seed: { value: '"…"', multiple: true, says: 'An idea to start from, 3 to 4000 characters; up to 20' },
    tag: { value: 'word', multiple: true, says: 'A word that rules may ask for; on every seed' },
    depth: { value: 'n', says: 'No idea gets deeper than this, 1 to 20 (5)' },
    variations: { value: 'n', says: 'Ideas asked for per expanded idea, 1 to 20 (3)' },
    strategy: { value: 'name', says: 'Which ideas are expanded next: breadth, beam or depth-first (breadth)' },
    beam: { value: 'n', says: 'Ideas expanded per round, 1 to 10 (3); chooses the strategy beam' },
    rounds: { value: 'n', says: 'Most planned rounds, 1 to 100 (the depth; depth-first: twice the depth)' },
    target: { value: 'trust', says: 'A stable idea at or above it ends the session, 5 to 10 (8.5)' },
    divergence: { value: 'x', says: 'How far variations step away, 0.05 to 2 (0.7)' },
    experiments: { says: 'Let claims be tested by programs (on where a sandbox is configured)' },
    'no-experiments': { says: 'Run no programs' },
    budget: {
      value: 'name=n',
      multiple: true,
      says: 'A limit: usd=0.50, llmCalls=60, inputTokens, outputTokens, embeddings, protoRuns, protoCpuMs',
    },
    deadline: { value: 'time', says: 'The session stops after it: 90s, 20m, 2h (1h)' },
    parallel: { value: 'n', says: 'Work items that run at once, 1 to 64 (8)' },
    model: {
      value: 'name',
      says: 'A key of llm.models, or provider:model; providers: openai, anthropic, google, mistral, ollama, lmstudio, llamacpp, vllm, openai-compatible, local',
    },
    'base-url': { value: 'url', says: 'Address of an OpenAI-compatible server, up to and with /v1' },
    price: { value: 'in/out', says: 'US dollars for a million tokens read and written, like 0.15/0.60' },
    label: { value: 'key=value', multiple: true, says: 'To find the session by' },
    rules: { value: 'file', multiple: true, says: 'Rule manifests in place of the default set' },
    id: { value: 'ses_…', says: 'Name the session; with one that exists it goes on, alone or with the same request' },
    out: { value: 'file', says: 'Write the report there at the end: .html, .md or .json' },
    json: { says: 'Each signal as a line of JSON, the session as the last' },
    quiet: { says: 'No progress' },
    offline: { says: 'Fetch no model; say what is missing instead' },
    db: databaseFlag,
    config: configFlag,
    server: serverFlag,
  },
  notes: [
    'Ctrl-C lets running calls end, prints what is there and leaves the session running: --id goes on with it. A second Ctrl-C ends at once.',
    'Exit codes: 0 something was scored, 1 not, 2 command line, 78 configuration or rules, 130 interrupted.',
  ],
  examples: [
    [
      'nireon explore --objective "Halve the food a canteen throws away" --seed "Weigh what comes back on trays"',
      'A first look, without a language model',
    ],
    [
      'nireon explore --objective "…" --seed "…" --model ollama:qwen3 --out report.html',
      'With a model on this machine, and a page to read',
    ],
    [
      'nireon explore --objective "…" --seed "…" --model openai:gpt-4o-mini --price 0.15/0.60 --budget usd=0.50',
      'With a hosted model and at most half a dollar',
    ],
    [
      'nireon explore --objective "…" --seed "…" --strategy beam --beam 3 --depth 4 --target 9',
      'Three lines of thought at once, four deep',
    ],
    ['nireon explore --id ses_k3v', 'Go on with a session that was interrupted'],
  ],
  async run(given, cli) {
    const file = given.text('out');
    const report = file === undefined ? undefined : await reportFile(file);
    // Before anything is opened: a slip should cost no wait.
    requestFrom(given, undefined);
    const stopped = new AbortController();
    const quiet = given.has('quiet');
    const progress = createProgress(cli, { quiet, startedAtMs: Date.now() });
    const forget = cli.onInterrupt(() => {
      progress.say('stopping: running calls end, nothing new begins; once more ends at once');
      stopped.abort();
    });
    try {
      const { explorer, model } = await openExplorer(given, cli, { abort: stopped.signal, tell: progress.say, warn: progress.warn });
      try {
        const request = requestFrom(given, model);
        const rules = await manifests(given, explorer);
        const { created, view } =
          request === undefined
            ? { created: false, view: await explorer.session(given.text('id')!) }
            : await explorer.create(rules === undefined ? request : { ...request, ruleSet: rules });
        return await follow({ explorer, created, view, report, given, cli, progress, stopped });
      } finally {
        await explorer.close();
      }
    } catch (error) {
      if (stopped.signal.aborted && hasCode(error, 'EFFECT_ABORTED')) return 130;
      throw error;
    } finally {
      forget();
      progress.stop();
    }
  },
};

interface Run {
  readonly explorer: Explorer;
  readonly created: boolean;
  readonly view: SessionView;
  readonly report: { file: string; format: ReportFormat } | undefined;
  readonly given: Given;
  readonly cli: Cli;
  readonly progress: Progress;
  /** Fired by Ctrl-C. */
  readonly stopped: AbortController;
}

async function follow({ explorer, created, view, report, given, cli, progress, stopped }: Run): Promise<number> {
  const [json, quiet, { id }] = [given.has('json'), given.has('quiet'), view];
  progress.say(`session ${id}${created ? '' : view.status === 'finished' ? ', finished before' : ', going on'}`);
  progress.update(progressOf(view));
  const over = new AbortController();
  if (view.status !== 'finished') await explorer.work(id);
  const shown = cli.terminal.redraws && !quiet;
  const look = async (): Promise<void> => explorer.session(id).then((now) => progress.update(progressOf(now)), () => undefined); // prettier-ignore
  const watched = shown ? everySecond(look, over.signal) : undefined;
  try {
    for await (const signal of explorer.follow(id, 0, stopped.signal)) {
      if (json) cli.out(`${JSON.stringify(signal)}\n`);
      progress.see(signal);
      if (shown && signal.type === 'level.assessed') await look();
    }
    await explorer.drain();
  } finally {
    over.abort();
    await watched;
  }
  progress.stop();
  const end = await explorer.session(id);
  if (report !== undefined) await writeReport(report.file, await explorer.report(id, report.format));
  if (json) cli.out(`${JSON.stringify(end)}\n`);
  else await tell(explorer, end, cli);
  if (!quiet) cli.err(nextSteps(end, report?.file, given));
  return stopped.signal.aborted && end.status !== 'finished' ? 130 : exitCode(end);
}

/** What only the store knows (calls, money) is looked up now and then. */
async function everySecond(look: () => Promise<void>, abort: AbortSignal): Promise<void> {
  while (!abort.aborted) {
    await sleep(1000, undefined, { signal: abort }).catch(() => undefined);
    if (!abort.aborted) await look();
  }
}

async function tell(explorer: Explorer, view: SessionView, cli: Cli): Promise<void> {
  const best = await explorer.best(view.id, 10);
  cli.out(`${outcomeText(view)}\n${best.length === 0 ? '' : `\n${rankingText(best, cli.width())}`}`);
}

function nextSteps(view: SessionView, file: string | undefined, given: Given): string {
  const advice = view.code === undefined ? undefined : adviceFor(view.code);
  return `${advice === undefined ? '' : `\n${advice}\n`}${nextCommands(view, file, given)}`;
}

function nextCommands({ id, status }: SessionView, file: string | undefined, given: Given): string {
  if (given.text('db') === ':memory:') return file === undefined ? '' : `\nThe report is in ${file}\n`;
  const where = (['db', 'server'] as const)
    .flatMap((name) => (given.text(name) === undefined ? [] : [`--${name} ${given.text(name)!}`]))
    .join(' ');
  const command = (text: string): string => `  nireon ${text}${where === '' ? '' : ` ${where}`}\n`;
  if (status === 'finished')
    return file === undefined ? `\nRead it:\n${command(`report ${id} --out report.html`)}` : `\nThe report is in ${file}\n`;
  return `\nThe session is still running. Go on, or end it:\n${command(`explore --id ${id}`)}${command(`sessions cancel ${id}`)}`;
}

function exitCode({ reason, best }: SessionView): number {
  return reason === 'failed' || reason === 'cancelled' || best === undefined ? 1 : 0;
}

async function manifests(given: Given, explorer: Explorer): Promise<string | undefined> {
  const files = given.all('rules');
  if (files.length === 0) return undefined;
  const { readManifests } = await import('./manifests.ts');
  return explorer.storeRules(await readManifests(files));
}

const formats: Readonly<Record<string, ReportFormat>> = {
  '.html': 'html',
  '.htm': 'html',
  '.md': 'markdown',
  '.markdown': 'markdown',
  '.json': 'json',
};

/** Refuses before anything is spent. */
export async function reportFile(file: string, format?: ReportFormat): Promise<{ file: string; format: ReportFormat }> {
  const found = format ?? formats[extname(file).toLowerCase()];
  if (found === undefined) throw new NireonError('USAGE', `--out ${file}: the name must end in .html, .md or .json`);
  await access(dirname(file), constants.W_OK).catch(() => {
    throw new NireonError('USAGE', `--out ${file}: nothing can be written into ${dirname(file)}`);
  });
  const isFolder = await stat(file).then((found) => found.isDirectory(), () => false); // prettier-ignore
  if (isFolder) throw new NireonError('USAGE', `--out ${file} is a folder: name a file in it`);
  return { file, format: found };
}

/** Whole or not at all. OUTPUT_UNWRITABLE */
export async function writeReport(file: string, text: string): Promise<void> {
  const part = `${file}.part-${process.pid}`;
  try {
    await writeFile(part, text);
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    const { code } = error as NodeJS.ErrnoException;
    throw new NireonError('OUTPUT_UNWRITABLE', `the report cannot be written to ${file} (${String(code)})`, { cause: error });
  }
}
