import type { Clock } from '../../runtime/ports/clock.ts';
import type { Store } from '../../runtime/ports/store.ts';
import { createMemoryStore } from '../../runtime/adapters/store/memory/index.ts';
import { createLeapingClock } from './leaping-clock.ts';

export interface ScenarioStore {
  readonly store: Store;
  readonly clock: Clock;
}

/** The stores on which every acceptance scenario runs. */
export const scenarioStores: readonly { name: string; open: () => Promise<ScenarioStore> }[] = [
  {
    name: 'memory',
    async open() {
      const clock = createLeapingClock();
      return { store: createMemoryStore({ now: () => Date.parse(clock.isoNow()), outbox: false }), clock };
    },
  },
];
