import { codeOf, hasCode, messageOf } from '../domain/errors.ts';
import type { WorkItem } from '../domain/work.ts';
import type { Bus, SignalNotice } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Entropy } from '../ports/entropy.ts';
import type { Mechanism, OperationResult } from '../ports/mechanism.ts';
import type { Observe } from '../ports/observer.ts';
import type { Claimed } from '../ports/store.ts';
import { createBudgetSettled, createLiveEffects } from './effects.ts';
import type { Outside } from './gateway.ts';
import type { KnownSessions } from './known-sessions.ts';
import { placeOf } from './place.ts';
import { createPublisher } from './publisher.ts';
import type { BackOff } from './retry-after.ts';
import { runItem } from './run-item.ts';
import { createSettle, type Attempt } from './settle.ts';
import type { SteadyStore } from './steady-store.ts';
import type { VisibleLoader } from './visible.ts';

export interface WorkerSettings extends BackOff {
  /** Work items at once. */
  readonly concurrency: number;
  readonly leaseMs: number;
  readonly renewMs: number;
  readonly sweepMs: number;
  /** The failure that ends an item, and the take-over that does. */
  readonly maxFailures: number;
  readonly maxCrashes: number;
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
  /** Name under which it listens to the bus; workers of one name share what comes. */
  readonly group?: string;
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
  /** Milliseconds that items have run without a renewal of their leases; 0 if none runs or the store is known to be lost. */
  sinceRenewalMs(): number;
}

interface Running {
  readonly attempt: number;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

/** Claims work items, runs them and keeps their leases; how each ends is settle.ts. */
export function createWorker(options: WorkerOptions): Worker {
  const { name, instance, enabled, mechanisms, steady, bus, known, visible, clock, entropy, observe, settings } = options;
  const store = steady.store;
  const running = new Map<string, Running>();
  const budgetSettled = createBudgetSettled(clock);
  const publisher = createPublisher({ store, bus, clock, observe });
  const settle = createSettle({ instance, store, mechanisms, known, visible, publisher, clock, entropy, observe, backOff: settings });
  const stopped = new AbortController();
  let draining = false;
  let stopHolding = (): void => undefined;
  const drained = new Promise<void>((resolve) => (stopHolding = resolve));
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

  async function hear(notice: SignalNotice): Promise<void> {
    if (options.sessionId !== undefined && notice.sessionId !== options.sessionId) return;
    // What a durable bus holds back shows how much waits for workers of this name.
    while (bus.durable && running.size >= settings.concurrency && !draining) {
      await Promise.race([drained, ...[...running.values()].map(({ ended }) => ended)]);
    }
    await pump();
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
    if (running.size === 0) renewedAt = clock.nowMs();
    running.set(item.id, { attempt: item.attempt, abort, ended });
  }

  // --- one item

  async function work({ item, stopping }: Claimed, abort: AbortSignal): Promise<void> {
    const session = await known.session(item.sessionId);
    await known.chain(session, item.frameId);
    const version = mechanisms.get(item.mechanism)?.version ?? 0;
    const effects = createLiveEffects({ store, clock, observe, item, abort, budgetSettled });
    const attempt: Attempt = { item, known: session, instance, version, effects, lastAttempt: false, abort, beganMs: clock.nowMs() };
    if (stopping) return settle.stopped(attempt);
    if (item.crashes >= settings.maxCrashes) {
      return settle.dead(attempt, { code: 'WORK_CRASHED', message: `${item.crashes} workers vanished while they ran it` });
    }
    const pinned = session.facts.pins.versions[item.mechanism];
    if (version > 0 && pinned !== undefined && pinned !== version) {
      observe({ type: 'session-version-changed', ...placeOf(item), mechanism: item.mechanism, pinned, running: version });
    }
    return operate({ ...attempt, lastAttempt: item.failures >= settings.maxFailures - 1 });
  }

  async function operate(attempt: Attempt): Promise<void> {
    let result: OperationResult;
    try {
      result = await runItem(options, attempt);
    } catch (error) {
      return settle.failed(attempt, error);
    }
    return settle.done(attempt, result);
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
        // Not waited for: a bus that does not answer must not keep work waiting.
        void publisher.sweep().catch(tellUnlessAway);
      } catch (error) {
        tellUnlessAway(error);
      }
      await pump();
    }
  }

  function tellUnlessAway(error: unknown): void {
    if (!hasCode(error, 'STORE_UNREACHABLE', 'STORE_CLOSED')) tellError(error);
  }

  function tellError(error: unknown, item?: WorkItem): void {
    observe({ type: 'internal-error', ...(item ? placeOf(item) : {}), code: codeOf(error), message: messageOf(error), error });
  }

  return {
    async start() {
      observe({ type: 'worker-started', mechanisms: enabled, concurrency: settings.concurrency });
      // Who works alone on a session needs nobody's call.
      if (options.sessionId === undefined || !bus.durable) unsubscribe = await bus.subscribe(options.group ?? 'all', hear);
      loops.push(renewLoop(), sweepLoop());
      void pump();
    },
    wake: () => void pump(),
    async drain(graceMs) {
      draining = true;
      stopHolding();
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
    sinceRenewalMs: () => (running.size === 0 || steady.contactMs() === 0 ? 0 : Math.min(clock.nowMs() - renewedAt, steady.contactMs())),
  };
}
