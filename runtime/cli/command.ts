import { parseArgs } from 'node:util';
import { didYouMean } from '../../platform/did-you-mean.ts';
import { NireonError } from '../domain/errors.ts';

/** What a command may touch of the process that it runs in. */
export interface Cli {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Standard output: results only. */
  readonly out: (text: string) => void;
  /** Standard error: everything that is said to people. */
  readonly err: (text: string) => void;
  /** Whether standard error is a terminal on which a line can be redrawn, and how wide it is now. */
  readonly terminal: { readonly redraws: boolean; columns(): number };
  /** The width of standard output, if it is a terminal. */
  readonly width: () => number | undefined;
  /** Calls back at Ctrl-C and SIGTERM; a second one ends the process at once. Returns how to stop listening. */
  readonly onInterrupt: (handler: (signal: 'SIGINT' | 'SIGTERM') => void) => () => void;
}

export interface Flag {
  /** Name of the value in the help; absent: the flag takes none. */
  readonly value?: string;
  readonly multiple?: boolean;
  readonly says: string;
}

/** One command: what it takes, how it is explained, what it does. Loaded only when it is called. */
export interface Command {
  /** After `nireon`: `sessions get <session>`. */
  readonly usage: string;
  readonly says: string;
  readonly flags: Readonly<Record<string, Flag>>;
  readonly examples: readonly (readonly [line: string, says: string])[];
  /** What else is worth knowing, in sentences. */
  readonly notes?: readonly string[];
  /** Exit code. */
  run(given: Given, cli: Cli): Promise<number>;
}

/** What was given on the command line; asking for a flag that the command does not declare is a bug. */
export interface Given {
  readonly words: readonly string[];
  text(name: string): string | undefined;
  all(name: string): readonly string[];
  has(name: string): boolean;
  /** Whether the command takes this flag at all. */
  declares(name: string): boolean;
}

export const helpFlag: Flag = { says: 'This text' };

/** How many words a command takes: those in pointed brackets of its usage, or any number where it ends in dots. */
export function wordsOf({ usage: line }: Pick<Command, 'usage'>): number {
  return line.includes('…]') ? Infinity : (line.match(/<\w+>/g) ?? []).length;
}

/** USAGE with a sentence for whatever does not fit. */
export function parseCommandLine(args: readonly string[], flags: Readonly<Record<string, Flag>>, words: number): Given {
  const known = { ...flags, help: helpFlag };
  const options = Object.fromEntries(
    Object.entries(known).map(([name, { value, multiple }]) => [
      name,
      {
        type: value === undefined ? ('boolean' as const) : ('string' as const),
        multiple: multiple === true,
        ...(name === 'help' ? { short: 'h' } : {}),
      },
    ]),
  );
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw usage(error, known);
  }
  if (parsed.positionals.length > words) {
    const extra = parsed.positionals[words]!;
    throw new NireonError('USAGE', `"${extra}" is one word too many; text with spaces needs quotes`);
  }
  const valueOf = (name: string): unknown => {
    if (!Object.hasOwn(known, name)) throw new NireonError('INTERNAL', `the flag ${name} was not declared`);
    return parsed.values[name];
  };
  return {
    words: parsed.positionals,
    text: (name) => valueOf(name) as string | undefined,
    all: (name) => (valueOf(name) ?? []) as string[],
    has: (name) => valueOf(name) === true,
    declares: (name) => Object.hasOwn(known, name),
  };
}

function usage(error: unknown, flags: Readonly<Record<string, Flag>>): NireonError {
  const { code, message } = error as { code?: string; message: string };
  const name = /'-{1,2}([^' =<]+)/.exec(message)?.[1] ?? '';
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    const meant = didYouMean(name, Object.keys(flags));
    const dashes = /'(-{1,2})/.exec(message)?.[1] ?? '--';
    return new NireonError('USAGE', `there is no ${dashes}${name}${meant === undefined ? '' : `; did you mean --${meant}?`}`);
  }
  const flag = flags[name];
  if (flag?.value === undefined) return new NireonError('USAGE', `--${name} takes no value`);
  return new NireonError('USAGE', `--${name} needs a value: --${name} ${flag.value} (if it begins with a dash: --${name}=…)`);
}

/** The text of `nireon <command> --help`. */
export function helpText({ usage: line, says, flags, examples, notes = [] }: Command): string {
  const names = Object.entries({ ...flags, help: helpFlag }).map(([name, flag]) => ({
    left: `--${name}${flag.value === undefined ? '' : ` ${flag.value}`}`,
    says: `${flag.says}${flag.multiple === true ? ' (more than once)' : ''}`,
  }));
  const width = Math.min(30, Math.max(...names.map(({ left }) => left.length)) + 2);
  const indent = ' '.repeat(width + 2);
  const option = (left: string, text: string): string =>
    `  ${left.length < width ? left.padEnd(width) : `${left}\n${indent}`}${wrapped(text, 96 - width).join(`\n${indent}`)}`;
  return [
    ...wrapped(says, 96),
    '',
    `  nireon ${line}`,
    '',
    ...names.map(({ left, says: text }) => option(left, text)),
    ...(notes.length === 0 ? [] : ['', ...notes.flatMap((note) => wrapped(note, 96))]),
    ...(examples.length === 0 ? [] : ['', 'Examples', ...examples.flatMap(([example, text]) => ['', `  # ${text}`, `  ${example}`])]),
    '',
  ].join('\n');
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
