import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../runtime/main.ts', import.meta.url));
const linesKept = 60;

/** A line of the log, parsed. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string; readonly time: string };

export interface Serving {
  readonly child: ChildProcess;
  readonly pod: string;
  /** Of the API. */
  readonly url: string;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; the exit code. */
  stop(): Promise<number | null>;
  /** Creates a session, or finds the same one. */
  create(request: object): Promise<void>;
}

export interface ServingOptions {
  readonly config: string;
  readonly pod: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly onLine?: (line: LogLine) => void;
}

/** `nireon serve` as a process of its own; resolves when its API listens, rejects with its last words if it ends before. */
export async function startServing({ config, pod, env = {}, onLine }: ServingOptions): Promise<Serving> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, 'serve', '--config', config], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NIREON_POD: pod, ...env },
  });
  const last: string[] = [];
  const keep = (line: string): void => {
    if (last.push(line) > linesKept) last.shift();
  };
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (text) => {
      keep(text);
      if (!text.startsWith('{')) return;
      const line = JSON.parse(text) as LogLine;
      if (line.msg === 'API listens') resolve(String(line['address']));
      onLine?.(line);
    });
    createInterface({ input: child.stderr }).on('line', keep);
    void ended.then((code) => reject(new Error(`serve ended with ${code}:\n${last.join('\n')}`)));
  });
  return {
    child,
    pod,
    url,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    async stop() {
      child.kill('SIGTERM');
      return ended;
    },
    async create(request) {
      const response = await fetch(`${url}/v1/sessions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(request),
      });
      if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    },
  };
}
