import { codeOf, hasCode, messageOf, type ErrorCode } from '../domain/errors.ts';
import type { NewSignal } from '../domain/signal.ts';
import type { StepCommit } from '../domain/step-commit.ts';
import type { WorkItem } from '../domain/work.ts';
import type { Clock } from '../ports/clock.ts';
import type { Entropy } from '../ports/entropy.ts';
import type { Mechanism, OperationResult } from '../ports/mechanism.ts';
import type { Observe } from '../ports/observer.ts';
import type { Store } from '../ports/store.ts';
import { completeStep } from './accounting.ts';
import type { LiveEffects } from './effects.ts';
import { isBusy, mayRetry } from './gateway.ts';
import type { KnownSessions, ReadySession } from './known-sessions.ts';
import { placeOf } from './place.ts';
import type { Publisher } from './publisher.ts';
import { retryAfter, type BackOff } from './retry-after.ts';
import { findOperation } from './run-item.ts';
import { frameFacts } from './session-facts.ts';
import { deadStep, doneStep, stoppedStep, type Step, type StepOf } from './step.ts';
import { tellCommit } from './tell-commit.ts';
import type { VisibleLoader } from './visible.ts';

export interface SettleOptions {
  readonly instance: string;
  readonly store: Store;
  readonly mechanisms: ReadonlyMap<string, Mechanism>;
  readonly known: KnownSessions;
  readonly visible: VisibleLoader;
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly observe: Observe;
  readonly backOff: BackOff;
}

/** A claimed item while it is worked on. */
export interface Attempt extends Omit<StepOf, 'sight'> {
  readonly known: ReadySession;
  readonly effects: LiveEffects;
  /** Nobody will try again: what cannot be had is an answer now. */
  readonly lastAttempt: boolean;
  readonly abort: AbortSignal;
  readonly beganMs: number;
}

/** How a claimed item ends: each call writes one commit, or gives the item back. */
export interface Settle {
  /** What the operation returned. What the store refuses of it becomes a dead letter. */
  done(attempt: Attempt, result: OperationResult): Promise<void>;
  /** The operation gave no result: given back at once (the worker stops), later again, or dead. */
  failed(attempt: Attempt, error: unknown): Promise<void>;
  dead(attempt: Attempt, failure: Failure): Promise<void>;
  /** The session is stopping: nothing of it runs any more. */
  stopped(attempt: Attempt): Promise<void>;
}

interface Failure {
  readonly code: string;
  readonly message: string;
}

export function createSettle(options: SettleOptions): Settle {
  const { instance, store, mechanisms, known, visible, publisher, clock, entropy, observe, backOff } = options;

  async function done(attempt: Attempt, result: OperationResult): Promise<void> {
    let step: Step;
    try {
      step = doneStep(stepOf(attempt), result);
    } catch (error) {
      await failed(attempt, error);
      return;
    }
    try {
      await commit(attempt, step);
    } catch (error) {
      // What the store refuses of a step it would refuse again.
      if (!hasCode(error, 'STORE_REFERENCE_UNKNOWN', 'STORE_CONFLICT')) throw error;
      tellError(error, attempt.item);
      await dead(attempt, failureOf(error));
    }
  }

  async function failed(attempt: Attempt, error: unknown): Promise<void> {
    const { item, abort, effects, lastAttempt } = attempt;
    const place = { ...placeOf(item), mechanism: item.mechanism };
    const code: ErrorCode = codeOf(error);
    // Another worker may have the item as soon as it is released: nothing of this attempt may still be under way.
    await effects.ended();
    if (abort.aborted || code === 'EFFECT_ABORTED') {
      await store.release(item.id, item.attempt, { delayMs: 0 });
      observe({ type: 'work-given-back', ...place });
      return;
    }
    if (code === 'INTERNAL' || code === 'MECHANISM_FAILED') tellError(error, item);
    const delayMs = retryAfter(error, item.failures, backOff, entropy);
    if (isBusy(code)) {
      await store.release(item.id, item.attempt, { delayMs });
      observe({ type: 'work-given-back', ...place });
      return;
    }
    const failure = failureOf(error);
    if (mayRetry(code) && !lastAttempt && mayRepeat(error)) {
      if (await store.release(item.id, item.attempt, { delayMs, failure })) {
        observe({ type: 'work-retried', ...place, code, message: failure.message, failures: item.failures + 1, delayMs });
      }
      return;
    }
    await dead(attempt, failure);
  }

  async function dead(attempt: Attempt, failure: Failure): Promise<void> {
    const { item } = attempt;
    const cause: Pick<NewSignal, 'id' | 'sessionid' | 'depth'> = (await store.getSignal(item.signalId)) ?? {
      id: item.signalId,
      sessionid: item.sessionId,
      depth: 0,
    };
    await commit(attempt, deadStep(stepOf(attempt), cause, failure, await leftBehind(item)));
  }

  /** What the operation says that a dead item leaves; nothing if its input was the trouble. */
  async function leftBehind(item: WorkItem) {
    try {
      const { mechanism, operation } = findOperation(mechanisms, item);
      const input = operation.input.safeParse(item.input);
      const config = (await known.session(item.sessionId)).ready.config.get(mechanism.name);
      return input.success ? (operation.onDead?.(input.data as never, config as never).assessments ?? []) : [];
    } catch (error) {
      tellError(error, item);
      return [];
    }
  }

  /** Writes the step. If the counters move between reading and writing, it is completed anew. */
  async function commit({ item, known: session, beganMs }: Attempt, step: Step): Promise<void> {
    for (let times = 1; ; times++) {
      const complete: StepCommit = await completeStep(store, session, item, step, instance);
      try {
        const result = await store.commit(complete);
        if (result.kind === 'fenced') {
          observe({ type: 'commit-fenced', ...placeOf(item), mechanism: item.mechanism, attempt: item.attempt });
          return;
        }
        for (const frame of complete.frames) session.frames.set(frame.id, frameFacts(frame));
        const ageMs = Math.max(0, Date.parse(clock.isoNow()) - Date.parse(session.createdAt));
        tellCommit(observe, { item, commit: complete, signals: result.signals, durationMs: clock.nowMs() - beganMs, ageMs });
        if (complete.ends) visible.forget(item.sessionId);
        void publisher.publish(result.signals);
        return;
      } catch (error) {
        if (!hasCode(error, 'CLOSE_MISMATCH')) throw error;
        observe({ type: 'commit-rebuilt', ...placeOf(item), mechanism: item.mechanism, times });
      }
    }
  }

  function tellError(error: unknown, item: WorkItem): void {
    observe({ type: 'internal-error', ...placeOf(item), code: codeOf(error), message: messageOf(error), error });
  }

  return { done, failed, dead, stopped: (attempt) => commit(attempt, stoppedStep(stepOf(attempt))) };
}

const stepOf = ({ item, known, instance, version, lastAttempt, effects }: Attempt): StepOf => ({
  ...{ item, known, instance, version },
  sight: { lastAttempt, effects: effects.seen() },
});

const failureOf = (error: unknown): Failure => ({
  code: codeOf(error),
  message: messageOf(error).slice(0, 500).toWellFormed(),
});

const mayRepeat = (error: unknown): boolean => (error as { retryable?: boolean }).retryable !== false;
