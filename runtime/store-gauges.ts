import type { Registry } from 'prom-client';
import { createMetrics, knownLabels } from '../platform/metrics.ts';
import { mechanismNames } from './config.ts';
import { resourceNames } from './domain/resources.ts';
import type { Clock } from './ports/clock.ts';
import type { Store } from './ports/store.ts';

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
}: {
  store: Pick<Store, 'stats'>;
  registry: Registry;
  clock: Clock;
  everyMs?: number;
}): StoreGauges {
  const { gauge } = createMetrics(registry);
  const sessions = gauge('nireon_sessions', 'Sessions in the store', { state: knownLabels(['running', 'stopping', 'finished']) });
  const ideas = gauge('nireon_idea_repository_count', 'Ideas in the store, by their newest assessment', {
    state: knownLabels(['unscored', 'stable', 'rejected']),
  });
  const work = gauge('nireon_work_items', 'Work items in the store that are not done', {
    mechanism: knownLabels(mechanismNames),
    state: knownLabels(['ready', 'running', 'dead']),
  });
  const budget = gauge('nireon_session_budget_used_ratio_max', 'Greatest spent / limit of a running session', {
    resource: knownLabels(resourceNames),
  });
  const outbox = gauge('nireon_outbox_oldest_seconds', 'Age of the oldest signal that the bus has not taken', {});

  async function refresh(): Promise<void> {
    const stats = await store.stats();
    for (const [state, count] of Object.entries(stats.sessions)) sessions.set({ state }, count);
    for (const [state, count] of Object.entries(stats.ideas)) ideas.set({ state }, count);
    // What has no row now is 0, not what it was: a mechanism without open work must not look as if it still had some.
    for (const mechanism of mechanismNames) for (const state of ['ready', 'running', 'dead']) work.set({ mechanism, state }, 0);
    for (const { mechanism, state, count } of stats.work) work.set({ mechanism, state }, count);
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
