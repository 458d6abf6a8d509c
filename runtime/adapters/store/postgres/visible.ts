import type { Assessment } from '../../../domain/assessment.ts';
import { NireonError } from '../../../domain/errors.ts';
import type { Idea } from '../../../domain/idea.ts';
import type { LevelSummary } from '../../../domain/level.ts';
import type { Resources } from '../../../domain/resources.ts';
import type { Signal } from '../../../domain/signal.ts';
import type { Trace } from '../../../domain/trace.ts';
import type { Store } from '../../../ports/store.ts';
import { budgetOf, frameOf, parse, type BudgetRow, type FrameRow } from '../rows.ts';
import { byPlace, byRevision, byRound } from '../rules/order.ts';
import { needSession, type Database } from './database.ts';
import { ranked, signalOf, vectorFrom, type RankedRow, type RecordRow, type SignalRow, type VectorRow } from './reads.ts';

interface PlacedRow {
  readonly id: string;
  readonly round: number;
  readonly ordinal: number;
  readonly frameId: string;
  readonly index: number;
}
type CostRow = FrameRow & { readonly counted: string; readonly refused: boolean };
type SeenRow = { readonly kind: 'idea' | 'assessment' | 'vector' | 'frame' | 'trace' } & RecordRow & VectorRow & PlacedRow & CostRow;

const place = 'i.id, i.round, i.ordinal, i.frame_id AS "frameId", i.place AS "index"';
const framed = (row: CostRow) => ({ ...frameOf(row), counted: parse<Resources>(row.counted) });

const noFrame = 'NULL::integer AS open, NULL AS status, NULL AS outcome, NULL::jsonb AS counted, NULL::boolean AS refused';
const noPlace = `'' AS id, 0 AS round, 0 AS ordinal, '' AS "frameId", 0 AS "index"`;
/** What was made in the rounds asked for or by the items of the chain: rows of `t`, each with the place of its idea `i`. */
const seen = (kind: string, columns: string, from: string, t: string): string => {
  const rows = `SELECT '${kind}' AS kind, ${columns}, ${place}, ${noFrame}, ${t}.age FROM ${from} WHERE ${t}.session_id = $1`;
  const inRounds = `${t}.round >= $2 AND ${t}.round < $3`;
  return `${rows} AND ${inRounds} UNION ALL ${rows} AND ${t}.work_id = ANY ($4) AND NOT (${inRounds})`;
};
/** All that is seen in one statement: one round trip, and one moment. */
const visible = [
  seen('idea', 'i.record, NULL AS facts, NULL::bytea AS elements', 'ideas i', 'i'),
  seen('assessment', 't.record, NULL, NULL', 'assessments t JOIN ideas i ON i.id = t.idea_id', 't'),
  seen('vector', 'NULL, t.facts, t.elements', 'vectors t JOIN ideas i ON i.id = t.idea_id', 't'),
  `SELECT 'frame', NULL, f.facts, NULL, ${noPlace}, f.open, f.status, f.outcome, b.counted, f.refused, f.age
   FROM frames f JOIN budgets b ON b.frame_id = f.id WHERE f.session_id = $1 AND f.round >= $2 AND f.round < $3`,
  `SELECT 'trace', record, NULL, NULL, ${noPlace}, ${noFrame}, age FROM traces WHERE session_id = $1 AND round >= $2 AND round < $3`,
].join(' UNION ALL ');

export function createVisible(db: Database): Pick<Store, 'visible' | 'level'> {
  return {
    async visible(sessionId, { round, fromRound, chain }) {
      const rows = await db.all<SeenRow>(`${visible} ORDER BY age`, [sessionId, fromRound, round, chain]);
      if (rows.length === 0) await needSession(db, sessionId);
      const of = (kind: SeenRow['kind']): SeenRow[] => rows.filter((row) => row.kind === kind);
      return {
        ideas: of('idea')
          .sort(byPlace)
          .map(({ record }) => parse<Idea>(record)),
        assessments: of('assessment')
          .map((row) => ({ row, assessment: parse<Assessment>(row.record) }))
          .sort((a, b) => byPlace(a.row, b.row) || byRevision(a.assessment, b.assessment))
          .map(({ assessment }) => assessment),
        vectors: of('vector').sort(byPlace).map(vectorFrom),
        frames: of('frame').map(framed).sort(byRound),
        traces: of('trace')
          .map(({ record }) => parse<Trace>(record))
          .sort((a, b) => a.round - b.round),
      };
    },

    level: (sessionId, levelFrameId) =>
      db.snapshot(async (sql) => {
        const top = await sql.one<FrameRow>('SELECT * FROM frames WHERE id = $1 AND session_id = $2', [levelFrameId, sessionId]);
        if (!top) {
          await needSession(sql, sessionId);
          throw new NireonError('STORE_REFERENCE_UNKNOWN', `frame ${levelFrameId} is not stored`);
        }
        const frame = frameOf(top);
        const previous = await sql.one<RecordRow>(
          `SELECT record FROM signals WHERE session_id = $1 AND type = 'level.assessed' AND round < $2 ORDER BY sequence DESC LIMIT 1`,
          [sessionId, frame.round],
        );
        const frames = await sql.all<CostRow>(
          'SELECT f.*, b.counted FROM frames f JOIN budgets b ON b.frame_id = f.id WHERE f.level_id = $1 AND f.id <> f.level_id ORDER BY f.age',
          [levelFrameId],
        );
        const ideas = await sql.all<RankedRow & PlacedRow>(
          `SELECT i.record, a.record AS assessment, ${place} FROM frames f JOIN ideas i ON i.frame_id = f.id
             LEFT JOIN assessments a ON a.id = i.newest_id WHERE f.level_id = $1`,
          [levelFrameId],
        );
        const planted = await sql.all<SignalRow>(
          `SELECT record, sequence FROM signals WHERE frame_id = $1 AND type IN ('seed.planted', 'stagnation.detected') ORDER BY sequence`,
          [levelFrameId],
        );
        const near = await sql.one<{ n: number | null }>(
          'SELECT sum(near_duplicates) AS n FROM work WHERE level_id = $1 AND near_duplicates > 0',
          [levelFrameId],
        );
        const budget = await sql.one<BudgetRow>('SELECT * FROM budgets WHERE frame_id = (SELECT root_id FROM sessions WHERE id = $1)', [
          sessionId,
        ]);
        return {
          frame,
          frames: frames.map((row) => ({ ...framed(row), refused: row.refused })),
          ideas: ideas.sort(byPlace).map(ranked),
          planted: planted.map((row) => signalOf(row) as Signal<'seed.planted' | 'stagnation.detected'>),
          nearDuplicates: near?.n ?? 0,
          ...(previous ? { previous: parse<{ data: LevelSummary }>(previous.record).data } : {}),
          sessionBudget: budgetOf(budget!),
        };
      }),
  };
}
