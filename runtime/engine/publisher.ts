import { codeOf, messageOf } from '../domain/errors.ts';
import type { Signal } from '../domain/signal.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Observe } from '../ports/observer.ts';
import type { Store } from '../ports/store.ts';

export interface Publisher {
  /** Right after the commit. Never throws: what the bus did not take stays in the outbox, and all that comes until it takes some again. */
  publish(signals: readonly Signal[]): Promise<void>;
  /** What is in the outbox for longer than a second, oldest first. Not to be waited for: it lasts as long as the bus takes to answer. */
  sweep(): Promise<void>;
}

const staleMs = 1_000;
const batch = 500;

/** Hands committed signals to the bus, and empties the outbox of a durable one. */
export function createPublisher(options: { store: Store; bus: Bus; clock: Clock; observe: Observe }): Publisher {
  const { store, bus, clock, observe } = options;
  let failedAt: number | undefined;
  let sweeping: Promise<void> | undefined;

  async function hand(signals: readonly Signal[]): Promise<boolean> {
    try {
      await bus.publish(signals);
    } catch (error) {
      failedAt ??= clock.nowMs();
      observe({ type: 'bus-failed', bus: bus.name, code: codeOf(error), message: messageOf(error) });
      return false;
    }
    if (failedAt !== undefined) observe({ type: 'bus-recovered', bus: bus.name, afterMs: clock.nowMs() - failedAt });
    failedAt = undefined;
    for (const signal of signals) observe({ type: 'bus-published', bus: bus.name, signalType: signal.type });
    if (bus.durable) await store.removeFromOutbox(signals.map((signal) => signal.id));
    return true;
  }

  async function empty(): Promise<void> {
    for (;;) {
      const stale = await store.outbox(staleMs, batch);
      if (stale.length === 0 || !(await hand(stale)) || stale.length < batch) return;
    }
  }

  return {
    async publish(signals) {
      if (signals.length === 0 || (bus.durable && failedAt !== undefined)) return;
      await hand(signals).catch((error: unknown) => {
        observe({ type: 'internal-error', code: codeOf(error), message: messageOf(error), error });
      });
    },
    async sweep() {
      if (!bus.durable) return;
      sweeping ??= empty().finally(() => (sweeping = undefined));
      await sweeping;
    },
  };
}
