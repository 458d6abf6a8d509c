import { createLocalBus } from '../../runtime/adapters/bus/local.ts';
import type { Bus } from '../../runtime/ports/bus.ts';
import type { Signal } from '../../runtime/domain/signal.ts';

export const deliveries = ['thrice', 'reordered', 'never'] as const;
export type Delivery = (typeof deliveries)[number];

/** A bus that keeps only the weakest of its promises: each signal comes three times, or late and out of order, or not at all. */
export function createLossyBus(delivery: Delivery): Bus {
  const inner = createLocalBus();
  let held: Signal[] = [];
  return {
    ...inner,
    async publish(signals) {
      if (delivery === 'thrice') for (let i = 0; i < 3; i++) await inner.publish(signals);
      if (delivery === 'reordered') {
        held.unshift(...signals);
        // Every other publication is kept back until the next, and what was held comes newest first.
        if (held.length > signals.length) await inner.publish(held.splice(0));
      }
    },
    async close() {
      held = [];
      await inner.close();
    },
  };
}
