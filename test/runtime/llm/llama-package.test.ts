import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installLlamaPackage } from '../../../runtime/adapters/llm/install-llama-package.ts';
import { rejection } from '../../support/llm-request.ts';
import { runCli } from '../../support/run-cli.ts';
import { writeTinyGguf } from '../../testbed/models/make-tiny-gguf.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nireon-llama-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('node-llama-cpp, where it is not there yet', () => {
  it('leaves nothing behind when npm fails, and says the command', async () => {
    const failed = await rejection(installLlamaPackage(join(folder, 'node-llama-cpp'), { npm: '/nowhere/npm' }));
    expect(failed).toMatchObject({ code: 'MODEL_DOWNLOAD_FAILED', message: expect.stringContaining(`npm install --prefix ${folder}`) });
    expect(await readdir(folder)).toEqual([]);
  });

  it('is not installed once the user has stopped', async () => {
    expect(await rejection(installLlamaPackage(join(folder, 'node-llama-cpp'), { signal: AbortSignal.abort() }))).toMatchObject({
      code: 'EFFECT_ABORTED',
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('is looked for among the models, and asked for there', async () => {
    await writeTinyGguf(join(folder, 'tiny.gguf'));
    const env = { NIREON_MODELS_DIR: folder, NIREON_EMBEDDER_PROVIDER: 'hashing' };
    const args = ['explore', '--objective', 'find it', '--seed', 'a seed', '--model', 'local:tiny.gguf', '--db', join(folder, 'a.db')];
    const { code, err } = await runCli(args, { env });
    expect([code, err]).toEqual([78, expect.stringContaining(`npm install --prefix ${folder}/node-llama-cpp --omit=optional`)]);
  });
});
