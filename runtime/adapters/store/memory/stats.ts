import { resourceNames, type ResourceName } from '../../../domain/resources.ts';
import type { Session } from '../../../domain/session.ts';
import type { StoreStats } from '../../../ports/store.ts';
import { byText } from '../rules/order.ts';
import type { Database } from './database.ts';

export function stats(db: Database): StoreStats {
  const sessions: Record<Session['status'], number> = { running: 0, stopping: 0, finished: 0 };
  const ideas = { unscored: 0, stable: 0, rejected: 0 };
  const work = new Map<string, { mechanism: string; state: 'ready' | 'running' | 'dead'; count: number }>();
  const budgetUsed: Partial<Record<ResourceName, number>> = {};
  for (const row of db.sessions.values()) {
    const { session } = row;
    sessions[session.status] += 1;
    ideas.unscored += session.tally.ideas - session.tally.scored;
    ideas.stable += session.tally.stable;
    ideas.rejected += session.tally.scored - session.tally.stable;
    for (const { item, dropped } of row.work) {
      if (item.state === 'done' || item.state === 'stopped' || dropped) continue;
      const key = `${item.mechanism} ${item.state}`;
      const found = work.get(key) ?? { mechanism: item.mechanism, state: item.state, count: 0 };
      work.set(key, { ...found, count: found.count + 1 });
    }
    const budget = session.status === 'running' ? db.frames.get(session.frameId)?.budget : undefined;
    for (const name of resourceNames) {
      const limit = budget?.limits[name];
      if (budget && limit) budgetUsed[name] = Math.max(budgetUsed[name] ?? 0, budget.spent[name] / limit);
    }
  }
  const oldest = db.outbox.values().next().value;
  return {
    sessions,
    ideas,
    work: [...work.values()].sort((a, b) => byText(a.mechanism, b.mechanism) || byText(a.state, b.state)),
    outboxOldestSeconds: oldest ? (db.now() - oldest.at) / 1000 : 0,
    budgetUsed,
  };
}
