import type { ErrorCode } from '../domain/errors.ts';

/** A JSON schema (draft 2020-12 as zod writes it) that the answer must fit. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A piece of untrusted text: an idea, a result, a program's complaint. Data, never instructions. */
export interface Material {
  readonly label: string;
  readonly text: string;
}

/**
 * What the caller meant, before it was rendered into messages. Hosted and local models read `messages`; `builtin` and `scripted`
 * read this, since they are no language models.
 */
export interface LlmCallParts {
  /** Id of the effect: seed of any random draw, key of scripted faults. */
  readonly effectId: string;
  /** vary, judge, … and `<name>-repair`. */
  readonly name: string;
  readonly ordinal: number;
  readonly stage: LlmStage;
  readonly role: string;
  /** The idea the call is about, where there is one. */
  readonly subject?: string;
  readonly objective: string;
  readonly goals: readonly string[];
  readonly task: string;
  readonly material: readonly Material[];
}

export const llmStages = ['exploration', 'critique', 'synthesis', 'analysis'] as const;
export type LlmStage = (typeof llmStages)[number];

export interface LlmMessage {
  readonly role: 'system' | 'user';
  readonly content: string;
}

export interface LlmRequest {
  readonly messages: readonly LlmMessage[];
  readonly schema?: JsonSchema;
  /** 0..2 */
  readonly temperature?: number;
  /** 0..1 */
  readonly topP?: number;
  /** 16..32768 */
  readonly maxOutputTokens: number;
  readonly parts: LlmCallParts;
}

export interface LlmUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/**
 * `answered`: text is the whole answer. `truncated`: cut off at maxOutputTokens. `refused`: the model or a content filter declined.
 * All three are charged. Whatever else happens is thrown. A provider that reports no usage is charged by size: a token for every
 * three bytes, rounded up, so that no answer is free by silence.
 */
export interface LlmAnswer {
  readonly outcome: 'answered' | 'truncated' | 'refused';
  readonly text: string;
  readonly usage: LlmUsage;
  /** The name by which the provider says it answered. */
  readonly model: string;
}

/**
 * What an Llm throws, as NireonError:
 * LLM_OVERLOADED (408, 425, 429, 529; `retryAfterMs` if said), LLM_SERVER_ERROR (5xx), LLM_CONNECTION_LOST, LLM_TIMEOUT (deadline passed),
 * LLM_DENIED (401, 402, 403, 404, quota gone), LLM_CONTEXT_TOO_LONG, LLM_REQUEST_INVALID (any other 4xx), EFFECT_ABORTED (caller's
 * abort, or `close`).
 */
export type LlmFailure = Extract<
  ErrorCode,
  | 'LLM_OVERLOADED'
  | 'LLM_SERVER_ERROR'
  | 'LLM_CONNECTION_LOST'
  | 'LLM_TIMEOUT'
  | 'LLM_DENIED'
  | 'LLM_CONTEXT_TOO_LONG'
  | 'LLM_REQUEST_INVALID'
  | 'EFFECT_ABORTED'
>;

/**
 * One model. One call is one attempt: an Llm never retries, falls back, or caches; the router (engine/llm-router) does.
 * `complete` may be called concurrently; it answers or throws by `deadline` (milliseconds from the call) plus a second. A failed call
 * throws a NireonError of `LlmFailure` whose message holds no key, no prompt and no answer, and which carries no cause that would.
 * Its `maybeBilled` is true if the provider may have begun to work, and charge, before the failure: a passed deadline, an abort of a
 * running call, a connection lost once the request was sent, an answer that cannot be read. Then the caller must count the most that
 * the call can cost as spent. With false the call cost nothing.
 */
export interface Llm {
  complete(request: LlmRequest, options: { abort: AbortSignal; deadlineMs: number }): Promise<LlmAnswer>;
  /** Answers within 50 ms, makes no outside call, spends nothing. */
  health(): Promise<{ ok: boolean; detail: string }>;
  close(): Promise<void>;
}
