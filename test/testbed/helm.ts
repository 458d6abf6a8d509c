import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const sources = join(import.meta.dirname, 'helm');

/**
 * Path of the built helm, or undefined with a word on stderr, so that the tests that need it are skipped; with CI set, an error.
 * It does not build: that takes minutes (`make helm`).
 */
export function findHelm(): string | undefined {
  const helm = join(execFileSync(join(sources, 'build.sh'), ['--where'], { encoding: 'utf8' }).trim(), 'helm');
  if (existsSync(helm)) return helm;
  const missing = 'helm is not built (make helm; needs Go)';
  if (process.env['CI']) throw new Error(missing);
  process.stderr.write(`tests of the chart are skipped: ${missing}\n`);
  return undefined;
}

/** Runs it and resolves with its standard output; rejects with both outputs when it fails. Settings of the caller's own helm are not read. */
export async function runHelm(args: readonly string[], kubeconfig = '/dev/null'): Promise<string> {
  const helm = findHelm();
  if (helm === undefined) throw new Error('helm is not built');
  const env = { PATH: process.env['PATH'], HOME: '/nonexistent', KUBECONFIG: kubeconfig };
  try {
    return (await promisify(execFile)(helm, args, { env, maxBuffer: 16 << 20 })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`helm ${args.join(' ')}\n${stdout ?? ''}${stderr ?? String(error)}`, { cause: error });
  }
}
