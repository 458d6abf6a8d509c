import { resourceNames, type ResourceName } from '../../../domain/resources.ts';
import type { Session } from '../../../domain/session.ts';
import type { StoreStats } from '../../../ports/store.ts';
import { budgetOf, type BudgetRow } from '../rows.ts';
import { byText } from '../rules/order.ts';
import type { Database } from './database.ts';

type WorkCount = StoreStats['work'][number];

const ideaCounts = `SELECT coalesce(sum(ideas - scored), 0)::bigint AS unscored, coalesce(sum(stable), 0)::bigint AS stable,
  coalesce(sum(scored - stable), 0)::bigint AS rejected FROM sessions`;
// One query a state, each over the partial index of that state alone.
const workCounts = ['ready', 'running', 'dead']
  .map(
    (state) => `SELECT mechanism, '${state}' AS state, count(*) AS count FROM work
      WHERE state = '${state}' ${state === 'dead' ? 'AND NOT dropped' : ''} GROUP BY mechanism`,
  )
  .join(' UNION ALL ');

export const stats = (db: Database): Promise<StoreStats> =>
  db.snapshot(async (sql) => {
    const sessions: Record<Session['status'], number> = { running: 0, stopping: 0, finished: 0 };
    for (const row of await sql.all<{ status: Session['status']; n: number }>(
      'SELECT status, count(*) AS n FROM sessions GROUP BY status',
    )) {
      sessions[row.status] = row.n;
    }
    const ideas = (await sql.one<StoreStats['ideas']>(ideaCounts))!;
    const work = await sql.all<WorkCount>(workCounts);
    const oldest = await sql.one<{ ms: number }>('SELECT store_now($1) - at_ms AS ms FROM outbox ORDER BY age LIMIT 1', [db.now()]);
    const roots = await sql.all<BudgetRow>(
      `SELECT b.* FROM sessions s JOIN budgets b ON b.frame_id = s.root_id WHERE s.status = 'running'`,
    );
    return {
      sessions,
      ideas,
      work: work.sort((a, b) => byText(a.mechanism, b.mechanism) || byText(a.state, b.state)),
      outboxOldestSeconds: oldest ? oldest.ms / 1000 : 0,
      budgetUsed: budgetUsed(roots),
    };
  });

function budgetUsed(roots: readonly BudgetRow[]): StoreStats['budgetUsed'] {
  const used: Partial<Record<ResourceName, number>> = {};
  for (const { limits, spent } of roots.map(budgetOf)) {
    for (const name of resourceNames) {
      const limit = limits[name];
      if (limit) used[name] = Math.max(used[name] ?? 0, spent[name] / limit);
    }
  }
  return used;
}
