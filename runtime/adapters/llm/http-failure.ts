import type { ErrorCode } from '../../domain/errors.ts';
import type { LlmFailure } from '../../ports/llm.ts';

export interface HttpFailure {
  /** LLM_REFUSED: a filter in front of the model declined the prompt, which is an answer and no failure. */
  readonly code: LlmFailure | Extract<ErrorCode, 'LLM_REFUSED'>;
  readonly retryAfterMs?: number;
  readonly maybeBilled: boolean;
  /** The provider's own name of the error, where it is a plain word and so can hold no secret. */
  readonly reason?: string;
}

/** Words by which providers say that the account, not the moment, is the trouble. */
const quotaGone = /^(insufficient_quota|billing_error|billing_hard_limit_reached|billing_not_active|account_deactivated)$/;
const contextCode = /^(context_length_exceeded|exceed_context_size_error|request_too_large|string_above_max_length)$/;
/** OpenAI and vLLM, Anthropic (two sentences), Google, Mistral, llama.cpp and LM Studio, in this order. */
const contextSentence =
  /maximum context length|prompt is too long|exceed(s)? (the )?context (limit|length|size|window)|token count.{0,40}exceeds the maximum|too large for model|context (the )?overflow|exceeds the available context/i;
const overloaded = new Set([408, 425, 429, 529]);
/** A gateway that gave up waiting: what stands behind it may have worked all the same. */
const gaveUpWaiting = new Set([504, 524]);

/** What a provider's answer outside 2xx means: a pure function of status, headers and body, for every provider's wording. */
export function classifyHttpFailure(status: number, headers: Headers, body: string, nowMs: number): HttpFailure {
  const words = errorWords(body);
  const reason = words.find((word) => /^[A-Za-z_]{3,48}$/.test(word));
  const wait = retryAfterMs(headers, body, nowMs);
  return {
    code: codeFor(status, words, body),
    maybeBilled: gaveUpWaiting.has(status),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    ...(reason === undefined ? {} : { reason }),
  };
}

function codeFor(status: number, words: readonly string[], body: string): HttpFailure['code'] {
  const said = (pattern: RegExp) => words.some((word) => pattern.test(word));
  if (said(/^content_filter$/)) return 'LLM_REFUSED';
  const outOfQuota = said(quotaGone) || /credit balance is too low|"quotaId":\s*"[A-Za-z]*PerDay/.test(body);
  if (status === 402 || (status < 500 && outOfQuota)) return 'LLM_DENIED';
  if (status === 413 || said(contextCode) || ((status === 400 || status === 422) && contextSentence.test(body)))
    return 'LLM_CONTEXT_TOO_LONG';
  if (status === 401 || status === 403 || status === 404 || said(/^API_KEY_INVALID$/)) return 'LLM_DENIED';
  if (overloaded.has(status)) return 'LLM_OVERLOADED';
  return status >= 500 ? 'LLM_SERVER_ERROR' : 'LLM_REQUEST_INVALID';
}

/** `code`, `type`, `status` and `reason`, wherever a provider puts them: at the top, in `error`, or in Google's `details`. */
function errorWords(body: string): string[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return [];
  }
  const top = asRecord(Array.isArray(parsed) ? parsed[0] : parsed);
  const error = asRecord(top['error']);
  const details = Array.isArray(error['details']) ? error['details'].map(asRecord) : [];
  return [error, top, ...details].flatMap((at) =>
    ['code', 'type', 'status', 'reason'].flatMap((key) => (typeof at[key] === 'string' ? [at[key]] : [])),
  );
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** `retry-after-ms`, `Retry-After` in seconds or as a date (against the server's own clock if it sent one), or Google's `retryDelay`. */
function retryAfterMs(headers: Headers, body: string, nowMs: number): number | undefined {
  const exact = Number(headers.get('retry-after-ms') ?? Number.NaN);
  if (Number.isFinite(exact)) return Math.max(0, Math.round(exact));
  const said = headers.get('retry-after')?.trim();
  if (said) {
    if (/^\d+(\.\d+)?$/.test(said)) return Math.round(Number(said) * 1000);
    const at = Date.parse(said);
    const serverNow = Date.parse(headers.get('date') ?? '');
    if (Number.isFinite(at)) return Math.max(0, at - (Number.isFinite(serverNow) ? serverNow : nowMs));
  }
  const delay = /"retryDelay":\s*"(\d+(?:\.\d+)?)s"/.exec(body)?.[1];
  return delay === undefined ? undefined : Math.round(Number(delay) * 1000);
}
