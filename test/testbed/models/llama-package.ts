import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { llamaInstallArguments, llamaVersion } from '../../../runtime/adapters/llm/llama-package.ts';

/** Where node-llama-cpp is for tests: installed once a machine, by the same command that a user is told to run. */
export async function llamaPackageFolder(): Promise<string> {
  const folder = join(homedir(), '.cache/nireon-testbed', `node-llama-cpp-${llamaVersion}`);
  const there = () =>
    access(join(folder, 'node_modules/node-llama-cpp/package.json')).then(
      () => true,
      () => false,
    );
  if (await there()) return folder;
  const part = `${folder}.${randomBytes(4).toString('hex')}`;
  await mkdir(part, { recursive: true });
  await promisify(execFile)('npm', [...llamaInstallArguments(part)], { cwd: dirname(folder) });
  // Another test process may have been faster: then its folder serves as well.
  await rename(part, folder).catch(async (error: unknown) => {
    await rm(part, { recursive: true });
    if (!(await there())) throw error;
  });
  return folder;
}
