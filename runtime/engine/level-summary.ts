import { newest, round4, type Assessment } from '../domain/assessment.ts';
import type { Idea } from '../domain/idea.ts';
import type { Exploration, HistoryEntry, LevelSummary } from '../domain/level.ts';
import { fill, subtract } from '../domain/resources.ts';
import type { SignalData } from '../domain/signal.ts';
import type { LevelRecords } from '../ports/store.ts';

/** What the closing commit itself adds to the level. */
export interface OwnRecords {
  readonly ideas: readonly Idea[];
  readonly assessments: readonly Assessment[];
  readonly nearDuplicates: number;
}

interface Entry {
  readonly idea: Idea;
  readonly assessment: Assessment | undefined;
}

/**
 * What became of a level: a pure function of the rows committed before and of the closing commit's own, ordered by exploration and index.
 */
export function summariseLevel(records: LevelRecords, own: OwnRecords): LevelSummary {
  const entries = orderedEntries(records, own);
  const scored = entries.flatMap((e) => (e.assessment?.trust === undefined ? [] : [{ ...e, trust: e.assessment.trust }]));
  const novelties = entries.flatMap((e) => e.assessment?.axes.novel ?? []);
  const best = scored.reduce<(typeof scored)[number] | undefined>((b, e) => (b && b.trust >= e.trust ? b : e), undefined);
  const meanNovel = novelties.length === 0 ? undefined : round4(novelties.reduce((sum, x) => sum + x, 0) / novelties.length);
  const { frame, previous, sessionBudget } = records;
  const cause = frame.cause ?? 'plan';
  const limits = fill(sessionBudget.limits);
  const shown: HistoryEntry = {
    round: frame.round,
    cause,
    ...(best ? { bestTrust: best.trust } : {}),
    ...(meanNovel === undefined ? {} : { meanNovel }),
    scored: scored.length,
  };
  return {
    frameId: frame.id,
    round: frame.round,
    depth: Math.max(0, ...(entries.length > 0 ? entries.map((e) => e.idea.depth) : records.planted.map((signal) => signal.depth))),
    cause,
    ideas: entries.length,
    scored: scored.length,
    unscored: entries.length - scored.length,
    stable: entries.filter((e) => e.assessment?.stable === true).length,
    nearDuplicates: records.nearDuplicates + own.nearDuplicates,
    ...(best ? { bestIdeaId: best.idea.id, bestTrust: best.trust } : {}),
    ...(meanNovel === undefined ? {} : { meanNovel }),
    entries: entries.map(({ idea, assessment: a }) => ({
      ideaId: idea.id,
      depth: idea.depth,
      ...(a?.trust === undefined ? {} : { trust: a.trust }),
      ...(a?.axes.novel === undefined ? {} : { novel: a.axes.novel }),
      ...(a?.stable === undefined ? {} : { stable: a.stable }),
    })),
    explorations: cause === 'stagnation' ? (previous?.explorations ?? []) : explorations(records, entries),
    history: [...(previous?.history ?? []), shown],
    limits,
    remaining: subtract(limits, sessionBudget.counted),
  };
}

function orderedEntries(records: LevelRecords, own: OwnRecords): Entry[] {
  const newestOwn = new Map<string, Assessment>();
  for (const a of own.assessments) newestOwn.set(a.ideaId, newest([a, newestOwn.get(a.ideaId) ?? a])!);
  const all = [...records.ideas, ...own.ideas.map((idea) => ({ idea, assessment: undefined }))].map(({ idea, assessment }): Entry => ({
    idea,
    assessment: newest([assessment, newestOwn.get(idea.id)].filter((a) => a !== undefined)),
  }));
  const place = new Map(records.frames.map((frame) => [frame.id, frame.ordinal]));
  const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return all.sort(
    (a, b) =>
      (place.get(a.idea.frameId) ?? 0) - (place.get(b.idea.frameId) ?? 0) ||
      byText(a.idea.frameId, b.idea.frameId) ||
      a.idea.index - b.idea.index ||
      byText(a.idea.id, b.idea.id),
  );
}

/** One a planted seed, in the order of planting. What grew from it may lie in frames further down (a blend of one of its ideas). */
function explorations(records: LevelRecords, entries: readonly Entry[]): Exploration[] {
  return records.planted.flatMap((signal) => {
    if (signal.type !== 'seed.planted') return [];
    const data = signal.data as SignalData<'seed.planted'>;
    const frame = records.frames.find((f) => f.parentId === records.frame.id && f.subject === data.ideaId);
    if (!frame) return [];
    const own = entries.filter((e) => e.idea.frameId === frame.id);
    const best = own.reduce<Entry | undefined>(
      (b, e) => (e.assessment?.trust !== undefined && (b?.assessment?.trust ?? -1) < e.assessment.trust ? e : b),
      undefined,
    );
    return [
      {
        frameId: frame.id,
        seedIdeaId: data.ideaId,
        action: data.action,
        features: data.features,
        ideas: own.length,
        ...(best?.assessment?.trust === undefined ? {} : { bestIdeaId: best.idea.id, bestTrust: best.assessment.trust }),
        spent: frame.counted,
      },
    ];
  });
}
