import { enableCompileCache } from 'node:module';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { onStopSignal } from '../platform/shutdown.ts';
import type { Cli, Command } from './cli/command.ts';

interface Entry {
  readonly says: string;
  readonly load: () => Promise<Command>;
}

/** Every command; its file is read only when it is called. */
const commands: Readonly<Record<string, Entry>> = {
  explore: { says: 'explore a question', load: async () => (await import('./cli/explore.ts')).explore },
  report: { says: 'write what a session found', load: async () => (await import('./cli/report.ts')).report },
  replay: { says: 'prove a session: run it again from its journal', load: async () => (await import('./cli/replay.ts')).replay },
  'sessions list': { says: 'list sessions', load: async () => (await import('./cli/sessions.ts')).sessionsList },
  'sessions get': { says: 'show how a session stands', load: async () => (await import('./cli/sessions.ts')).sessionsGet },
  'sessions cancel': { says: 'end a session', load: async () => (await import('./cli/sessions.ts')).sessionsCancel },
  serve: { says: 'work and answer over HTTP', load: async () => (await import('./cli/serve.ts')).serve },
  migrate: { says: 'bring the store to the schema of this version', load: async () => (await import('./cli/migrate.ts')).migrate },
  'models list': { says: 'list models that can be fetched', load: async () => (await import('./cli/models.ts')).modelsList },
  'models get': { says: 'fetch a model', load: async () => (await import('./cli/models.ts')).modelsGet },
  'rules check': { says: 'check rule manifests', load: async () => (await import('./cli/rules.ts')).rulesCheck },
  'rules explain': {
    says: 'say which rules a signal sets off, and why not',
    load: async () => (await import('./cli/rules.ts')).rulesExplain,
  },
  'config check': { says: 'check the settings', load: async () => (await import('./cli/config.ts')).configCheck },
  'config print': { says: 'print every setting and where it was said', load: async () => (await import('./cli/config.ts')).configPrint },
  'dead list': { says: 'list work that was given up', load: async () => (await import('./cli/dead.ts')).deadList },
  'dead retry': { says: 'try it again', load: async () => (await import('./cli/dead.ts')).deadRetry },
  'dead drop': { says: 'hide it', load: async () => (await import('./cli/dead.ts')).deadDrop },
};

/** Runs one command line and resolves to the exit code. Never throws. */
export async function run(args: readonly string[], cli: Cli): Promise<number> {
  try {
    const name = commandName(args);
    const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (entry === undefined) return await withoutCommand(args, cli);
    const { helpText, parseCommandLine, wordsOf } = await import('./cli/command.ts');
    const command = await entry.load();
    const rest = args.slice(name.split(' ').length);
    if (rest.includes('--help') || rest.includes('-h')) {
      cli.out(helpText(command));
      return 0;
    }
    return await command.run(parseCommandLine(rest, command.flags, wordsOf(command)), cli);
  } catch (error) {
    const { errorText, exitCodeOf } = await import('./cli/advice.ts');
    cli.err(errorText(error, isOn(cli.env['NIREON_DEBUG']), commandName(args)));
    return exitCodeOf(error);
  }
}

/** The words that name the command, whether there is such a one or not. */
const commandName = ([first = '', second = '']: readonly string[]): string =>
  Object.hasOwn(commands, first) ? first : `${first} ${second}`;

const isOn = (value: string | undefined): boolean => value !== undefined && !['', '0', 'false', 'no'].includes(value);

async function withoutCommand(args: readonly string[], cli: Cli): Promise<number> {
  const [first, second] = args;
  if (first === '--version' || first === 'version') {
    const { version } = await import('./version.ts');
    cli.out(`nireon ${version}\n`);
    return 0;
  }
  if (first === 'help' && second !== undefined) return run([...args.slice(1), '--help'], cli);
  const asked = first === undefined || first === 'help' || first === '--help' || first === '-h';
  const group = Object.keys(commands).filter((name) => name.startsWith(`${first} `));
  if (asked) {
    cli.out(overview(Object.keys(commands)));
    return first === undefined ? 2 : 0;
  }
  if (group.length > 0 && (second === undefined || second === '--help' || second === '-h')) {
    cli.out(overview(group));
    return second === undefined ? 2 : 0;
  }
  const { didYouMean } = await import('../platform/did-you-mean.ts');
  const meant =
    group.length > 0
      ? didYouMean(`${first} ${second ?? ''}`, group)
      : didYouMean(first, new Set(Object.keys(commands).map((name) => name.split(' ')[0]!)));
  const word = group.length > 0 ? `${first} ${second ?? ''}` : first;
  cli.err(`nireon: there is no command "${word}"${meant === undefined ? '' : `; did you mean ${meant}?`}\n"nireon --help" lists them.\n`);
  return 2;
}

function overview(names: readonly string[]): string {
  return [
    'NIREON explores a question with language models: ideas are written, judged, tested and grown, every step kept.',
    '',
    ...names.map((name) => `  nireon ${name.padEnd(16)} ${commands[name]!.says}`),
    '',
    'First look: nireon explore --objective "what you want to find out" --seed "an idea to start from"',
    'Each command explains itself: nireon explore --help',
    '',
  ].join('\n');
}

function processAsCli(): Cli {
  const { stdout, stderr } = process;
  // A reader that went away (| head) wants no more: that is no failure.
  stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  stderr.on('error', () => undefined);
  return {
    env: process.env,
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    terminal: {
      redraws: stderr.isTTY && process.env['TERM'] !== 'dumb',
      columns: () => stderr.columns ?? 80,
    },
    width: () => (stdout.isTTY ? stdout.columns : undefined),
    onInterrupt: (handler) => onStopSignal(process, handler),
  };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  // V8 13.6 now and then ends the process (`jit_page.has_value()`) when it compiles a call from WebAssembly, in which
  // HTTP is parsed, to JavaScript once more for speed: it is left as it is.
  setFlagsFromString('--wasm-wrapper-tiering-budget=2147483647');
  // Compiled files are kept in the system's folder for temporary files: the second start is faster.
  enableCompileCache();
  process.exit(await run(process.argv.slice(2), processAsCli()));
}
