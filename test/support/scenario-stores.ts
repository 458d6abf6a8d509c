import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryStore } from '../../runtime/adapters/store/memory/index.ts';
import { createSqliteStore } from '../../runtime/adapters/store/sqlite/index.ts';
import { findPostgres } from '../testbed/postgres.ts';
import { createLeapingClock, type LeapingClock } from './leaping-clock.ts';
import { type PostgresStores, startPostgresStores } from './postgres-stores.ts';
import { wrapStore } from './wrapped-store.ts';
import type { Store } from '../../runtime/ports/store.ts';

export interface ScenarioStore {
  readonly store: Store;
  readonly clock: LeapingClock;
}

interface ScenarioStores {
  readonly name: string;
  readonly open: (options?: { outbox?: boolean }) => Promise<ScenarioStore>;
}

/** A store whose clock leaps, but not while it is at work. */
async function leaping(openStore: (now: () => number) => Promise<Store>, afterClose: () => Promise<void>): Promise<ScenarioStore> {
  let underWay = 0;
  const clock = createLeapingClock({ busy: () => underWay > 0 });
  const inner = await openStore(() => Date.parse(clock.isoNow()));
  const store = wrapStore(inner, async (method, call) => {
    underWay++;
    try {
      return await call();
    } finally {
      underWay--;
      if (method === 'close') await afterClose();
    }
  });
  return { store, clock };
}

let server: Promise<PostgresStores> | undefined;
afterAll(async () => (await server)?.stop());

const postgres: ScenarioStores = {
  name: 'postgres',
  async open({ outbox = false } = {}) {
    const stores = await (server ??= startPostgresStores());
    const schema = await stores.schema();
    return leaping(
      (now) => stores.open(schema, { now, outbox }),
      async () => undefined,
    );
  },
};

/** The stores on which every acceptance scenario runs. */
export const scenarioStores: readonly ScenarioStores[] = [
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
      return leaping(
        (now) => createSqliteStore({ file: join(folder, 'nireon.db'), now, outbox }),
        () => rm(folder, { recursive: true, force: true }),
      );
    },
  },
  ...(findPostgres() === undefined ? [] : [postgres]),
];
