import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

export interface CliRun {
  readonly process: ChildProcess;
  /** What was written so far. */
  readonly out: () => string;
  readonly err: () => string;
  readonly ended: Promise<{ code: number | null; out: string; err: string }>;
  /** The first line of standard output that holds the text. */
  line(text: string): Promise<string>;
  /** Resolves when standard error holds the text; fails if the process ends before. */
  until(text: string): Promise<void>;
}

export interface CliRunOptions {
  /** Said to a shell before it becomes the program: `ulimit -f 500`. */
  readonly shell?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** The command line as users run it: a process of its own, its outputs in pipes, nothing of this process's settings. */
export function startCli(args: readonly string[], { shell, env = {}, cwd = root }: CliRunOptions = {}): CliRun {
  const command = [process.execPath, '--disable-warning=ExperimentalWarning', join(root, 'runtime/main.ts'), ...args];
  const [program = '', ...rest] = shell === undefined ? command : ['/bin/sh', '-c', `${shell}; exec "$@"`, 'sh', ...command];
  const child = spawn(program, rest, {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  const waiting = new Set<() => void>();
  const tell = (): void => {
    for (const look of waiting) look();
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    tell();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
    tell();
  });
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, out, err }));
  });
  /** What `find` finds in the outputs so far, as soon as it does; fails if the process ends before. */
  const wait = async <T>(what: string, find: () => T | undefined): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      const look = (): void => {
        const found = find();
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
      void ended.then(({ code }) => reject(new Error(`ended with ${String(code)} before it said ${JSON.stringify(what)}:\n${out}${err}`)));
    });
  return {
    process: child,
    out: () => out,
    err: () => err,
    ended,
    line: async (text) =>
      wait(text, () =>
        out
          .split('\n')
          .slice(0, -1)
          .find((line) => line.includes(text)),
      ),
    until: async (text) => {
      await wait(text, () => (err.includes(text) ? true : undefined));
    },
  };
}

export const runCli = async (args: readonly string[], options?: CliRunOptions) => startCli(args, options).ended;
