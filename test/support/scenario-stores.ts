import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryStore } from '../../runtime/adapters/store/memory/index.ts';
import { createSqliteStore } from '../../runtime/adapters/store/sqlite/index.ts';
import { createLeapingClock, type LeapingClock } from './leaping-clock.ts';
import { wrapStore } from './wrapped-store.ts';
import type { Store } from '../../runtime/ports/store.ts';

export interface ScenarioStore {
  readonly store: Store;
  readonly clock: LeapingClock;
}

/** The stores on which every acceptance scenario runs. The clock of each leaps, but not while the store is at work. */
export const scenarioStores: readonly { name: string; open: (options?: { outbox?: boolean }) => Promise<ScenarioStore> }[] = [
  {
    name: 'memory',
    async open({ outbox = false } = {}) {
      const clock = createLeapingClock();
      return { store: createMemoryStore({ now: () => Date.parse(clock.isoNow()), outbox }), clock };
    },
  },
  {
    name: 'sqlite',
    async open({ outbox = false } = {}) {
      const folder = await mkdtemp(join(tmpdir(), 'nireon-scenario-'));
      let underWay = 0;
      const clock = createLeapingClock({ busy: () => underWay > 0 });
      const inner = await createSqliteStore({ file: join(folder, 'nireon.db'), now: () => Date.parse(clock.isoNow()), outbox });
      const store = wrapStore(inner, async (method, call) => {
        underWay++;
        try {
          return await call();
        } finally {
          underWay--;
          if (method === 'close') await rm(folder, { recursive: true, force: true });
        }
      });
      return { store, clock };
    },
  },
];
