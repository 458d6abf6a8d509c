import type { LanguageModelV3, LanguageModelV3CallOptions } from '@ai-sdk/provider';
import { NireonError } from '../../domain/errors.ts';
import type { JsonSchema } from '../../ports/llm.ts';
import { describeLimits, isClosedSchema } from './provider-schema.ts';

export const hostedProviders = ['openai', 'anthropic', 'google', 'mistral', 'openai-compatible'] as const;
export type HostedProvider = (typeof hostedProviders)[number];

export interface ProviderModelOptions {
  readonly provider: HostedProvider;
  readonly model: string;
  readonly apiKey?: string;
  readonly baseUrl?: string;
  readonly fetch: typeof globalThis.fetch;
}

export interface ProviderModel {
  readonly model: LanguageModelV3;
  /** The settings by which this provider holds an answer to a schema. */
  native(schema: JsonSchema): Pick<LanguageModelV3CallOptions, 'responseFormat' | 'providerOptions'>;
}

const lengths = new Set(['minLength', 'maxLength']);
const allLimits = new Set([...lengths, 'minimum', 'maximum', 'minItems', 'maxItems']);
const keepAll = new Set<string>();

function nativeFormat(dropped: ReadonlySet<string>, strictFor?: 'openai' | 'openaiCompatible'): ProviderModel['native'] {
  return (schema) => ({
    responseFormat: { type: 'json', name: 'answer', schema: describeLimits(schema, dropped) },
    ...(strictFor === undefined ? {} : { providerOptions: { [strictFor]: { strictJsonSchema: isClosedSchema(schema) } } }),
  });
}

/**
 * The provider's model at the level of the AI SDK's provider specification, its package loaded only now. Key and address are always
 * given in words, so that no package looks into the environment by itself; a key that is needed and missing is CONFIG_INVALID.
 */
export async function loadProviderModel({ provider, model, apiKey, baseUrl, fetch }: ProviderModelOptions): Promise<ProviderModel> {
  if (apiKey === undefined && provider !== 'openai-compatible') {
    throw new NireonError('CONFIG_INVALID', `model ${model} of ${provider} needs an API key`);
  }
  const key = apiKey ?? '';
  switch (provider) {
    case 'openai': {
      const { createOpenAI } = await import('@ai-sdk/openai');
      const openai = createOpenAI({ apiKey: key, baseURL: baseUrl ?? 'https://api.openai.com/v1', fetch });
      // Chat completions rather than responses: they store nothing at the provider unless told to, and proxies speak them too.
      return { model: openai.chat(model), native: nativeFormat(lengths, 'openai') };
    }
    case 'anthropic': {
      const { createAnthropic } = await import('@ai-sdk/anthropic');
      const anthropic = createAnthropic({ apiKey: key, baseURL: baseUrl ?? 'https://api.anthropic.com/v1', fetch });
      return { model: anthropic(model), native: nativeFormat(keepAll) };
    }
    case 'google': {
      const { createGoogleGenerativeAI } = await import('@ai-sdk/google');
      const google = createGoogleGenerativeAI({
        apiKey: key,
        baseURL: baseUrl ?? 'https://generativelanguage.googleapis.com/v1beta',
        fetch,
      });
      return { model: google(model), native: nativeFormat(allLimits) };
    }
    case 'mistral': {
      const { createMistral } = await import('@ai-sdk/mistral');
      const mistral = createMistral({ apiKey: key, baseURL: baseUrl ?? 'https://api.mistral.ai/v1', fetch });
      return { model: mistral(model), native: nativeFormat(keepAll) };
    }
    case 'openai-compatible': {
      if (baseUrl === undefined) throw new NireonError('CONFIG_INVALID', `model ${model} of openai-compatible needs a baseUrl`);
      const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
      const compatible = createOpenAICompatible({
        name: 'openaiCompatible',
        baseURL: baseUrl,
        supportsStructuredOutputs: true,
        fetch,
        ...(apiKey === undefined ? {} : { apiKey }),
      });
      return { model: compatible.chatModel(model), native: nativeFormat(keepAll, 'openaiCompatible') };
    }
  }
}
