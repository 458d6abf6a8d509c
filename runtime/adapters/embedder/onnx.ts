import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { messageOf, NireonError } from '../../domain/errors.ts';
import type { Embedder, Embedding } from '../../ports/embedder.ts';
import type { OnnxOptions, ThreadOpened, ThreadReply, ThreadRequest } from './onnx-protocol.ts';
import { mostWaiting, refusalOf } from './refusal.ts';

interface Call {
  readonly texts: number;
  settle(outcome: Embedding | NireonError): void;
}

/**
 * An ONNX sentence encoder on a thread of its own, float32. Texts of all callers share batches; the model computes one batch at a time.
 * A text counts as waiting until it is answered. While nobody waits the thread keeps no process alive. Throws MODEL_MISSING, with the command that gets it, if a file is not there;
 * MODEL_INVALID if it cannot be used or makes vectors of other dimensions.
 */
export async function createOnnxEmbedder(options: OnnxOptions): Promise<Embedder> {
  const { worker, model } = await startThread(options);
  const calls = new Map<number, Call>();
  let lastId = 0;
  let waiting = 0;
  let ended: string | undefined;
  let closing: Promise<void> | undefined;

  const send = (request: ThreadRequest): void => worker.postMessage(request);
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));

  function end(reason: string): void {
    ended ??= reason;
    for (const call of [...calls.values()]) call.settle(new NireonError('EMBEDDER_FAILED', ended));
  }
  worker.on('error', (error: unknown) => end(`the thread of the embedding model failed: ${messageOf(error)}`));
  worker.on('exit', () => end('the thread of the embedding model ended'));
  worker.on('message', (reply: ThreadReply) => {
    const call = calls.get(reply.id);
    if (reply.type === 'failed') return call?.settle(new NireonError('EMBEDDER_FAILED', `the embedding model failed: ${reply.message}`));
    const { values, tokens, truncated } = reply;
    const vectors = truncated.map((_, i) => new Float32Array(values.subarray(i * model.dims, (i + 1) * model.dims)));
    call?.settle({ vectors, tokens, truncated });
  });

  function ask(texts: readonly string[], abort: AbortSignal, deadlineMs: number): Promise<Embedding> {
    const id = ++lastId;
    return new Promise((resolve, reject) => {
      const giveUp = (error: NireonError): void => {
        send({ type: 'drop', id });
        settle(error);
      };
      const onAbort = (): void => giveUp(new NireonError('EFFECT_ABORTED'));
      const onDeadline = (): void => giveUp(new NireonError('EMBEDDER_BUSY', `no vectors within ${deadlineMs} ms`));
      const timer = setTimeout(onDeadline, deadlineMs);
      abort.addEventListener('abort', onAbort);
      const settle: Call['settle'] = (outcome) => {
        clearTimeout(timer);
        abort.removeEventListener('abort', onAbort);
        calls.delete(id);
        if (calls.size === 0) worker.unref();
        waiting -= texts.length;
        if (outcome instanceof NireonError) reject(outcome);
        else resolve(outcome);
      };
      calls.set(id, { texts: texts.length, settle });
      waiting += texts.length;
      worker.ref();
      send({ type: 'embed', id, texts });
    });
  }

  return {
    model,
    async embed(texts, { abort, deadlineMs }) {
      const refusal = refusalOf(texts, { abort, ended, room: mostWaiting - waiting });
      if (refusal) throw refusal;
      if (texts.length === 0) return { vectors: [], tokens: 0, truncated: [] };
      return ask(texts, abort, deadlineMs);
    },
    health: async () => ({ ok: ended === undefined, detail: ended ?? `${model.name}, ${waiting} texts wait` }),
    close() {
      end('the embedder was closed');
      worker.ref();
      closing ??= (send({ type: 'close' }), exited);
      return closing;
    },
  };
}

async function startThread(workerData: OnnxOptions) {
  // Sources run as they are, the build has them as JavaScript.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const entry = fileURLToPath(new URL(`./onnx-thread.${extension}`, import.meta.url));
  // Without the program's own flags: some, like --input-type, are not allowed for a file.
  const worker = new Worker(entry, { workerData, execArgv: [] });
  const opened = await new Promise<ThreadOpened>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  worker.removeAllListeners('error');
  worker.unref();
  if (opened.type === 'unusable') throw new NireonError(opened.code, opened.message);
  return { worker, model: opened.model };
}
