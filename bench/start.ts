/**
 * From the start of a process until it is of use: `nireon --version`, `nireon serve` until its API listens (without an embedding model;
 * with it on a new database, where it embeds the concept bank, and on one that has it), and `nireon explore` until its first call of a
 * model over HTTP, beside `node -e 0`. From the sources, in alternating rounds, each a process of its own. One JSON line a measure.
 *
 *   node bench/start.ts [--runs 20] [--models FOLDER]
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { getModel } from '../runtime/adapters/models/get.ts';
import { startFakeProvider } from '../test/support/fake-provider.ts';
import { judge, quantile, rounded, say, spread } from './support/measure.ts';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '20' }, models: { type: 'string', default: join(homedir(), '.cache/nireon/models') } },
});
const runs = Number(values.runs);
const folder = mkdtempSync(join(tmpdir(), 'nireon-bench-'));
const main = join(import.meta.dirname, '../runtime/main.ts');
const ports = { NIREON_API_PORT: '0', NIREON_OPS_PORT: '0', NIREON_MODELS_DIR: values.models };
let databases = 0;
const newDatabase = (): string => join(folder, `start${++databases}.db`);

/** Milliseconds until `done` says so, of the child's outputs so far or of a call; then the child is stopped. */
async function until(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  done: (child: ChildProcess) => Promise<unknown>,
): Promise<number> {
  const began = performance.now();
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  await Promise.race([
    done(child),
    ended.then(() => (child.exitCode === 0 ? undefined : Promise.reject(new Error(`${args.join(' ')} failed`)))),
  ]);
  const ms = performance.now() - began;
  child.kill('SIGTERM');
  await ended;
  return ms;
}
const end = (child: ChildProcess): Promise<void> => new Promise((resolve) => child.on('exit', () => resolve()));
const says =
  (text: string) =>
  (child: ChildProcess): Promise<void> =>
    new Promise((resolve) => {
      let out = '';
      child.stdout!.on('data', (more: Buffer) => {
        out += more.toString();
        if (out.includes(text)) resolve();
      });
    });

const provider = await startFakeProvider();
const asked = (): Promise<void> =>
  new Promise((resolve) =>
    provider.reply(() => {
      resolve();
      return {};
    }),
  );
const serve = (database: string, more: Readonly<Record<string, string>>): Promise<number> =>
  until([main, 'serve'], { ...ports, NIREON_STORE_SQLITE_FILE: database, ...more }, says('API listens'));
const asking = ['--model', 'openai-compatible:any', '--base-url', provider.baseUrl('openai-compatible')];
const seed = ['--objective', 'Keep a workshop dry.', '--seed', 'A wall of clay that drinks in the night.'];
const kept = newDatabase();
const subjects = {
  'node -e 0': () => until(['-e', '0'], {}, end),
  'nireon --version': () => until([main, '--version'], {}, end),
  'serve, no embedding model': () => serve(newDatabase(), { NIREON_EMBEDDER_PROVIDER: 'hashing' }),
  'serve, embedding model, new database': () => serve(newDatabase(), {}),
  'serve, embedding model': () => serve(kept, {}),
  'explore, embedding model, first call': () => until([main, 'explore', '--db', newDatabase(), ...asking, ...seed], ports, asked),
};
type Subject = keyof typeof subjects;

try {
  await getModel('all-MiniLM-L6-v2', { targetDir: values.models });
  const seen = new Map<Subject, number[]>(Object.keys(subjects).map((name) => [name as Subject, []]));
  for (let run = -1; run < runs; run++) {
    for (const [name, measure] of Object.entries(subjects) as [Subject, () => Promise<number>][]) {
      const ms = await measure();
      // The first round fills the caches of files and of compiled code.
      if (run >= 0) seen.get(name)!.push(ms);
    }
  }
  const base = quantile(seen.get('node -e 0')!, 0.5);
  for (const [name, list] of seen) {
    say({ bench: 'start', measure: `${name}, ms`, ...spread(list), toNode: rounded(quantile(list, 0.5) / base) });
  }
  const middle = (name: Subject): number => quantile(seen.get(name)!, 0.5);
  judge('serve until ready, no embedding model, ms', middle('serve, no embedding model'), { atMost: 1000 });
  judge('serve until ready, embedding model, ms', middle('serve, embedding model'), { atMost: 3000 });
  judge('the same on a new database, ms', middle('serve, embedding model, new database'), { atMost: 3000 });
} finally {
  await provider.close();
  rmSync(folder, { recursive: true, force: true });
}
