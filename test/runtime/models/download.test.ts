import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { download, type DownloadOptions } from '../../../runtime/adapters/models/download.ts';
import { codeOf } from '../../../runtime/domain/errors.ts';
import { type FileServer, startFileServer } from '../../support/file-server.ts';

const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7919) % 251));
const pinned = { name: 'model.bin', bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };

describe('a download', () => {
  let server: FileServer;
  let folder: string;
  beforeEach(async () => {
    server = await startFileServer();
    server.files.set('/model.bin', content);
    folder = await mkdtemp(join(tmpdir(), 'nireon-download-'));
  });
  afterEach(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });
  const path = () => join(folder, 'model.bin');
  const get = (options: DownloadOptions = {}) => download(`${server.url}/model.bin`, path(), pinned, options);
  /** Answers with the beginning only and lets the rest wait; what it returns breaks the connection. */
  function stopAfter(bytes: number): () => void {
    let held: ServerResponse | undefined;
    server.faults.push((_, response) => {
      held = response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, bytes));
    });
    return () => held?.destroy();
  }

  it('brings the file, says how far it is, and leaves nothing else', async () => {
    const told: number[] = [];
    await get({ onBytes: (bytes) => told.push(bytes) });
    expect(content.equals(await readFile(path()))).toBe(true);
    expect(told.at(-1)).toBe(content.length);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(await readdir(folder)).toEqual(['model.bin']);
  });

  it('goes on where the connection broke', async () => {
    await get({ onBytes: stopAfter(100_000) });
    expect(content.equals(await readFile(path()))).toBe(true);
    expect(server.requests[0]!.range).toBeUndefined();
    expect(server.requests[1]!.range).toMatch(/^bytes=[1-9]\d*-$/);
  });

  it('goes on in a later call where an earlier one was ended', async () => {
    const giver = new AbortController();
    stopAfter(50_000);
    await expect(get({ signal: giver.signal, onBytes: () => giver.abort() })).rejects.toMatchObject({ code: 'EFFECT_ABORTED' });
    expect(await readdir(folder)).toEqual(['model.bin.part']);
    await get();
    expect(content.equals(await readFile(path()))).toBe(true);
    expect(server.requests[1]!.range).toMatch(/^bytes=[1-9]\d*-$/);
  });

  it('begins anew with a server that does not know ranges', async () => {
    await writeFile(`${path()}.part`, content.subarray(0, 1000));
    server.faults.push((_, response) => response.writeHead(200).end(content));
    await get();
    expect(content.equals(await readFile(path()))).toBe(true);
    expect(server.requests).toHaveLength(1);
  });

  it.each([10, content.length, content.length + 1])('begins anew where the part is of another file (%d bytes)', async (bytes) => {
    await writeFile(`${path()}.part`, Buffer.alloc(bytes, 9));
    await get();
    expect(content.equals(await readFile(path()))).toBe(true);
  });

  it.each([
    ['of the same length', Buffer.alloc(content.length)],
    ['that is longer', Buffer.alloc(content.length * 2)],
  ])('refuses another file %s and keeps nothing of it', async (_, other) => {
    server.files.set('/model.bin', other);
    await expect(get()).rejects.toMatchObject({ code: 'MODEL_INVALID', message: expect.stringContaining(pinned.sha256) });
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses a file that ends too early', async () => {
    server.files.set('/model.bin', content.subarray(0, 1000));
    expect(await get().catch(codeOf)).toBe('MODEL_DOWNLOAD_FAILED');
  });

  it('says which address answers what when there is no file', async () => {
    server.files.clear();
    await expect(get()).rejects.toMatchObject({ code: 'MODEL_DOWNLOAD_FAILED', message: `${server.url}/model.bin answers 404` });
  });

  it('gives up soon on a server that says nothing', async () => {
    server.faults.push(() => undefined);
    await expect(get({ answerMs: 50 })).rejects.toMatchObject({
      code: 'MODEL_DOWNLOAD_FAILED',
      message: expect.stringContaining('nothing came for 50 ms'),
    });
  });

  it('goes on by itself when the flow dries up', async () => {
    stopAfter(50_000);
    await get({ stallMs: 100 });
    expect(content.equals(await readFile(path()))).toBe(true);
  });

  it('says that nobody is at the address', async () => {
    await server.close();
    const failed = get();
    server = await startFileServer();
    await expect(failed).rejects.toMatchObject({ code: 'MODEL_DOWNLOAD_FAILED', message: expect.stringContaining('ECONNREFUSED') });
  });
});
