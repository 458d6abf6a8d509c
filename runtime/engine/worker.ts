import { codeOf, hasCode, messageOf, type ErrorCode } from '../domain/errors.ts';
import type { NewSignal } from '../domain/signal.ts';
import type { StepCommit } from '../domain/step-commit.ts';
import type { WorkItem } from '../domain/work.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Entropy } from '../ports/entropy.ts';
import type { Mechanism, OperationResult } from '../ports/mechanism.ts';
import type { Observe } from '../ports/observer.ts';
import type { Claimed } from '../ports/store.ts';
import { completeStep } from './accounting.ts';
import { createBudgetSettled, createLiveEffects, type Effects } from './effects.ts';
import { isBusy, mayRetry, type Outside } from './gateway.ts';
import type { KnownSessions } from './known-sessions.ts';
import { createPublisher } from './publisher.ts';
import { findOperation, runItem } from './run-item.ts';
import type { SteadyStore } from './steady-store.ts';
import { deadStep, doneStep, stoppedStep, type Step, type StepOf } from './step.ts';
import { tellCommit } from './tell-commit.ts';
import type { VisibleLoader } from './visible.ts';

export interface WorkerSettings {
  /** Work items at once. */
  readonly concurrency: number;
  readonly leaseMs: number;
  readonly renewMs: number;
  readonly sweepMs: number;
  /** The failure that ends an item, and the take-over that does. */
  readonly maxFailures: number;
  readonly maxCrashes: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
}

export interface WorkerOptions {
  readonly name: string;
  readonly instance: string;
  /** Those whose items it claims; it routes for all. */
  readonly enabled: readonly string[];
  readonly mechanisms: ReadonlyMap<string, Mechanism>;
  readonly steady: SteadyStore;
  readonly bus: Bus;
  readonly outside: Outside;
  readonly known: KnownSessions;
  readonly visible: VisibleLoader;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly observe: Observe;
  readonly settings: WorkerSettings;
  /** Claims this session's items only. */
  readonly sessionId?: string;
}

export interface Worker {
  /** Resolves when it is subscribed; runs until drained. */
  start(): Promise<void>;
  /** Wakes it: there may be work. */
  wake(): void;
  /** No new claims; what runs may finish for `graceMs`, the rest is given back. Resolves when nothing runs. */
  drain(graceMs: number): Promise<void>;
  /** Milliseconds since the last lease renewal that worked, or since nothing had to be renewed. */
  sinceRenewalMs(): number;
}

interface Running {
  readonly attempt: number;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

/** Claims work items, runs them, commits what they return (execution.md 1, 2). */
export function createWorker(options: WorkerOptions): Worker {
  const { name, instance, enabled, mechanisms, steady, bus, outside, known, clock, entropy, observe, settings } = options;
  const store = steady.store;
  const running = new Map<string, Running>();
  const budgetSettled = createBudgetSettled(clock);
  const publisher = createPublisher({ store, bus, clock, observe });
  const stopped = new AbortController();
  let draining = false;
  let claiming: Promise<void> | undefined;
  let claimAgain = false;
  let renewedAt = clock.nowMs();
  let unsubscribe: (() => Promise<void>) | undefined;
  const loops: Promise<void>[] = [];

  // --- claiming

  /** One claim at a time; a wake during it makes another. */
  function pump(): Promise<void> {
    claimAgain = true;
    claiming ??= (async () => {
      while (claimAgain && !draining) {
        claimAgain = false;
        const room = settings.concurrency - running.size;
        if (room <= 0) break;
        const claimed = await claim(room);
        for (const one of claimed) run(one);
        // As many as asked for: there may be more, once there is room.
        if (claimed.length === room && room > 0) claimAgain = running.size < settings.concurrency;
      }
    })().finally(() => {
      claiming = undefined;
    });
    return claiming;
  }

  async function claim(limit: number): Promise<readonly Claimed[]> {
    try {
      const claimed = await store.claim({
        worker: name,
        mechanisms: enabled,
        limit,
        leaseMs: settings.leaseMs,
        ...(options.sessionId === undefined ? {} : { sessionId: options.sessionId }),
        // After an outage every lease looks expired: live workers get the time to renew theirs first.
        takeOver: steady.contactMs() >= settings.leaseMs,
        running: [...running.keys()],
      });
      steady.found();
      return claimed;
    } catch (error) {
      steady.lost(error);
      if (!hasCode(error, 'STORE_UNREACHABLE', 'STORE_FULL', 'STORE_CLOSED')) tellError(error);
      return [];
    }
  }

  function run(claimed: Claimed): void {
    const { item } = claimed;
    const abort = new AbortController();
    const waitMs = Math.max(0, Date.parse(item.leaseUntil ?? item.readyAt) - settings.leaseMs - Date.parse(item.readyAt));
    observe({
      type: 'work-claimed',
      ...placeOf(item),
      mechanism: item.mechanism,
      attempt: item.attempt,
      waitMs,
      takenOver: claimed.takenOver,
    });
    const ended = work(claimed, abort.signal)
      .catch((error: unknown) => {
        if (!draining && !hasCode(error, 'STORE_CLOSED')) tellError(error, item);
      })
      .finally(() => {
        running.delete(item.id);
        if (!draining) void pump();
      });
    running.set(item.id, { attempt: item.attempt, abort, ended });
  }

  // --- one item

  async function work({ item, stopping }: Claimed, abort: AbortSignal): Promise<void> {
    const began = clock.nowMs();
    const session = await known.session(item.sessionId);
    const mechanism = mechanisms.get(item.mechanism);
    const version = mechanism?.version ?? 0;
    const of: StepOf = { item, known: session, instance, version, sight: { lastAttempt: false, effects: [] } };
    const frames = await known.chain(session, item.frameId);
    if (item.levelFrameId !== undefined && frames.length === 0) return;

    if (stopping) {
      await commit(of, stoppedStep(of), began);
      return;
    }
    if (item.crashes >= settings.maxCrashes) {
      await commit(of, await dead(of, { code: 'WORK_CRASHED', message: `${item.crashes} workers vanished while they ran it` }), began);
      return;
    }
    const pinned = session.facts.pins.versions[item.mechanism];
    if (mechanism && pinned !== undefined && pinned !== version) {
      observe({ type: 'session-version-changed', ...placeOf(item), mechanism: item.mechanism, pinned, running: version });
    }

    const lastAttempt = item.failures >= settings.maxFailures - 1;
    const effects = createLiveEffects({ store, clock, observe, item, abort, budgetSettled });
    let result: OperationResult;
    try {
      result = await runItem({ ...options, outside }, { item, effects, lastAttempt, abort });
    } catch (error) {
      await fail(of, error, abort, began, lastAttempt, effects);
      return;
    }
    const seen: StepOf = { ...of, sight: { lastAttempt, effects: effects.seen() } };
    let step: Step;
    try {
      step = doneStep(seen, result);
    } catch (error) {
      await fail(of, error, abort, began, lastAttempt, effects);
      return;
    }
    try {
      await commit(seen, step, began);
    } catch (error) {
      // What the store refuses of a step it would refuse again.
      if (!hasCode(error, 'STORE_REFERENCE_UNKNOWN', 'STORE_CONFLICT')) throw error;
      tellError(error, item);
      await commit(seen, await dead(seen, { code: error.code, message: error.message.slice(0, 500).toWellFormed() }), began);
    }
  }

  /** An item whose operation gave no result: later again, or never. */
  async function fail(
    of: StepOf,
    error: unknown,
    abort: AbortSignal,
    began: number,
    lastAttempt: boolean,
    effects: Effects,
  ): Promise<void> {
    const { item } = of;
    const code: ErrorCode = codeOf(error);
    const message = messageOf(error).slice(0, 500).toWellFormed();
    if (abort.aborted || code === 'EFFECT_ABORTED') {
      await store.release(item.id, item.attempt, { delayMs: 0 });
      observe({ type: 'work-given-back', ...placeOf(item), mechanism: item.mechanism });
      return;
    }
    if (code === 'INTERNAL' || code === 'MECHANISM_FAILED') tellError(error, item);
    const delayMs = Math.ceil(entropy.uniform() * Math.min(settings.backoffMaxMs, settings.backoffMs * 2 ** item.failures));
    if (isBusy(code)) {
      await store.release(item.id, item.attempt, { delayMs });
      return;
    }
    if (mayRetry(code) && !lastAttempt && retryableOf(error)) {
      if (await store.release(item.id, item.attempt, { delayMs, failure: { code, message } })) {
        observe({ type: 'work-retried', ...placeOf(item), mechanism: item.mechanism, code, message, failures: item.failures + 1, delayMs });
      }
      return;
    }
    const seen: StepOf = { ...of, sight: { lastAttempt, effects: effects.seen() } };
    await commit(seen, await dead(seen, { code, message }), began);
  }

  async function dead(of: StepOf, failure: { code: string; message: string }): Promise<Step> {
    const { item } = of;
    const cause: Pick<NewSignal, 'id' | 'sessionid' | 'depth'> = (await store.getSignal(item.signalId)) ?? {
      id: item.signalId,
      sessionid: item.sessionId,
      depth: 0,
    };
    return deadStep(of, cause, failure, await leftBehind(item));
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
  async function commit(of: StepOf, step: Step, began: number): Promise<void> {
    const { item } = of;
    for (let times = 0; ; times++) {
      const complete: StepCommit = await completeStep(store, of.known, item, step, instance);
      try {
        const result = await store.commit(complete);
        if (result.kind === 'fenced') {
          observe({ type: 'commit-fenced', ...placeOf(item), mechanism: item.mechanism, attempt: item.attempt });
          return;
        }
        const { createdAt } = await known.session(item.sessionId);
        const ageMs = Math.max(0, Date.parse(clock.isoNow()) - Date.parse(createdAt));
        tellCommit(observe, { item, commit: complete, signals: result.signals, durationMs: clock.nowMs() - began, ageMs });
        if (complete.ends) options.visible.forget(item.sessionId);
        void publisher.publish(result.signals);
        return;
      } catch (error) {
        if (!hasCode(error, 'CLOSE_MISMATCH')) throw error;
        observe({ type: 'commit-rebuilt', ...placeOf(item), mechanism: item.mechanism, times: times + 1 });
      }
    }
  }

  // --- leases and sweeping

  async function renewLoop(): Promise<void> {
    while (!stopped.signal.aborted) {
      await clock.sleep(settings.renewMs, stopped.signal);
      if (running.size === 0) {
        renewedAt = clock.nowMs();
        continue;
      }
      const items = [...running].map(([workId, { attempt }]) => ({ workId, attempt }));
      try {
        // An item that is lost goes on: what its effects in flight bring is journalled, its commit changes nothing.
        const { lost } = await store.renew(name, items, settings.leaseMs);
        steady.found();
        renewedAt = clock.nowMs();
        observe({ type: 'lease-renewed', items: items.length, lost: lost.length });
      } catch (error) {
        steady.lost(error);
        if (!hasCode(error, 'STORE_UNREACHABLE', 'STORE_FULL', 'STORE_CLOSED')) tellError(error);
      }
    }
  }

  async function sweepLoop(): Promise<void> {
    while (!stopped.signal.aborted) {
      await clock.sleep(settings.sweepMs * (0.75 + entropy.uniform() / 2), stopped.signal);
      if (stopped.signal.aborted || draining) continue;
      try {
        for (const sessionId of await store.stopOverdueSessions()) observe({ type: 'session-stopping', sessionId, reason: 'deadline' });
        await publisher.sweep();
      } catch (error) {
        if (!hasCode(error, 'STORE_UNREACHABLE', 'STORE_CLOSED')) tellError(error);
      }
      await pump();
    }
  }

  function tellError(error: unknown, item?: WorkItem): void {
    observe({ type: 'internal-error', ...(item ? placeOf(item) : {}), code: codeOf(error), message: messageOf(error), error });
  }

  return {
    async start() {
      observe({ type: 'worker-started', mechanisms: enabled, concurrency: settings.concurrency });
      unsubscribe = await bus.subscribe(options.sessionId ?? 'all', async (notice) => {
        if (options.sessionId !== undefined && notice.sessionId !== options.sessionId) return;
        await pump();
      });
      loops.push(renewLoop(), sweepLoop());
      void pump();
    },
    wake: () => void pump(),
    async drain(graceMs) {
      draining = true;
      observe({ type: 'worker-draining', running: running.size });
      await unsubscribe?.();
      await claiming;
      const all = Promise.all([...running.values()].map((one) => one.ended));
      const patience = new AbortController();
      await Promise.race([all.finally(() => patience.abort()), clock.sleep(graceMs, patience.signal)]);
      const givenBack = running.size;
      for (const one of running.values()) one.abort.abort();
      await all;
      stopped.abort();
      await Promise.all(loops);
      observe({ type: 'worker-stopped', givenBack });
    },
    sinceRenewalMs: () => clock.nowMs() - renewedAt,
  };
}

const placeOf = (item: WorkItem) => ({
  sessionId: item.sessionId,
  frameId: item.frameId,
  signalId: item.signalId,
  workId: item.id,
});

const retryableOf = (error: unknown): boolean => (error as { retryable?: boolean }).retryable !== false;
