import { newest } from '../../../domain/assessment.ts';
import { NireonError } from '../../../domain/errors.ts';
import { resourceNames, type ResourceName } from '../../../domain/resources.ts';
import type { Session } from '../../../domain/session.ts';
import type { Signal, SignalData } from '../../../domain/signal.ts';
import type { LevelRecords, RankedIdea, StoreStats, VisibleRecords } from '../../../ports/store.ts';
import type { Database } from './database.ts';
import { keep, type FrameRow, type IdeaRow } from './tables.ts';

const text = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const framed = ({ frame, budget }: FrameRow) => ({ ...keep(frame), spent: budget.spent });
export const ranked = (row: IdeaRow): RankedIdea => {
  const assessment = newest(row.assessments.map((a) => a.assessment));
  return assessment ? { idea: row.idea, assessment } : { idea: row.idea };
};

export function visible(
  db: Database,
  sessionId: string,
  scope: { round: number; fromRound: number; chain: readonly string[] },
): VisibleRecords {
  const row = db.session(sessionId);
  const chain = new Set(scope.chain);
  const seen = (made: { round: number; workId: string }): boolean =>
    (made.round >= scope.fromRound && made.round < scope.round) || chain.has(made.workId);
  const place = (idea: IdeaRow): number => db.frames.get(idea.idea.frameId)?.frame.ordinal ?? 0;
  const ideas = row.ideas
    .filter(({ idea }) => seen(idea))
    .sort(
      (a, b) =>
        a.idea.round - b.idea.round ||
        place(a) - place(b) ||
        text(a.idea.frameId, b.idea.frameId) ||
        a.idea.index - b.idea.index ||
        a.age - b.age,
    );
  return {
    ideas: ideas.map(({ idea }) => idea),
    assessments: row.ideas.flatMap(({ assessments }) => assessments.filter(seen).map((a) => a.assessment)),
    vectors: row.ideas.flatMap(({ vectors }) => vectors.filter(seen).map((v) => ({ ...v.vector, values: v.vector.values.slice() }))),
    frames: row.frames.filter(({ frame }) => frame.round >= scope.fromRound && frame.round < scope.round).map(framed),
    traces: row.traces.filter(({ round }) => round >= scope.fromRound && round < scope.round).map(({ trace }) => trace),
  };
}

export function level(db: Database, sessionId: string, levelFrameId: string): LevelRecords {
  const row = db.session(sessionId);
  const top = db.frames.get(levelFrameId);
  if (!top) throw new NireonError('STORE_REFERENCE_UNKNOWN', `frame ${levelFrameId} is not stored`);
  const isBelow = (id: string | undefined): boolean =>
    id !== undefined && (id === levelFrameId || isBelow(db.frames.get(id)?.frame.parentId));
  const below = row.frames.filter(({ frame }) => frame.id !== levelFrameId && isBelow(frame.id));
  const inside = new Set([levelFrameId, ...below.map(({ frame }) => frame.id)]);
  const planted = row.signals.filter(
    (s): s is Signal<'seed.planted' | 'stagnation.detected'> =>
      s.frameid === levelFrameId && (s.type === 'seed.planted' || s.type === 'stagnation.detected'),
  );
  const earlier = row.signals.filter(
    (s) => s.type === 'level.assessed' && (s.data as SignalData<'level.assessed'>).round < top.frame.round,
  );
  const previous = earlier.at(-1)?.data as SignalData<'level.assessed'> | undefined;
  return {
    frame: keep(top.frame),
    frames: below.map((made) => ({ ...framed(made), refused: made.refused })),
    ideas: row.ideas.filter(({ idea }) => inside.has(idea.frameId)).map(ranked),
    planted,
    nearDuplicates: row.work
      .filter(({ item }) => item.levelFrameId === levelFrameId)
      .reduce((sum, { item }) => sum + (item.outcome?.nearDuplicates ?? 0), 0),
    ...(previous ? { previous } : {}),
    sessionBudget: keep(db.frames.get(row.session.frameId)!.budget),
  };
}

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
    for (const { item } of row.work) {
      if (item.state === 'done' || item.state === 'stopped') continue;
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
  const oldest = Math.min(...[...db.outbox.values()].map(({ at }) => at));
  return {
    sessions,
    ideas,
    work: [...work.values()],
    outboxOldestSeconds: db.outbox.size === 0 ? 0 : (db.now() - oldest) / 1000,
    budgetUsed,
  };
}
