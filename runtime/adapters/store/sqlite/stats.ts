import { resourceNames, type ResourceName } from '../../../domain/resources.ts';
import type { Session } from '../../../domain/session.ts';
import type { StoreStats } from '../../../ports/store.ts';
import { byText } from '../rules/order.ts';
import type { Database } from './database.ts';
import { budgetOf, type BudgetRow } from '../rows.ts';

type WorkCount = StoreStats['work'][number];

export function stats(db: Database): StoreStats {
  const sessions: Record<Session['status'], number> = { running: 0, stopping: 0, finished: 0 };
  for (const row of db.all<{ status: Session['status']; n: number }>('SELECT status, count(*) AS n FROM sessions GROUP BY status')) {
    sessions[row.status] = row.n;
  }
  const ideas = db.one<StoreStats['ideas']>(
    `SELECT coalesce(sum(ideas - scored), 0) AS unscored, coalesce(sum(stable), 0) AS stable, coalesce(sum(scored - stable), 0) AS rejected
     FROM sessions`,
  )!;
  // One query a state, each over the partial index of that state alone.
  const work = (['ready', 'running', 'dead'] as const).flatMap((state) =>
    db.all<WorkCount>(
      `SELECT mechanism, '${state}' AS state, count(*) AS count FROM work
       WHERE state = '${state}' ${state === 'dead' ? 'AND dropped = 0' : ''} GROUP BY mechanism`,
    ),
  );
  const oldest = db.one<{ at_ms: number }>('SELECT at_ms FROM outbox ORDER BY age LIMIT 1');
  return {
    sessions,
    ideas: { ...ideas },
    work: work.map((count) => ({ ...count })).sort((a, b) => byText(a.mechanism, b.mechanism) || byText(a.state, b.state)),
    outboxOldestSeconds: oldest ? (db.now() - oldest.at_ms) / 1000 : 0,
    budgetUsed: budgetUsed(db),
  };
}

function budgetUsed(db: Database): StoreStats['budgetUsed'] {
  const used: Partial<Record<ResourceName, number>> = {};
  const roots = db.all<BudgetRow>(
    `SELECT b.* FROM sessions s JOIN budgets b ON b.frame_id = s.facts ->> '$.frameId' WHERE s.status = 'running'`,
  );
  for (const { limits, spent } of roots.map(budgetOf)) {
    for (const name of resourceNames) {
      const limit = limits[name];
      if (limit) used[name] = Math.max(used[name] ?? 0, spent[name] / limit);
    }
  }
  return used;
}
