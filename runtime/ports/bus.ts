import type { Signal } from '../domain/signal.ts';

/** What a handler learns: enough to claim the items of the signal, whose content it reads from the store. */
export interface SignalNotice {
  readonly sessionId: string;
  readonly signalId: string;
  readonly type: string;
}

/**
 * Wakes workers and tells other systems. Each signal reaches each group at least once while it is connected; no order is promised
 * (`sequence` orders), and correctness never depends on it: what is lost is found by the sweep.
 */
export interface Bus {
  readonly name: string;
  /** True where the store must keep an outbox for it: its publish can fail after the commit. */
  readonly durable: boolean;
  /** Resolves when the bus has taken responsibility for all of them; throws a retryable NireonError when not. Order need not be kept. */
  publish(signals: readonly Signal[]): Promise<void>;
  /**
   * `handle` is called once a notice; while it is unresolved a durable bus holds back (back-pressure). An error it throws is reported,
   * never ends the subscription. Unsubscribing resolves after running handlers.
   */
  subscribe(group: string, handle: (notice: SignalNotice) => Promise<void>): Promise<() => Promise<void>>;
  /** Answers within 50 ms from what is known. */
  health(): Promise<{ ok: boolean; detail: string }>;
  close(): Promise<void>;
}
