import { execFile } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = join(import.meta.dirname, '../openevolve');
const home = join(homedir(), '.cache/nireon-testbed/openevolve-0.4.0');

export interface PeerRun {
  /** Iterations a second: of the first hundred, of the last hundred, of all. */
  readonly first: number;
  readonly last: number;
  readonly all: number;
  /** Of all its processes, an iteration. */
  readonly cpuMs: number;
}
export type OpenEvolve = { readonly missing: string } | { run(folder: string, iterations: number, workers: number): Promise<PeerRun> };

/** OpenEvolve from PyPI in an environment of its own, installed when first asked for. */
export async function findOpenEvolve(): Promise<OpenEvolve> {
  const python = join(home, 'bin/python');
  if (!existsSync(python)) {
    try {
      rmSync(`${home}.part`, { recursive: true, force: true });
      await run('python3', ['-m', 'venv', `${home}.part`]);
      await run(join(`${home}.part`, 'bin/python'), ['-m', 'pip', 'install', '--quiet', '--requirement', join(here, 'requirements.txt')]);
      renameSync(`${home}.part`, home);
    } catch (error) {
      return { missing: `Python 3 with venv and pip, or OpenEvolve from PyPI: ${(error as Error).message.split('\n')[0]!}` };
    }
  }
  return {
    async run(folder, iterations, workers) {
      rmSync(folder, { recursive: true, force: true });
      const { stdout } = await run(python, [join(here, 'run.py'), folder, String(iterations), String(workers)], {
        maxBuffer: 1 << 26,
      });
      const { seconds, cpuSeconds } = JSON.parse(stdout.trim().split('\n').at(-1)!) as { seconds: number[]; cpuSeconds: number };
      if (seconds.length < iterations * 0.9) throw new Error(`OpenEvolve came to ${seconds.length} of ${iterations} iterations`);
      const rate = (part: readonly number[]): number => (part.length - 1) / (part.at(-1)! - part[0]!);
      return {
        first: rate(seconds.slice(0, 101)),
        last: rate(seconds.slice(-101)),
        all: rate(seconds),
        cpuMs: (cpuSeconds * 1000) / seconds.length,
      };
    },
  };
}
