import type { Resources } from '../../domain/resources.ts';
import { noResources } from '../../domain/resources.ts';
import type { LlmRequest, LlmUsage } from '../../ports/llm.ts';

/** Millionths of a US dollar for a million tokens. */
export interface LlmPrice {
  readonly inputMicroUsdPerMTok: number;
  readonly outputMicroUsdPerMTok: number;
}

const million = 1_000_000;
/** What a provider adds around messages: role marks, its own schema instruction. */
const overheadTokens = 256;

/** What a call used, at the model's price, rounded up; a model without price is free. */
export function costOf(usage: LlmUsage, price: LlmPrice | undefined): Resources {
  const { inputTokens, outputTokens } = usage;
  const costMicroUsd =
    price === undefined ? 0 : Math.ceil((inputTokens * price.inputMicroUsdPerMTok + outputTokens * price.outputMicroUsdPerMTok) / million);
  return { ...noResources, llmCalls: 1, inputTokens, outputTokens, costMicroUsd };
}

/** The most that one call can cost: a token for each byte of messages and schema, and the whole output limit. */
export function worstCaseOf(request: LlmRequest, price: LlmPrice | undefined): Resources {
  const texts = [...request.messages.map((message) => message.content), request.schema === undefined ? '' : JSON.stringify(request.schema)];
  const inputTokens = texts.reduce((sum, text) => sum + new TextEncoder().encode(text).length, 0) + overheadTokens;
  return costOf({ inputTokens, outputTokens: request.maxOutputTokens }, price);
}
