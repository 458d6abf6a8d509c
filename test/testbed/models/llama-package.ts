import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { installLlamaPackage } from '../../../runtime/adapters/llm/install-llama-package.ts';
import { llamaVersion } from '../../../runtime/adapters/llm/llama-package.ts';

/** Where node-llama-cpp is for tests: installed once a machine, as `nireon models get` does. */
export async function llamaPackageFolder(): Promise<string> {
  const cache = join(homedir(), '.cache/nireon-testbed');
  const folder = join(cache, `node-llama-cpp-${llamaVersion}`);
  await mkdir(cache, { recursive: true });
  await installLlamaPackage(folder);
  return folder;
}
