import { isNireonError, NireonError } from '../../domain/errors.ts';
import type { LlmAnswer, LlmRequest } from '../../ports/llm.ts';
import { createAttempts, type Lane, passes, type Trail } from './attempt.ts';
import { createBreaker } from './breaker.ts';
import { costOf, worstCaseOf } from './cost.ts';
import { createLimiter } from './limiter.ts';
import type { LlmRouter, LlmRouterOptions, Reservation, RoutedAnswer, RouteOptions } from './llm-router.ts';
import { attemptsPerModel, retryDelayMs } from './retry-delay.ts';
import { resolveCall } from './route.ts';

/** Chooses models, retries, falls back, and keeps calls away from models that fail. The only retry loop around language models. */
export function createLlmRouter({ models, routes, clock, entropy, observe }: LlmRouterOptions): LlmRouter {
  const known = new Set(Object.keys(models));
  const attempts = createAttempts({ clock, observe });
  const lanes = new Map<string, Lane>(
    Object.entries(models).map(([key, model]) => {
      const breaker = createBreaker({ clock, onChange: (state) => observe({ type: 'llm-breaker-changed', model: key, state }) });
      return [key, { ...model, key, breaker, limiter: createLimiter(key, model.maxConcurrent) }];
    }),
  );

  function lane(key: string): Lane {
    const found = lanes.get(key);
    if (found === undefined) throw new NireonError('CONFIG_INVALID', `model "${key}" is not configured`);
    return found;
  }

  async function alongChain(request: LlmRequest, options: RouteOptions, trail: Trail): Promise<RoutedAnswer> {
    const chain = options.models.map(lane);
    let previous: Lane | undefined;
    for (const at of chain) {
      if (at.contextTokens <= trail.tooLongFor) continue;
      if (at.breaker.lets) {
        if (previous !== undefined) {
          if (!(await afford(at, request, options, trail))) continue;
          const code = trail.lastCode ?? 'LLM_UNAVAILABLE';
          observe({ ...options.place, sessionId: options.sessionId, type: 'llm-fell-back', from: previous.key, to: at.key, code });
        }
        const answer = await ask(at, request, options, trail);
        if (answer !== undefined) return { answer, modelKey: at.key, usage: costOf(answer.usage, at.price), calls: trail.calls };
      } else attempts.skip(at, trail);
      previous = at;
    }
    throw nothingLeft(chain, trail);
  }

  /** All attempts at one model. Undefined: the chain goes on. */
  async function ask(at: Lane, request: LlmRequest, options: RouteOptions, trail: Trail): Promise<LlmAnswer | undefined> {
    for (let n = 0; ; n++) {
      const result = await attempts.make(at, request, options, trail);
      if (!isNireonError(result)) return result;
      if (result.code === 'EFFECT_ABORTED' || result.code === 'INTERNAL') throw result;
      if (!passes(result.code) || n + 1 >= attemptsPerModel || !at.breaker.lets) return undefined;
      const delayMs = retryDelayMs(n, result.retryAfterMs, entropy.uniform());
      if (delayMs === undefined) return undefined;
      await clock.sleep(delayMs, options.abort);
      if (options.abort.aborted) throw new NireonError('EFFECT_ABORTED');
      if (!at.breaker.lets) return undefined;
      if (trail.billed !== undefined && !(await afford(at, request, options, trail))) return undefined;
    }
  }

  return {
    resolve: (call, frame, sessionModel) => resolveCall(routes, known, call, frame, sessionModel),
    worstCase: (modelKey, request) => worstCaseOf(request, lane(modelKey).price),
    async complete(request, options) {
      const trail: Trail = { calls: [], tooLongFor: 0, leaveAloneMs: new Map(), outage: false, outOfBudget: false };
      try {
        return await alongChain(request, options, trail);
      } catch (error) {
        if (!isNireonError(error)) throw error;
        const { code, message, retryAfterMs, retryable, cause } = error;
        const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
        const thrown = new NireonError(code, message, { retryable, maybeBilled: trail.billed !== undefined, cause, ...wait });
        throw Object.assign(thrown, { calls: trail.calls });
      }
    },
    states: () => Object.fromEntries([...lanes].map(([key, at]) => [key, at.breaker.state])),
  };
}

/** The budget's leave for an attempt at `next`. What may have been billed is counted as spent first. */
async function afford(next: Lane, request: LlmRequest, options: RouteOptions, trail: Trail): Promise<boolean> {
  const need = worstCaseOf(request, next.price);
  let leave: Reservation | undefined;
  if (trail.billed !== undefined) {
    leave = await options.onMaybeBilled?.({ model: trail.billed, next: next.key, need });
    delete trail.billed;
    trail.outOfBudget = leave === 'refused';
  } else {
    leave = await options.onFallback?.({ next: next.key, need });
    if (leave !== 'refused') trail.outOfBudget = false;
  }
  return leave !== 'refused';
}

/** The one error for a chain that gave no answer. */
function nothingLeft(chain: readonly Lane[], trail: Trail): NireonError {
  if (trail.outOfBudget) return new NireonError('BUDGET_EXHAUSTED', 'the budget does not allow another attempt at a model');
  const tried = trail.calls.map((call) => `${call.model}: ${call.code ?? 'success'}`).join(', ');
  if (!trail.outage && trail.tooLongFor > 0)
    return new NireonError('LLM_CONTEXT_TOO_LONG', `the prompt fits no model of the route (${tried})`);
  if (!trail.outage && trail.lastCode === 'LLM_REQUEST_INVALID') {
    return new NireonError('LLM_REQUEST_INVALID', `no model of the route takes the request (${tried})`);
  }
  const waitMs = Math.min(...chain.map((at) => Math.max(at.breaker.opensInMs, trail.leaveAloneMs.get(at.key) ?? 0)));
  return new NireonError('LLM_UNAVAILABLE', `no model of the route answers (${tried})`, waitMs > 0 ? { retryAfterMs: waitMs } : {});
}
