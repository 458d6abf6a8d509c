import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createOnnxEmbedder } from '../../../runtime/adapters/embedder/onnx.ts';
import { codeOf } from '../../../runtime/domain/errors.ts';
import type { Embedder } from '../../../runtime/ports/embedder.ts';
import { embeddingModelDir, embeddingModelName } from '../../support/embedding-model.ts';
import { tinyOnnx } from '../../support/tiny-onnx.ts';

interface Golden {
  readonly texts: readonly { text: string; tokens: number; first: number[] }[];
  readonly cosines: readonly (readonly number[])[];
}
const golden = JSON.parse(await readFile(new URL('golden.json', import.meta.url), 'utf8')) as Golden;

const models = await embeddingModelDir();
const file = join(models ?? '', `${embeddingModelName}.onnx`);
const settings = { file, dims: 384, maxTokens: 256, batchTokens: 4096, threads: 2 };
const patient = () => ({ abort: new AbortController().signal, deadlineMs: 60_000 });
const outcomeOf = (promise: Promise<unknown>) => promise.then(() => 'answered', codeOf);
const cosine = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

(models === undefined ? describe.skip : describe)('the onnx embedder', () => {
  let embedder: Embedder;
  let folder: string;
  beforeAll(async () => {
    embedder = await createOnnxEmbedder(settings);
    folder = await mkdtemp(join(tmpdir(), 'nireon-onnx-'));
  });
  afterAll(async () => {
    await embedder.close();
    await rm(folder, { recursive: true });
  });

  /** Any bytes as a model, with the real tokenizer beside it. */
  async function modelOf(name: string, graph: string | Uint8Array): Promise<string> {
    await writeFile(join(folder, `${name}.onnx`), graph);
    await copyFile(file.replace('.onnx', '.tokenizer.json'), join(folder, `${name}.tokenizer.json`));
    return join(folder, `${name}.onnx`);
  }

  it('gives the vectors of the published weights, as computed without any of our code (golden.py)', async () => {
    const { vectors, tokens } = await embedder.embed(
      golden.texts.map(({ text }) => text),
      patient(),
    );
    for (const [i, { first }] of golden.texts.entries()) {
      first.forEach((value, j) => expect(Math.abs(vectors[i]![j]! - value)).toBeLessThan(1e-4));
      vectors.forEach((other, j) => expect(Math.abs(cosine(vectors[i]!, other) - golden.cosines[i]![j]!)).toBeLessThan(1e-4));
    }
    expect(tokens).toBe(golden.texts.reduce((sum, text) => sum + text.tokens, 0));
  });

  it('gives the same vector, under the same digest, in another process, which ends though nobody closes the embedder', async () => {
    const { text } = golden.texts[0]!;
    const program = `
      const { createOnnxEmbedder } = await import(${JSON.stringify(new URL('../../../runtime/adapters/embedder/onnx.ts', import.meta.url).href)});
      const embedder = await createOnnxEmbedder(${JSON.stringify({ ...settings, threads: 1 })});
      const { vectors } = await embedder.embed([${JSON.stringify(text)}], { abort: new AbortController().signal, deadlineMs: 60000 });
      console.log(JSON.stringify({ digest: embedder.model.digest, vector: [...vectors[0]] }));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
    const other = JSON.parse(stdout) as { digest: string; vector: number[] };
    const { vectors } = await embedder.embed([text], patient());
    expect(other.digest).toBe(embedder.model.digest);
    other.vector.forEach((value, i) => expect(Math.abs(value - vectors[0]![i]!)).toBeLessThan(1e-5));
  });

  it('is another embedder under another cut', async () => {
    const other = await createOnnxEmbedder({ ...settings, maxTokens: 128 });
    expect(other.model.digest).not.toBe(embedder.model.digest);
    await other.close();
  });

  it('leaves the event loop alone while it computes', async () => {
    let turns = 0;
    let answered = false;
    const answer = embedder
      .embed(
        Array.from({ length: 8 }, () => 'a long text '.repeat(70)),
        patient(),
      )
      .finally(() => (answered = true));
    while (!answered) {
      await delay(1);
      turns++;
    }
    await answer;
    expect(turns).toBeGreaterThan(10);
  });

  it('is busy while 1,024 texts of several callers wait, and takes more when some have given up', async () => {
    const giver = new AbortController();
    const waiting = [300, 300, 300, 124].map((count) =>
      outcomeOf(embedder.embed(Array<string>(count).fill('a long text '.repeat(70)), { abort: giver.signal, deadlineMs: 60_000 })),
    );
    expect(await outcomeOf(embedder.embed(['one more'], patient()))).toBe('EMBEDDER_BUSY');
    giver.abort();
    expect(await Promise.all(waiting)).toEqual(waiting.map(() => 'EFFECT_ABORTED'));
    expect(await outcomeOf(embedder.embed(['one more'], patient()))).toBe('answered');
  });

  it('says that it is busy to a caller whose deadline passes, and goes on for others', async () => {
    const long = Array<string>(200).fill('a long text '.repeat(70));
    const late = outcomeOf(embedder.embed(long, { abort: new AbortController().signal, deadlineMs: 1 }));
    const other = outcomeOf(embedder.embed(['short'], patient()));
    expect(await late).toBe('EMBEDDER_BUSY');
    expect(await other).toBe('answered');
  });

  it('names the file that is missing, model or tokenizer, and the command that gets it', async () => {
    const missing = createOnnxEmbedder({ ...settings, file: join(folder, 'nothing.onnx') });
    await expect(missing).rejects.toMatchObject({
      code: 'MODEL_MISSING',
      message: expect.stringMatching(/nothing\.onnx.*nireon models get/),
    });
    await copyFile(file, join(folder, 'half.onnx'));
    const half = createOnnxEmbedder({ ...settings, file: join(folder, 'half.onnx') });
    await expect(half).rejects.toMatchObject({ code: 'MODEL_MISSING', message: expect.stringContaining('half.tokenizer.json') });
  });

  it.each([
    ['is no model', 'not an ONNX file', {}],
    ['has no sentence_embedding', tinyOnnx('something_else'), { dims: 8 }],
    ['makes vectors of other dimensions', tinyOnnx(), { dims: 384 }],
  ])('refuses a file that %s', async (name, graph, change) => {
    const path = await modelOf(name.replaceAll(' ', '-'), graph);
    const opening = createOnnxEmbedder({ ...settings, ...change, file: path });
    await expect(opening).rejects.toMatchObject({ code: 'MODEL_INVALID', message: expect.stringContaining(path) });
  });

  it('refuses a cut beyond the positions that the model knows', async () => {
    await expect(createOnnxEmbedder({ ...settings, maxTokens: 513 })).rejects.toMatchObject({ code: 'MODEL_INVALID' });
  });

  it('refuses a tokenizer that cannot be read', async () => {
    const path = await modelOf('tokenless', tinyOnnx());
    await writeFile(path.replace('.onnx', '.tokenizer.json'), '{');
    await expect(createOnnxEmbedder({ ...settings, dims: 8, file: path })).rejects.toMatchObject({ code: 'MODEL_INVALID' });
  });

  it('reports what the model failed at, to those of the batch alone', async () => {
    const failing = await createOnnxEmbedder({ ...settings, dims: 8, file: await modelOf('failing', tinyOnnx()) });
    await expect(failing.embed(['no token of the table'], patient())).rejects.toMatchObject({ code: 'EMBEDDER_FAILED' });
    expect((await failing.health()).ok).toBe(true);
    await failing.close();
  });
});
