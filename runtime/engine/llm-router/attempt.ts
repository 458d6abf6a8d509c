import type { ModelCall } from '../../domain/effect.ts';
import { type ErrorCode, isNireonError, NireonError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { LlmAnswer, LlmRequest } from '../../ports/llm.ts';
import type { Observe } from '../../ports/observer.ts';
import type { Breaker } from './breaker.ts';
import { costOf } from './cost.ts';
import type { Limiter } from './limiter.ts';
import type { RouteOptions, RouterModel } from './llm-router.ts';

/** A model with what keeps calls away from it. */
export interface Lane extends RouterModel {
  readonly key: string;
  readonly breaker: Breaker;
  readonly limiter: Limiter;
}

/** What the attempts for one call came to so far. */
export interface Trail {
  readonly calls: ModelCall[];
  /** The model whose attempt may have been billed and is not yet counted as spent. */
  billed?: string;
  lastCode?: ErrorCode;
  /** The prompt was too long for a model with so many tokens of context; 0 for none. */
  tooLongFor: number;
  /** How long providers asked to be left alone, by model. */
  readonly leaveAloneMs: Map<string, number>;
  outage: boolean;
  outOfBudget: boolean;
}

export interface Attempts {
  /** Waits for a place, makes one attempt, and tells the breaker, the observer and the trail how it went. Throws only what the limiter throws. */
  make(at: Lane, request: LlmRequest, options: RouteOptions, trail: Trail): Promise<LlmAnswer | NireonError>;
  /** Notes that the model was passed over because its breaker is open. */
  skip(at: Lane, trail: Trail): NireonError;
}

export function createAttempts({ clock, observe }: { readonly clock: Clock; readonly observe: Observe }): Attempts {
  function skip(at: Lane, trail: Trail): NireonError {
    trail.calls.push({ model: at.key, outcome: 'failure', code: 'LLM_BREAKER_OPEN', durationMs: 0 });
    trail.lastCode = 'LLM_BREAKER_OPEN';
    trail.outage = true;
    return new NireonError('LLM_BREAKER_OPEN');
  }

  async function outcomeOf(at: Lane, request: LlmRequest, abort: AbortSignal): Promise<LlmAnswer | NireonError> {
    try {
      return await at.llm.complete(request, { abort, deadlineMs: at.timeoutMs });
    } catch (error) {
      return isNireonError(error) ? error : new NireonError('INTERNAL', `model ${at.key} threw`, { cause: error, maybeBilled: true });
    }
  }

  return {
    skip,
    async make(at, request, options, trail) {
      const leave = await at.limiter.enter(options.sessionId, options.abort);
      try {
        const ticket = at.breaker.enter();
        if (ticket === undefined) return skip(at, trail);
        const startedMs = clock.nowMs();
        const result = await outcomeOf(at, request, options.abort);
        const call = callOf(at, result, Math.max(0, Math.round(clock.nowMs() - startedMs)));
        trail.calls.push(call);
        if (isNireonError(result)) {
          note(at, result, trail);
          ticket[endFor(result.code)]();
        } else ticket.succeeded();
        const { stage, role } = request.parts;
        const { inputTokens, outputTokens, costMicroUsd } = costOf(isNireonError(result) ? nothing : result.usage, at.price);
        const place = { ...options.place, sessionId: options.sessionId };
        observe({ ...place, ...call, type: 'llm-call-finished', stage, role, inputTokens, outputTokens, costMicroUsd });
        return result;
      } finally {
        leave();
      }
    },
  };
}

const nothing = { inputTokens: 0, outputTokens: 0 };

function callOf(at: Lane, result: LlmAnswer | NireonError, durationMs: number): ModelCall {
  const ended = isNireonError(result) ? ({ outcome: 'failure', code: result.code } as const) : ({ outcome: 'success' } as const);
  return { model: at.key, ...ended, durationMs };
}

function note(at: Lane, failure: NireonError, trail: Trail): void {
  trail.lastCode = failure.code;
  if (failure.maybeBilled) trail.billed = at.key;
  if (failure.retryAfterMs !== undefined) trail.leaveAloneMs.set(at.key, failure.retryAfterMs);
  if (endFor(failure.code) === 'failed') trail.outage = true;
  if (failure.code === 'LLM_CONTEXT_TOO_LONG') trail.tooLongFor = Math.max(trail.tooLongFor, at.contextTokens);
}

/** What a failure tells the breaker: that the model fails, that it works but not for this request, or nothing about it. */
function endFor(code: ErrorCode): 'failed' | 'succeeded' | 'abandoned' {
  if (passes(code) || code === 'LLM_DENIED') return 'failed';
  return code === 'LLM_CONTEXT_TOO_LONG' || code === 'LLM_REQUEST_INVALID' ? 'succeeded' : 'abandoned';
}

/** Whether the same call to the same model may well succeed a moment later. */
export function passes(code: ErrorCode): boolean {
  return code === 'LLM_OVERLOADED' || code === 'LLM_SERVER_ERROR' || code === 'LLM_CONNECTION_LOST' || code === 'LLM_TIMEOUT';
}
