import { newest } from '../../../domain/assessment.ts';
import { NireonError } from '../../../domain/errors.ts';
import type { Vector } from '../../../domain/idea.ts';
import type { Signal } from '../../../domain/signal.ts';
import type { RankedIdea } from '../../../ports/store.ts';
import type { StoreCalls } from '../calls.ts';
import { compareKeys, keyAfter, pageFrom, pages, rankOf } from '../paging.ts';
import { byPlace, byRevision, byRound } from '../rules/order.ts';
import type { Database, FrameRow, IdeaRow } from './database.ts';

type Reads = Pick<
  StoreCalls,
  'getWork' | 'listWork' | 'visible' | 'level' | 'frames' | 'listIdeas' | 'getIdea' | 'vectors' | 'traces' | 'signals' | 'getSignal'
>;

const framed = ({ frame, budget }: FrameRow) => ({ ...frame, counted: budget.counted });
const own = (vector: Vector): Vector => ({ ...vector, values: vector.values.slice() });
const ranked = (row: IdeaRow): RankedIdea => {
  const assessment = newest(row.assessments.map((a) => a.assessment));
  return assessment ? { idea: row.idea, assessment } : { idea: row.idea };
};

export function createReads(db: Database): Reads {
  const inPlace = (rows: readonly IdeaRow[]): IdeaRow[] =>
    rows
      .map((row) => ({ row, place: { ...row.idea, ordinal: db.frames.get(row.idea.frameId)?.frame.ordinal ?? 0 } }))
      .sort((a, b) => byPlace(a.place, b.place))
      .map(({ row }) => row);

  return {
    getWork: (id) => db.work.get(id)?.item,
    listWork(sessionId, page) {
      const paged = pages.work(sessionId);
      const after = keyAfter(paged, page.cursor);
      const rows = db.session(sessionId).work.filter(({ age }) => !after || compareKeys([age], after) > 0);
      return pageFrom(paged, rows, page, { key: ({ age }) => [age], item: ({ item }) => item });
    },
    visible(sessionId, { round, fromRound, chain }) {
      const row = db.session(sessionId);
      const inRounds = (made: { round: number }): boolean => made.round >= fromRound && made.round < round;
      const seen = (made: { round: number; workId: string }): boolean => inRounds(made) || chain.includes(made.workId);
      const rows = inPlace(row.ideas);
      return {
        ideas: rows.filter(({ idea }) => seen(idea)).map(({ idea }) => idea),
        assessments: rows.flatMap(({ assessments }) =>
          assessments
            .filter(seen)
            .map((a) => a.assessment)
            .sort(byRevision),
        ),
        vectors: rows.flatMap(({ vectors }) => vectors.filter(seen).map(({ vector }) => own(vector))),
        frames: row.frames
          .filter(({ frame }) => inRounds(frame))
          .map(framed)
          .sort(byRound),
        traces: row.traces
          .filter(inRounds)
          .map(({ trace }) => trace)
          .sort((a, b) => a.round - b.round),
      };
    },
    level(sessionId, levelFrameId) {
      const row = db.session(sessionId);
      const top = db.frames.get(levelFrameId);
      if (top?.frame.sessionId !== sessionId) throw new NireonError('STORE_REFERENCE_UNKNOWN', `frame ${levelFrameId} is not stored`);
      const within = row.frames.filter(({ levelId }) => levelId === levelFrameId);
      const ids = new Set(within.map(({ frame }) => frame.id));
      const previous = row.signals
        .filter((s): s is Signal<'level.assessed'> => s.type === 'level.assessed')
        .findLast((s) => s.data.round < top.frame.round);
      return {
        frame: top.frame,
        frames: within.filter((made) => made !== top).map((made) => ({ ...framed(made), refused: made.refused })),
        ideas: inPlace(row.ideas.filter(({ idea }) => ids.has(idea.frameId))).map(ranked),
        planted: row.signals.filter(
          (s): s is Signal<'seed.planted' | 'stagnation.detected'> =>
            s.frameid === levelFrameId && (s.type === 'seed.planted' || s.type === 'stagnation.detected'),
        ),
        nearDuplicates: row.work
          .filter(({ item }) => item.levelFrameId === levelFrameId)
          .reduce((sum, { item }) => sum + (item.outcome?.nearDuplicates ?? 0), 0),
        ...(previous ? { previous: previous.data } : {}),
        sessionBudget: db.frames.get(row.session.frameId)!.budget,
      };
    },
    frames: (sessionId, ids) =>
      db
        .session(sessionId)
        .frames.filter(({ frame }) => ids === undefined || ids.includes(frame.id))
        .map(({ frame }) => frame),
    listIdeas(sessionId, order, page) {
      const paged = pages.ideas(sessionId, order);
      const after = keyAfter(paged, page.cursor);
      const rows = db
        .session(sessionId)
        .ideas.filter(({ idea }) => order.seeds || idea.method !== 'seed')
        .map((row) => ({ row, idea: ranked(row) }))
        .map(({ row, idea }) => ({ idea, key: order.sort === 'trust' ? rankOf(idea.assessment, row.age) : [row.age] }))
        .filter(({ key }) => !after || compareKeys(key, after) > 0)
        .sort((a, b) => compareKeys(a.key, b.key));
      return pageFrom(paged, rows, page, { key: ({ key }) => key, item: ({ idea }) => idea });
    },
    getIdea(id) {
      const row = db.ideas.get(id);
      if (!row) return undefined;
      const children = db.session(row.idea.sessionId).ideas.filter(({ idea }) => idea.parentIds.includes(id));
      const assessments = row.assessments.map((a) => a.assessment).sort(byRevision);
      return { idea: row.idea, assessments, children: children.map(({ idea }) => idea) };
    },
    vectors: (sessionId, ideaIds) =>
      ideaIds
        .map((id) => db.ideas.get(id))
        .flatMap((row) => (row?.idea.sessionId === sessionId ? row.vectors.map(({ vector }) => own(vector)) : [])),
    traces: (sessionId) => db.session(sessionId).traces.map(({ trace }) => trace),
    signals: (sessionId, afterSequence, limit) => db.session(sessionId).signals.slice(afterSequence, afterSequence + limit),
    getSignal: (id) => db.signals.get(id),
  };
}
