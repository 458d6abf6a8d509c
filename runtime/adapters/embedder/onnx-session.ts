import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { isNireonError, messageOf, NireonError } from '../../domain/errors.ts';
import type { EmbedderModel } from '../../ports/embedder.ts';
import type { OnnxOptions } from './onnx-protocol.ts';
import { createTokenizer, tokenizerRules, type Tokens } from './tokenizer.ts';

export interface OnnxSession {
  readonly model: EmbedderModel;
  tokenize(text: string): Tokens;
  /** One vector a text, in order. Blocks its thread: onnxruntime's binding computes where it is called. */
  run(texts: readonly (readonly number[])[]): Promise<Float32Array[]>;
  release(): Promise<void>;
}

/** Model and tokenizer, tried once with the longest text. MODEL_MISSING, MODEL_INVALID. */
export async function openOnnxSession(options: Omit<OnnxOptions, 'batchTokens'>): Promise<OnnxSession> {
  const { file, dims, maxTokens, threads } = options;
  const [graph, definition] = await Promise.all([file, tokenizerOf(file)].map(readModelFile));
  try {
    const tokenize = createTokenizer(JSON.parse(Buffer.from(definition!).toString('utf8')) as object, maxTokens);
    const session = await InferenceSession.create(graph!, {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      // Batches differ in shape, so a plan of memory would be made anew for each.
      enableMemPattern: false,
      // Threads that wait for work by spinning cost an idle process a core, and others on it theirs.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
      logSeverityLevel: 4,
    });
    const run = async (texts: readonly (readonly number[])[]) => runBatch(session, texts);
    const [probe] = await run([Array.from({ length: maxTokens }, () => 1)]);
    if (probe?.length !== dims) throw new NireonError('MODEL_INVALID', `it makes vectors of ${probe?.length ?? 0} dimensions, not ${dims}`);
    const decides = ['onnx', sha256(graph!), sha256(definition!), tokenizerRules, maxTokens];
    const model = { name: basename(file, '.onnx'), digest: sha256(Buffer.from(JSON.stringify(decides))), dims };
    return { model, tokenize, run, release: () => session.release() };
  } catch (error) {
    throw new NireonError('MODEL_INVALID', `the embedding model ${file} cannot be used: ${messageOf(error)}`, { cause: error });
  }
}

const tokenizerOf = (file: string): string => file.replace(/(\.onnx)?$/, '.tokenizer.json');

async function readModelFile(file: string): Promise<Uint8Array> {
  return readFile(file).catch((error: unknown) => {
    throw new NireonError('MODEL_MISSING', `the model file ${file} cannot be read: run "nireon models get", or correct \`embedder.file\``, {
      cause: error,
    });
  });
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function runBatch(session: InferenceSession, texts: readonly (readonly number[])[]): Promise<Float32Array[]> {
  const width = Math.max(...texts.map((ids) => ids.length));
  const shape = [texts.length, width];
  const ids = new BigInt64Array(texts.length * width);
  const mask = new BigInt64Array(texts.length * width);
  texts.forEach((text, row) => {
    text.forEach((id, column) => (ids[row * width + column] = BigInt(id)));
    mask.fill(1n, row * width, row * width + text.length);
  });
  const output = await session.run({ input_ids: new Tensor('int64', ids, shape), attention_mask: new Tensor('int64', mask, shape) });
  const values = output['sentence_embedding']?.data;
  if (!(values instanceof Float32Array)) throw new NireonError('MODEL_INVALID', 'it has no float32 output "sentence_embedding"');
  const dims = values.length / texts.length;
  return texts.map((_, row) => values.subarray(row * dims, (row + 1) * dims));
}

export const failureOf = (error: unknown) =>
  isNireonError(error) ? { code: error.code, message: error.message } : { code: 'INTERNAL' as const, message: messageOf(error) };
