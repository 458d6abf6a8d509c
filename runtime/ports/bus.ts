import type { Signal } from '../domain/signal.ts';

/** What a handler learns: enough to claim the items of the signal, whose content it reads from the store. */
export interface SignalNotice {
  readonly sessionId: string;
  readonly signalId: string;
  readonly type: string;
}

/** What another system asks for. */
export interface BusRequest {
  /** Who asks, and its own name for the request: together they name it for good. */
  readonly source: string;
  readonly id: string;
  /** Checked by nobody yet. */
  readonly data: unknown;
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
  /**
   * Where other systems can ask over the bus. `take` resolves when a request is taken and rejects where it cannot be: then it is put aside,
   * with the reason. After the abort, and after a crash, what was not resolved comes again. Each request comes at least once.
   */
  receive?(take: (request: BusRequest, abort: AbortSignal) => Promise<void>): Promise<() => Promise<void>>;
  /** Answers within 50 ms from what is known. */
  health(): Promise<{ ok: boolean; detail: string }>;
  close(): Promise<void>;
}
