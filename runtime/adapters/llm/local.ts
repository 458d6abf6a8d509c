import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { isNireonError, messageOf, NireonError } from '../../domain/errors.ts';
import type { JsonSchema, Llm, LlmAnswer, LlmRequest } from '../../ports/llm.ts';
import { callSignal } from './call-signal.ts';
import { grammarSchema } from './grammar-schema.ts';
import { type ChatItem, type Llama, type LlamaPackage, loadLlamaPackage } from './llama-package.ts';
import { schemaInstruction } from './provider-schema.ts';

export interface LocalLlmOptions {
  /** A GGUF file. */
  readonly file: string;
  /** Prompt and answer together; not more than the model was trained for. */
  readonly contextTokens: number;
  /** The schema stands in the text; with grammar the answer cannot but fit it. */
  readonly answers: 'grammar' | 'prompt';
  /**
   * Fewer than the pod's CPU limit. Default: all cores but one. Its threads wait for each other by spinning: where something else needs
   * one of their cores, a call of 0.2 s takes minutes.
   */
  readonly threads?: number;
  /** Where node-llama-cpp was put, if not where Node looks for packages. */
  readonly packageFolder?: string;
}

/** A prompt must leave room for this much of an answer, if that much was asked for. */
const leastAnswerTokens = 256;
const mostGrammars = 64;

/**
 * A model file run in this process by llama.cpp. One call is decoded at a time, others wait for it; each begins with an empty memory
 * and is seeded by its effect id, so that the same call gives the same text on the same machine. Throws at once, MODEL_MISSING if the
 * file or node-llama-cpp is not there (with the command that gets it), MODEL_INVALID if the file cannot be loaded.
 */
export async function createLocalLlm(options: LocalLlmOptions): Promise<Llm> {
  const name = basename(options.file);
  await checkHeader(options.file);
  const llamaPackage = await loadLlamaPackage(options.packageFolder);
  const engine = await load(llamaPackage, options).catch((error: unknown) => {
    throw new NireonError('MODEL_INVALID', `model file ${options.file} cannot be loaded: ${messageOf(error)}`);
  });
  const grammars = new Map<string, Promise<object>>();
  const closing = new AbortController();
  let last: Promise<unknown> = Promise.resolve();
  let disposed: Promise<void> | undefined;

  function grammarFor(schema: JsonSchema): Promise<object> {
    const key = JSON.stringify(schema);
    const made = grammars.get(key) ?? engine.llama.createGrammarForJsonSchema(grammarSchema(schema));
    grammars.delete(key);
    grammars.set(key, made);
    const oldest = grammars.keys().next().value;
    if (grammars.size > mostGrammars && oldest !== undefined) grammars.delete(oldest);
    return made;
  }

  async function decode(request: LlmRequest, signal: AbortSignal): Promise<LlmAnswer> {
    signal.throwIfAborted();
    const grammar = request.schema !== undefined && options.answers === 'grammar' ? await grammarFor(request.schema) : undefined;
    const { contextText, stopGenerationTriggers } = engine.chat.generateContextState({ chatHistory: chatOf(request) });
    const prompt = contextText.tokenize(engine.tokenizer);
    const room = options.contextTokens - prompt.length;
    if (room < Math.min(request.maxOutputTokens, leastAnswerTokens)) {
      throw new NireonError(
        'LLM_CONTEXT_TOO_LONG',
        `the prompt of ${prompt.length} tokens does not fit ${name} with ${options.contextTokens}`,
      );
    }
    await engine.sequence.clearHistory();
    let outputTokens = 0;
    const { response, metadata } = await engine.completion.generateCompletionWithMeta(prompt, {
      signal,
      maxTokens: Math.min(request.maxOutputTokens, room),
      seed: seedOf(request.parts.effectId),
      temperature: request.temperature ?? 0,
      customStopTriggers: stopGenerationTriggers,
      disableContextShift: true,
      onToken: (tokens: readonly unknown[]) => (outputTokens += tokens.length),
      ...(request.topP === undefined ? {} : { topP: request.topP }),
      ...(grammar === undefined ? {} : { grammar }),
    });
    const outcome = metadata.stopReason === 'maxTokens' ? 'truncated' : 'answered';
    return { outcome, text: response.trim(), usage: { inputTokens: prompt.length, outputTokens }, model: name };
  }

  return {
    async complete(request, { abort, deadlineMs }) {
      const call = callSignal(name, [abort, closing.signal], deadlineMs);
      const mine = last.then(() => decode(request, call.signal));
      last = mine.catch(() => undefined);
      try {
        return await Promise.race([mine, whenAborted(call.signal)]);
      } catch (error) {
        if (isNireonError(error)) throw error;
        throw new NireonError('LLM_SERVER_ERROR', `${name} failed: ${messageOf(error)}`);
      } finally {
        call.release();
      }
    },
    health: async () => (closing.signal.aborted ? { ok: false, detail: `${name} is closed` } : { ok: true, detail: name }),
    async close() {
      closing.abort();
      disposed ??= last.then(() => engine.llama.dispose());
      await disposed;
    },
  };
}

const mostEntries = 1_000_000;

/** Before llama.cpp's reader, which takes absurd counts at their word: 4 bytes of magic, then version, tensors and metadata entries. */
async function checkHeader(file: string): Promise<void> {
  const handle = await open(file).catch(() => {
    throw new NireonError(
      'MODEL_MISSING',
      `model file ${file} is missing: run "nireon models get", or correct "file" in the configuration`,
    );
  });
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(24)).finally(() => handle.close());
  const [magic, version] = [buffer.toString('latin1', 0, 4), buffer.readUInt32LE(4)];
  const entries = Math.max(Number(buffer.readBigUInt64LE(8)), Number(buffer.readBigUInt64LE(16)));
  if (bytesRead < 24 || magic !== 'GGUF' || version < 2 || version > 3 || entries > mostEntries) {
    throw new NireonError('MODEL_INVALID', `model file ${file} is not a GGUF file of version 2 or 3`);
  }
}

async function load({ getLlama, resolveChatWrapper, LlamaCompletion }: LlamaPackage, options: LocalLlmOptions) {
  const { file, contextTokens, threads = Math.max(1, availableParallelism() - 1) } = options;
  const llama: Llama = await getLlama({
    gpu: process.platform === 'darwin' ? 'auto' : false,
    build: 'never',
    skipDownload: true,
    logLevel: 'error',
    progressLogs: false,
    logger: () => undefined,
    maxThreads: threads,
  });
  try {
    const model = await llama.loadModel({ modelPath: file });
    if (contextTokens > model.trainContextSize)
      throw new Error(`it was trained for ${model.trainContextSize} tokens, not ${contextTokens}`);
    const context = await model.createContext({ contextSize: contextTokens, sequences: 1, threads });
    const sequence = context.getSequence();
    const completion = new LlamaCompletion({ contextSequence: sequence });
    return { llama, sequence, completion, tokenizer: model.tokenizer, chat: resolveChatWrapper(model, { warningLogs: false }) };
  } catch (error) {
    await llama.dispose();
    throw error;
  }
}

function chatOf({ messages, schema }: LlmRequest): ChatItem[] {
  const suffix = schema === undefined ? '' : schemaInstruction(schema);
  const items = messages.map(({ role, content }, i): ChatItem => ({
    type: role,
    text: i === messages.length - 1 ? content + suffix : content,
  }));
  return [...items, { type: 'model', response: [] }];
}

const seedOf = (effectId: string): number => createHash('sha256').update(effectId).digest().readUInt32BE(0);

/** The queue and llama.cpp look at the signal in their own time; the caller is answered at once. */
function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const giveUp = () => reject(isNireonError(signal.reason) ? signal.reason : new NireonError('EFFECT_ABORTED'));
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp);
  });
}
