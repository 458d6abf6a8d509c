import { setMaxListeners } from 'node:events';
import type { LanguageModelV3CallOptions, LanguageModelV3GenerateResult } from '@ai-sdk/provider';
import { hasCode, isNireonError, NireonError } from '../../domain/errors.ts';
import type { Llm, LlmAnswer, LlmRequest } from '../../ports/llm.ts';
import { callSignal } from './call-signal.ts';
import { grammarSchema } from './grammar-schema.ts';
import { providerFetch } from './provider-fetch.ts';
import { type HostedProvider, loadProviderModel, type ProviderModel } from './provider-model.ts';
import { schemaInstruction } from './provider-schema.ts';

export interface AiSdkLlmOptions {
  readonly provider: HostedProvider;
  /** The provider's name of the model. */
  readonly model: string;
  /** Needed by all but openai-compatible. */
  readonly apiKey?: string;
  /** Up to and with `/v1`; the provider's own if absent; needed by openai-compatible. */
  readonly baseUrl?: string;
  /** native: the provider's schema mode. prompt: the schema stands in the text. grammar: both, written for grammar-based servers. */
  readonly answers: 'native' | 'prompt' | 'grammar';
  /** An answer larger than this is cut off and is an error. Default 4 MiB. */
  readonly maxBodyBytes?: number;
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * An Llm over HTTP, through the provider packages of the AI SDK at the level of their specification: no retry, no tool, no stream.
 * The package of the provider is loaded by this call; CONFIG_INVALID if the key or address that it needs is missing.
 */
export async function createAiSdkLlm(options: AiSdkLlmOptions): Promise<Llm> {
  const name = `${options.provider} ${options.model}`;
  const answered = new WeakSet<AbortSignal>();
  const fetch = providerFetch({
    name,
    fetch: options.fetch ?? globalThis.fetch,
    maxBodyBytes: options.maxBodyBytes ?? 4 * 1024 * 1024,
    answered,
  });
  const provider = await loadProviderModel({ ...options, fetch });
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);

  return {
    async complete(request, { abort, deadlineMs }) {
      const call = callSignal(name, [abort, closing.signal], deadlineMs);
      try {
        const result = await provider.model.doGenerate({ ...callOptions(request, options.answers, provider), abortSignal: call.signal });
        return toAnswer(name, options.model, request, result);
      } catch (error) {
        if (hasCode(error, 'LLM_REFUSED')) {
          return { outcome: 'refused', text: '', usage: { inputTokens: 0, outputTokens: 0 }, model: options.model };
        }
        throw translated(name, error, answered.has(call.signal));
      } finally {
        call.release();
      }
    },
    health: async () => (closing.signal.aborted ? { ok: false, detail: `${name} is closed` } : { ok: true, detail: name }),
    close: async () => closing.abort(),
  };
}

function callOptions(request: LlmRequest, answers: AiSdkLlmOptions['answers'], provider: ProviderModel): LanguageModelV3CallOptions {
  const { schema, messages, temperature, topP, maxOutputTokens } = request;
  const suffix = schema !== undefined && answers !== 'native' ? schemaInstruction(schema) : '';
  const last = messages.length - 1;
  return {
    prompt: messages.map(({ role, content }, i) => {
      const text = i === last ? content + suffix : content;
      return role === 'system' ? { role, content: text } : { role, content: [{ type: 'text', text }] };
    }),
    maxOutputTokens,
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
    ...(schema === undefined || answers === 'prompt' ? {} : provider.native(answers === 'grammar' ? grammarSchema(schema) : schema)),
  };
}

function toAnswer(name: string, model: string, request: LlmRequest, result: LanguageModelV3GenerateResult): LlmAnswer {
  const { unified, raw } = result.finishReason;
  if (unified === 'error' || raw === 'error') {
    throw new NireonError('LLM_SERVER_ERROR', `${name} broke off its answer`, { maybeBilled: true });
  }
  const text = result.content.map((part) => (part.type === 'text' ? part.text : '')).join('');
  return {
    outcome: unified === 'content-filter' ? 'refused' : unified === 'length' ? 'truncated' : 'answered',
    text,
    usage: {
      inputTokens: result.usage.inputTokens.total ?? tokensBySize(request.messages.map((m) => m.content).join('')),
      outputTokens: result.usage.outputTokens.total ?? tokensBySize(text),
    },
    model: result.response?.modelId ?? model,
  };
}

/** For a provider that reports no usage (ports/llm.ts). */
const tokensBySize = (text: string): number => Math.ceil(Buffer.byteLength(text) / 3);

/** What crossed the wire and failed is a NireonError already; left is an answer, or a request, that the provider's package cannot handle. */
function translated(name: string, error: unknown, answered: boolean): NireonError {
  if (isNireonError(error)) return error;
  return answered
    ? new NireonError('LLM_SERVER_ERROR', `${name} sent an answer that cannot be read`, { maybeBilled: true })
    : new NireonError('LLM_REQUEST_INVALID', `${name} cannot be asked this: its package refused the request`);
}
