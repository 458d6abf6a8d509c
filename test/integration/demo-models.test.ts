import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { embeddingModelDir } from '../support/embedding-model.ts';
import { startFakeProvider } from '../support/fake-provider.ts';
import { llamaPackageFolder } from '../testbed/models/llama-package.ts';
import { tinyGguf } from '../testbed/models/make-tiny-gguf.ts';

const root = join(import.meta.dirname, '../..');

const fetched = await embeddingModelDir();
const ifFetched = fetched === undefined ? it.skip : it;

describe('the demo with a model of the user', () => {
  let folder = '';
  let models = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nireon-demo-'));
    models = join(folder, 'models');
    await mkdir(models);
    if (fetched === undefined) return;
    for (const name of ['all-MiniLM-L6-v2.onnx', 'all-MiniLM-L6-v2.tokenizer.json', 'all-MiniLM-L6-v2.manifest.json']) {
      await symlink(join(fetched, name), join(models, name));
    }
  }, 300_000);
  afterAll(() => rm(folder, { recursive: true }));

  /** As `make demo MODEL=…` runs it. */
  async function demo(...args: string[]): Promise<{ out: string; report: string }> {
    const report = join(folder, 'report.html');
    const env = { ...process.env, NIREON_MODELS_DIR: models, REPORT: report };
    const small = ['--depth', '1', '--variations', '2', '--rounds', '1'];
    const { stdout } = await promisify(execFile)(join(root, 'test/demo.sh'), [...args, ...small], { env, cwd: folder });
    return { out: stdout, report: await readFile(report, 'utf8') };
  }

  ifFetched(
    'runs against an OpenAI-compatible server, and replays without it',
    async () => {
      const provider = await startFakeProvider();
      const { out, report } = await demo('--model', 'openai-compatible:a-model', '--base-url', provider.baseUrl('openai-compatible'));
      await provider.close();
      expect(provider.received).toBeGreaterThan(4);
      const [, steps, identical] = /steps (\d+), identical (\d+), outside calls 0$/m.exec(out) ?? [];
      expect(Number(steps)).toBeGreaterThan(2);
      expect(identical).toBe(steps);
      expect(report).toContain('a-model');
    },
    120_000,
  );

  ifFetched(
    'runs on a GGUF in this process, and replays without it',
    async () => {
      await symlink(await llamaPackageFolder(), join(models, 'node-llama-cpp'));
      await writeFile(join(models, 'tiny.gguf'), tinyGguf());
      const { out, report } = await demo('--model', 'local:tiny.gguf');
      const [, steps, identical] = /steps (\d+), identical (\d+), outside calls 0$/m.exec(out) ?? [];
      expect(Number(steps)).toBeGreaterThan(2);
      expect(identical).toBe(steps);
      expect(report).toContain('tiny');
    },
    300_000,
  );
});
