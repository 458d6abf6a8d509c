/** The thread of the embedding model: everything that takes time happens here, none of it on the event loop of the program. */
import { setImmediate } from 'node:timers/promises';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../domain/errors.ts';
import { createBatching } from './batching.ts';
import type { OnnxOptions, ThreadOpened, ThreadReply, ThreadRequest } from './onnx-protocol.ts';
import { failureOf, type OnnxSession, openOnnxSession } from './onnx-session.ts';
import type { Tokens } from './tokenizer.ts';

function serve(port: MessagePort, session: OnnxSession, batchTokens: number): void {
  const calls = new Map<number, readonly Tokens[]>();
  const batching = createBatching({
    run: (texts) => session.run(texts),
    batchTokens,
    // A turn of the loop, in which the messages that came during the last batch are taken.
    arrivals: () => setImmediate(),
    onDone(id, vectors) {
      const texts = calls.get(id)!;
      calls.delete(id);
      const values = new Float32Array(vectors.length * session.model.dims);
      vectors.forEach((vector, i) => values.set(vector, i * session.model.dims));
      const tokens = texts.reduce((sum, { ids }) => sum + ids.length, 0);
      const reply: ThreadReply = { type: 'embedded', id, values, tokens, truncated: texts.map(({ truncated }) => truncated) };
      port.postMessage(reply, [values.buffer]);
    },
    onFailed(id, error) {
      calls.delete(id);
      port.postMessage({ type: 'failed', id, message: messageOf(error) } satisfies ThreadReply);
    },
  });
  async function close(): Promise<void> {
    for (const id of calls.keys()) batching.drop(id);
    await batching.settled();
    await session.release();
    port.close();
  }
  port.on('message', (request: ThreadRequest) => {
    switch (request.type) {
      case 'embed': {
        const texts = request.texts.map((text) => session.tokenize(text));
        calls.set(request.id, texts);
        batching.add({ id: request.id, texts });
        return;
      }
      case 'drop':
        calls.delete(request.id);
        batching.drop(request.id);
        return;
      case 'close':
        void close();
    }
  });
}

if (!parentPort) throw new Error('this module runs as a worker thread only');
try {
  const options = workerData as OnnxOptions;
  const session = await openOnnxSession(options);
  serve(parentPort, session, options.batchTokens);
  parentPort.postMessage({ type: 'ready', model: session.model } satisfies ThreadOpened);
} catch (error) {
  parentPort.postMessage({ type: 'unusable', ...failureOf(error) } satisfies ThreadOpened);
}
