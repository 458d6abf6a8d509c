import type { Registry } from 'prom-client';
import { createMetrics, knownLabels, other } from '../platform/metrics.ts';
import { mechanismNames } from './config.ts';
import { resourceNames } from './domain/resources.ts';
import type { Clock } from './ports/clock.ts';
import type { Store, StoreStats } from './ports/store.ts';

const workStates = ['ready', 'running', 'dead'] as const;
const known = knownLabels(mechanismNames);

export interface StoreGauges {
  /** Resolves when the refresh under way, if any, is over. */
  stop(): Promise<void>;
}

/**
 * Gauges of the whole store, read every 15 s (`everyMs`), the first time at once. Every process of an instance shows the same ones:
 * aggregate with max. While the store doesn't answer they stay as they were.
 */
export function startStoreGauges({
  store,
  registry,
  clock,
  everyMs = 15_000,
  onStats = () => undefined,
}: {
  store: Pick<Store, 'stats'>;
  registry: Registry;
  clock: Clock;
  everyMs?: number;
  /** Hears each reading. */
  onStats?: (stats: StoreStats) => void;
}): StoreGauges {
  const { gauge } = createMetrics(registry);
  const sessions = gauge('nireon_sessions', 'Sessions in the store', { state: knownLabels(['running', 'stopping', 'finished']) });
  const ideas = gauge('nireon_idea_repository_count', 'Ideas in the store, by their newest assessment', {
    state: knownLabels(['unscored', 'stable', 'rejected']),
  });
  const work = gauge('nireon_work_items', 'Work items in the store that are not done', {
    mechanism: known,
    state: knownLabels(workStates),
  });
  const budget = gauge('nireon_session_budget_used_ratio_max', 'Greatest spent / limit of a running session', {
    resource: knownLabels(resourceNames),
  });
  const outbox = gauge('nireon_outbox_oldest_seconds', 'Age of the oldest signal that the bus has not taken', {});

  async function refresh(): Promise<void> {
    const stats = await store.stats();
    onStats(stats);
    for (const [state, count] of Object.entries(stats.sessions)) sessions.set({ state }, count);
    for (const [state, count] of Object.entries(stats.ideas)) ideas.set({ state }, count);
    // What has no row now is 0, not what it was; rows of mechanisms that only a later version knows are summed.
    for (const mechanism of [...mechanismNames, other]) {
      for (const state of workStates) {
        const rows = stats.work.filter((row) => row.state === state && known(row.mechanism) === mechanism);
        work.set(
          { mechanism, state },
          rows.reduce((sum, { count }) => sum + count, 0),
        );
      }
    }
    for (const resource of resourceNames) budget.set({ resource }, stats.budgetUsed[resource] ?? 0);
    outbox.set({}, stats.outboxOldestSeconds);
  }

  const stopping = new AbortController();
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      await refresh().catch(() => undefined);
      await clock.sleep(everyMs, stopping.signal);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await loop;
    },
  };
}
