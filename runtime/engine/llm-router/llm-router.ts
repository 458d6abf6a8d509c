import type { ModelCall } from '../../domain/effect.ts';
import type { EventPlace } from '../../domain/engine-event.ts';
import { isNireonError, type NireonError } from '../../domain/errors.ts';
import type { LlmPolicy } from '../../domain/frame.ts';
import type { Resources } from '../../domain/resources.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Entropy } from '../../ports/entropy.ts';
import type { Llm, LlmAnswer, LlmRequest, LlmStage } from '../../ports/llm.ts';
import type { Observe } from '../../ports/observer.ts';
import type { BreakerState } from './breaker.ts';
import type { LlmPrice } from './cost.ts';
import type { LlmRoute, LlmSettings, ResolvedCall } from './route.ts';

export interface RouterModel {
  readonly llm: Llm;
  readonly contextTokens: number;
  /** Absent: free. */
  readonly price?: LlmPrice;
  readonly maxConcurrent: number;
  /** For one attempt, from the moment it has its place. */
  readonly timeoutMs: number;
}

export interface LlmRouterOptions {
  readonly models: Readonly<Record<string, RouterModel>>;
  readonly routes: readonly LlmRoute[];
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly observe: Observe;
}

export type Reservation = 'reserved' | 'refused';

/**
 * How the caller's budget follows the attempts. One reservation stands at any time: the caller made the first, at the first model's
 * worst case. `refused` makes the router pass over `next`.
 */
export interface ChargeHooks {
  /** The attempt at `model` may have been billed: its reservation is spent, and `need` is to be reserved anew for an attempt at `next`. */
  onMaybeBilled(attempt: { readonly model: string; readonly next: string; readonly need: Resources }): Promise<Reservation>;
  /** Nothing was billed, and the attempt at `next` needs `need`: what stands reserved (nothing, after a refusal) is to be raised to it. */
  onFallback(attempt: { readonly next: string; readonly need: Resources }): Promise<Reservation>;
}

export interface RouteOptions extends Partial<ChargeHooks> {
  /** The chain, as `resolve` gave it. */
  readonly models: readonly string[];
  /** Places at a busy model are shared fairly between sessions. */
  readonly sessionId: string;
  readonly place?: EventPlace;
  readonly abort: AbortSignal;
}

export interface RoutedAnswer {
  readonly answer: LlmAnswer;
  /** Key of the model that answered. */
  readonly modelKey: string;
  /** What the answer cost at that model's price. */
  readonly usage: Resources;
  /** Every attempt in order, the last of them the one that answered. */
  readonly calls: readonly ModelCall[];
}

export interface LlmRouter {
  /** Chain and settings of a call, as route.ts says. CONFIG_INVALID for a model that is not configured. */
  resolve(call: LlmSettings & { readonly stage: LlmStage; readonly role: string }, frame: LlmPolicy, sessionModel?: string): ResolvedCall;
  /** The most that one attempt at the model can cost. */
  worstCase(modelKey: string, request: LlmRequest): Resources;
  /**
   * One answer from the first model of the chain that gives one. Per model 3 attempts with growing waits for what may pass (overload,
   * server errors, lost connections, time-outs); the next model at once for what will not (denied, a request it refuses, an open
   * breaker); only models with more context after a prompt that was too long.
   * Throws LLM_UNAVAILABLE (retryable; `retryAfterMs` if every model is known to be left alone that long), LLM_CONTEXT_TOO_LONG,
   * LLM_REQUEST_INVALID, LLM_BUSY, BUDGET_EXHAUSTED (a hook refused the last chance) or EFFECT_ABORTED. Each carries its attempts
   * (`callsOf`), and `maybeBilled` if the reservation that stands at the throw may have been spent.
   */
  complete(request: LlmRequest, options: RouteOptions): Promise<RoutedAnswer>;
  /** How each model stands; asks nobody. */
  states(): Readonly<Record<string, BreakerState>>;
}

/** The attempts behind an error that `complete` threw; none for any other. */
export function callsOf(error: unknown): readonly ModelCall[] {
  return isNireonError(error) && 'calls' in error ? (error as NireonError & { readonly calls: readonly ModelCall[] }).calls : [];
}
