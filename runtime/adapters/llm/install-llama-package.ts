import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { NireonError } from '../../domain/errors.ts';
import { llamaInstallArguments } from './llama-package.ts';

/**
 * Puts node-llama-cpp into a folder of its own by npm, whole or not at all; false if it is there already. The folder's parent must exist.
 * MODEL_DOWNLOAD_FAILED with the command that failed, EFFECT_ABORTED.
 */
export async function installLlamaPackage(
  folder: string,
  { signal, npm = 'npm' }: { readonly signal?: AbortSignal | undefined; readonly npm?: string } = {},
): Promise<boolean> {
  const isThere = () =>
    access(join(folder, 'node_modules/node-llama-cpp/package.json')).then(
      () => true,
      () => false,
    );
  if (await isThere()) return false;
  const part = `${folder}.${randomBytes(4).toString('hex')}`;
  try {
    await mkdir(part);
    await promisify(execFile)(npm, [...llamaInstallArguments(part)], { cwd: part, ...(signal ? { signal } : {}) });
    await rename(part, folder);
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    if (signal?.aborted) throw new NireonError('EFFECT_ABORTED', undefined, { cause: error });
    // Another process may have been faster: then its folder serves as well.
    if (await isThere()) return false;
    const command = `npm ${llamaInstallArguments(folder).join(' ')}`;
    throw new NireonError('MODEL_DOWNLOAD_FAILED', `node-llama-cpp cannot be installed; try ${command}`, { cause: error });
  }
  return true;
}
