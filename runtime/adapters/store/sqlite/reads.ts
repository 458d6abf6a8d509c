import type { Assessment } from '../../../domain/assessment.ts';
import { NireonError } from '../../../domain/errors.ts';
import type { Idea, Vector } from '../../../domain/idea.ts';
import type { LevelSummary } from '../../../domain/level.ts';
import type { Resources } from '../../../domain/resources.ts';
import type { Signal } from '../../../domain/signal.ts';
import type { Trace } from '../../../domain/trace.ts';
import type { RankedIdea } from '../../../ports/store.ts';
import type { StoreCalls } from '../calls.ts';
import { vectorOf } from '../encoding.ts';
import { keyAfter, pageFrom, pages } from '../paging.ts';
import { byPlace, byRevision, byRound } from '../rules/order.ts';
import type { Database } from './database.ts';
import { budgetOf, frameOf, parse, workOf, type BudgetRow, type FrameRow, type WorkRow } from '../rows.ts';

type Reads = Pick<
  StoreCalls,
  'getWork' | 'listWork' | 'visible' | 'level' | 'frames' | 'listIdeas' | 'getIdea' | 'vectors' | 'traces' | 'signals' | 'getSignal'
>;

interface RecordRow {
  readonly record: string;
}
interface PlacedRow {
  readonly id: string;
  readonly round: number;
  readonly ordinal: number;
  readonly frameId: string;
  readonly index: number;
}
interface VectorRow {
  readonly facts: string;
  readonly elements: Uint8Array;
}
interface RankedRow extends RecordRow, PlacedRow {
  readonly assessment: string | null;
  readonly age: number;
  readonly rank_stable: number;
  readonly rank_trust: number;
}
type CostRow = FrameRow & { readonly counted: string; readonly refused: 0 | 1 };

const place = 'i.id, i.round, i.ordinal, i.frame_id AS frameId, i.place AS "index"';
const vectorFrom = ({ facts, elements }: VectorRow): Vector => ({ ...parse<Omit<Vector, 'values'>>(facts), values: vectorOf(elements) });
const framed = (row: CostRow) => ({ ...frameOf(row), counted: parse<Resources>(row.counted) });
const ranked = (row: RankedRow): RankedIdea => ({
  idea: parse<Idea>(row.record),
  ...(row.assessment === null ? {} : { assessment: parse<Assessment>(row.assessment) }),
});

const inRounds = (of: string): string => `${of}.round >= :fromRound AND ${of}.round < :round`;
/**
 * What was made in the rounds asked for or by the items of the chain: rows of `t`, each with the place of its idea `i`. What an item made
 * is of the item's round: with it the index leads there at once, whatever else the session holds.
 */
const seen = (columns: string, from: string, of: string): string => `
  SELECT ${columns}, ${place}, ${of}.age AS age FROM ${from} WHERE ${of}.session_id = :session AND ${inRounds(of)}
  UNION ALL SELECT ${columns}, ${place}, ${of}.age AS age
  FROM work w CROSS JOIN ${from}
  WHERE w.id IN (SELECT value FROM json_each(:chain))
    AND ${of}.session_id = :session AND ${of}.round = w.round AND ${of}.work_id = w.id AND NOT (${inRounds(of)})
  ORDER BY age`;
const seenIdeas = seen('i.record', 'ideas i', 'i');
const seenAssessments = seen('t.record', 'assessments t JOIN ideas i ON i.id = t.idea_id', 't');
const seenVectors = seen('t.facts, t.elements', 'vectors t JOIN ideas i ON i.id = t.idea_id', 't');

export function createReads(db: Database): Reads {
  return {
    getWork(id) {
      const row = db.one<WorkRow>('SELECT * FROM work WHERE id = ?', [id]);
      return row && workOf(row);
    },
    listWork(sessionId, page) {
      const paged = pages.work(sessionId);
      const [age] = keyAfter(paged, page.cursor) ?? [0];
      db.needSession(sessionId);
      const rows = db.all<WorkRow & { age: number }>('SELECT * FROM work WHERE session_id = ? AND age > ? ORDER BY age LIMIT ?', [
        ...[sessionId, age!, page.limit + 1],
      ]);
      return pageFrom(paged, rows, page, { key: (row) => [row.age], item: workOf });
    },

    visible(sessionId, { round, fromRound, chain }) {
      db.needSession(sessionId);
      const linked = { session: sessionId, round, fromRound, chain: JSON.stringify(chain) };
      const within = [sessionId, fromRound, round];
      return {
        ideas: db
          .all<RecordRow & PlacedRow>(seenIdeas, linked)
          .sort(byPlace)
          .map(({ record }) => parse<Idea>(record)),
        assessments: db
          .all<RecordRow & PlacedRow>(seenAssessments, linked)
          .map((row) => ({ row, assessment: parse<Assessment>(row.record) }))
          .sort((a, b) => byPlace(a.row, b.row) || byRevision(a.assessment, b.assessment))
          .map(({ assessment }) => assessment),
        vectors: db.all<VectorRow & PlacedRow>(seenVectors, linked).sort(byPlace).map(vectorFrom),
        frames: db
          .all<CostRow>(
            `SELECT f.*, b.counted FROM frames f JOIN budgets b ON b.frame_id = f.id WHERE f.session_id = ? AND f.round >= ? AND f.round < ?`,
            within,
          )
          .map(framed)
          .sort(byRound),
        traces: db
          .all<RecordRow>('SELECT record FROM traces WHERE session_id = ? AND round >= ? AND round < ? ORDER BY age', within)
          .map(({ record }) => parse<Trace>(record))
          .sort((a, b) => a.round - b.round),
      };
    },

    level(sessionId, levelFrameId) {
      db.needSession(sessionId);
      const top = db.one<FrameRow>('SELECT * FROM frames WHERE id = ? AND session_id = ?', [levelFrameId, sessionId]);
      if (!top) throw new NireonError('STORE_REFERENCE_UNKNOWN', `frame ${levelFrameId} is not stored`);
      const frame = frameOf(top);
      const previous = db.one<RecordRow>(
        `SELECT record FROM signals WHERE session_id = ? AND type = 'level.assessed' AND record ->> '$.data.round' < ? ORDER BY sequence DESC LIMIT 1`,
        [sessionId, frame.round],
      );
      return {
        frame,
        frames: db
          .all<CostRow>(
            `SELECT f.*, b.counted FROM frames f JOIN budgets b ON b.frame_id = f.id WHERE f.level_id = ? AND f.id <> f.level_id ORDER BY f.age`,
            [levelFrameId],
          )
          .map((row) => ({ ...framed(row), refused: row.refused === 1 })),
        ideas: db
          .all<RankedRow>(
            `SELECT i.record, a.record AS assessment, ${place} FROM frames f JOIN ideas i ON i.frame_id = f.id
               LEFT JOIN assessments a ON a.id = i.newest_id WHERE f.level_id = ?`,
            [levelFrameId],
          )
          .sort(byPlace)
          .map(ranked),
        planted: db
          .all<RecordRow>(
            `SELECT record FROM signals WHERE frame_id = ? AND type IN ('seed.planted', 'stagnation.detected') ORDER BY sequence`,
            [levelFrameId],
          )
          .map(({ record }) => parse<Signal<'seed.planted' | 'stagnation.detected'>>(record)),
        nearDuplicates:
          db.one<{ n: number | null }>('SELECT sum(near_duplicates) AS n FROM work WHERE level_id = ? AND near_duplicates > 0', [
            levelFrameId,
          ])?.n ?? 0,
        ...(previous ? { previous: parse<{ data: LevelSummary }>(previous.record).data } : {}),
        sessionBudget: budgetOf(
          db.one<BudgetRow>(`SELECT * FROM budgets WHERE frame_id = (SELECT facts ->> '$.frameId' FROM sessions WHERE id = ?)`, [
            sessionId,
          ])!,
        ),
      };
    },
    frames(sessionId, ids) {
      db.needSession(sessionId);
      const rows = db.all<FrameRow>(
        ids === undefined
          ? 'SELECT * FROM frames WHERE session_id = ? ORDER BY age'
          : 'SELECT * FROM frames WHERE session_id = ? AND id IN (SELECT value FROM json_each(?)) ORDER BY age',
        ids === undefined ? [sessionId] : [sessionId, JSON.stringify(ids)],
      );
      return rows.map(frameOf);
    },

    listIdeas(sessionId, order, page) {
      const paged = pages.ideas(sessionId, order);
      const after = keyAfter(paged, page.cursor);
      db.needSession(sessionId);
      const byTrust = order.sort === 'trust';
      const key = byTrust ? 'i.rank_stable, i.rank_trust, i.age' : 'i.age';
      const rows = db.all<RankedRow>(
        `SELECT i.record, a.record AS assessment, i.age, i.rank_stable, i.rank_trust
         FROM ideas i LEFT JOIN assessments a ON a.id = i.newest_id
         WHERE i.session_id = ? ${after ? `AND (${key}) > (${byTrust ? '?, ?, ?' : '?'})` : ''} ${order.seeds ? '' : 'AND i.seed = 0'}
         ORDER BY ${key} LIMIT ?`,
        [sessionId, ...(after ?? []), page.limit + 1],
      );
      return pageFrom(paged, rows, page, {
        key: (row) => (byTrust ? [row.rank_stable, row.rank_trust, row.age] : [row.age]),
        item: ranked,
      });
    },
    getIdea(id) {
      const row = db.one<RecordRow>('SELECT record FROM ideas WHERE id = ?', [id]);
      if (!row) return undefined;
      const idea = parse<Idea>(row.record);
      const assessments = db.all<RecordRow>('SELECT record FROM assessments WHERE idea_id = ?', [id]);
      const children = db.all<RecordRow>(
        `SELECT record FROM ideas WHERE session_id = ? AND EXISTS (SELECT 1 FROM json_each(record, '$.parentIds') WHERE value = ?) ORDER BY age`,
        [idea.sessionId, id],
      );
      return {
        idea,
        assessments: assessments.map(({ record }) => parse<Assessment>(record)).sort(byRevision),
        children: children.map(({ record }) => parse<Idea>(record)),
      };
    },
    vectors: (sessionId, ideaIds) =>
      ideaIds.flatMap((id) =>
        db
          .all<VectorRow>('SELECT facts, elements FROM vectors WHERE idea_id = ? AND session_id = ? ORDER BY age', [id, sessionId])
          .map(vectorFrom),
      ),
    traces(sessionId) {
      db.needSession(sessionId);
      return db
        .all<RecordRow>('SELECT record FROM traces WHERE session_id = ? ORDER BY age', [sessionId])
        .map(({ record }) => parse<Trace>(record));
    },
    signals(sessionId, afterSequence, limit) {
      db.needSession(sessionId);
      return db
        .all<RecordRow>('SELECT record FROM signals WHERE session_id = ? AND sequence > ? ORDER BY sequence LIMIT ?', [
          sessionId,
          afterSequence,
          limit,
        ])
        .map(({ record }) => parse<Signal>(record));
    },
    getSignal(id) {
      const row = db.one<RecordRow>('SELECT record FROM signals WHERE id = ?', [id]);
      return row && parse<Signal>(row.record);
    },
  };
}
