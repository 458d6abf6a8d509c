import { NireonError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Llm, LlmAnswer, LlmFailure, LlmRequest } from '../../ports/llm.ts';
import { classifyHttpFailure } from './http-failure.ts';

/** What the scripted model does with a call: answers (`text`, or `json` that becomes it), or fails by `status` or `code`. */
export interface ScriptedReply {
  readonly text?: string;
  readonly json?: unknown;
  /** Default answered. */
  readonly outcome?: LlmAnswer['outcome'];
  /** As a provider's HTTP status would be taken. */
  readonly status?: number;
  readonly code?: Exclude<LlmFailure, 'EFFECT_ABORTED'>;
  readonly retryAfterMs?: number;
  /** Default: true for LLM_TIMEOUT and LLM_CONNECTION_LOST. */
  readonly maybeBilled?: boolean;
  /** Passes before answer or failure; one beyond the deadline is LLM_TIMEOUT. */
  readonly delayMs?: number;
}

/** For the calls that match all that is given: their role, name, idea (`parts.subject`), ordinal. */
export interface ScriptEntry extends ScriptedReply {
  readonly role?: string;
  readonly name?: string;
  readonly idea?: string;
  readonly ordinal?: number;
}

/** A table, whose first matching entry answers, or a function; either must be a pure function of the request. */
export type Script = readonly ScriptEntry[] | ((request: LlmRequest) => ScriptedReply | undefined);

export interface ScriptedLlm extends Llm {
  /** The requests so far, in order of arrival; the newest 10,000. */
  readonly calls: readonly LlmRequest[];
  readonly callCount: number;
}

/**
 * A model that says what a script says: the same for the same request, whoever asks, whenever, in whatever order. Usage follows from
 * the texts: a token for every four characters. A request that the script doesn't know is LLM_REQUEST_INVALID.
 */
export function createScriptedLlm({ script, clock, model = 'scripted' }: { script: Script; clock: Clock; model?: string }): ScriptedLlm {
  const calls: LlmRequest[] = [];
  let callCount = 0;
  const closing = new AbortController();
  const replyTo = typeof script === 'function' ? script : (request: LlmRequest) => script.find((entry) => matches(entry, request));

  return {
    calls,
    get callCount() {
      return callCount;
    },
    async complete(request, { abort, deadlineMs }) {
      if (abort.aborted || closing.signal.aborted) throw new NireonError('EFFECT_ABORTED');
      callCount++;
      if (calls.push(request) > 10_000) calls.shift();
      const { role, name, ordinal } = request.parts;
      const reply = replyTo(request);
      if (reply === undefined) throw new NireonError('LLM_REQUEST_INVALID', `the script has no answer for ${role} ${name} ${ordinal}`);
      const delayMs = reply.delayMs ?? 0;
      if (delayMs > 0) await clock.sleep(Math.min(delayMs, deadlineMs), abort);
      if (abort.aborted) throw new NireonError('EFFECT_ABORTED', undefined, { maybeBilled: true });
      if (delayMs >= deadlineMs)
        throw new NireonError('LLM_TIMEOUT', `${model} did not answer within ${deadlineMs} ms`, { maybeBilled: true });
      return answerFrom(reply, request, model);
    },
    health: async () => ({ ok: !closing.signal.aborted, detail: model }),
    close: async () => closing.abort(),
  };
}

function matches(entry: ScriptEntry, { parts }: LlmRequest): boolean {
  return (
    (entry.role === undefined || entry.role === parts.role) &&
    (entry.name === undefined || entry.name === parts.name) &&
    (entry.idea === undefined || entry.idea === parts.subject) &&
    (entry.ordinal === undefined || entry.ordinal === parts.ordinal)
  );
}

function answerFrom(reply: ScriptedReply, request: LlmRequest, model: string): LlmAnswer {
  const code = reply.code ?? (reply.status === undefined ? undefined : classifyHttpFailure(reply.status, new Headers(), '', 0).code);
  if (code !== undefined) {
    throw new NireonError(code, undefined, {
      maybeBilled: reply.maybeBilled ?? (code === 'LLM_TIMEOUT' || code === 'LLM_CONNECTION_LOST'),
      ...(reply.retryAfterMs === undefined ? {} : { retryAfterMs: reply.retryAfterMs }),
    });
  }
  const text = reply.text ?? (reply.json === undefined ? '' : JSON.stringify(reply.json));
  const asked = request.messages.reduce((sum, message) => sum + message.content.length, 0);
  return { outcome: reply.outcome ?? 'answered', text, usage: { inputTokens: tokens(asked), outputTokens: tokens(text.length) }, model };
}

const tokens = (characters: number): number => Math.ceil(characters / 4);
