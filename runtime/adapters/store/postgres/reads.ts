import type { Assessment } from '../../../domain/assessment.ts';
import type { Idea, Vector } from '../../../domain/idea.ts';
import type { Signal } from '../../../domain/signal.ts';
import type { Trace } from '../../../domain/trace.ts';
import type { RankedIdea, Store } from '../../../ports/store.ts';
import { vectorOf } from '../encoding.ts';
import { keyAfter, pageFrom, pages } from '../paging.ts';
import { frameOf, parse, workOf, type FrameRow, type WorkRow } from '../rows.ts';
import { byRevision } from '../rules/order.ts';
import { needSession, unknownSession, type Database } from './database.ts';

type Reads = Pick<Store, 'getWork' | 'listWork' | 'frames' | 'listIdeas' | 'getIdea' | 'vectors' | 'traces' | 'signals' | 'getSignal'>;

export interface RecordRow {
  readonly record: string;
}
export interface SignalRow extends RecordRow {
  readonly sequence: number;
}
export interface VectorRow {
  readonly facts: string;
  readonly elements: Buffer;
}
export interface RankedRow extends RecordRow {
  readonly assessment: string | null;
}

export const signalOf = ({ record, sequence }: SignalRow): Signal => ({ ...parse<Signal>(record), sequence });
export const vectorFrom = ({ facts, elements }: VectorRow): Vector => ({
  ...parse<Omit<Vector, 'values'>>(facts),
  values: vectorOf(elements),
});
export const ranked = (row: RankedRow): RankedIdea => ({
  idea: parse<Idea>(row.record),
  ...(row.assessment === null ? {} : { assessment: parse<Assessment>(row.assessment) }),
});

export function createReads(db: Database): Reads {
  /** Rows of a session; where there are none it is asked whether there is such a session. */
  async function ofSession<Row>(sql: string, values: readonly [sessionId: string, ...unknown[]]): Promise<Row[]> {
    const rows = await db.all<Row>(sql, values);
    if (rows.length === 0) await needSession(db, values[0]);
    return rows;
  }
  return {
    async getWork(id) {
      const row = await db.one<WorkRow>('SELECT * FROM work WHERE id = $1', [id]);
      return row && workOf(row);
    },
    async listWork(sessionId, page) {
      const paged = pages.work(sessionId);
      const [age] = keyAfter(paged, page.cursor) ?? [0];
      const rows = await ofSession<WorkRow & { age: number }>(
        'SELECT * FROM work WHERE session_id = $1 AND age > $2 ORDER BY age LIMIT $3',
        [sessionId, age, page.limit + 1],
      );
      return pageFrom(paged, rows, page, { key: (row) => [row.age], item: workOf });
    },
    async frames(sessionId, ids) {
      const rows = await ofSession<FrameRow>(
        'SELECT * FROM frames WHERE session_id = $1 AND ($2::text[] IS NULL OR id = ANY ($2)) ORDER BY age',
        [sessionId, ids ?? null],
      );
      return rows.map(frameOf);
    },
    async listIdeas(sessionId, order, page) {
      const paged = pages.ideas(sessionId, order);
      const after = keyAfter(paged, page.cursor);
      const byTrust = order.sort === 'trust';
      const key = byTrust ? 'i.rank_stable, i.rank_trust, i.age' : 'i.age';
      const rows = await ofSession<RankedRow & { age: number; rank_stable: number; rank_trust: number }>(
        `SELECT i.record, a.record AS assessment, i.age, i.rank_stable, i.rank_trust
         FROM ideas i LEFT JOIN assessments a ON a.id = i.newest_id
         WHERE i.session_id = $1 ${order.seeds ? '' : 'AND NOT i.seed'} ${after ? `AND (${key}) > (${byTrust ? '$3, $4, $5' : '$3'})` : ''}
         ORDER BY ${key} LIMIT $2`,
        [sessionId, page.limit + 1, ...(after ?? [])],
      );
      return pageFrom(paged, rows, page, {
        key: (row) => (byTrust ? [row.rank_stable, row.rank_trust, row.age] : [row.age]),
        item: ranked,
      });
    },
    async getIdea(id) {
      const rows = await db.all<RecordRow & { kind: 'idea' | 'assessment' | 'child' }>(
        `SELECT 'idea' AS kind, record, age FROM ideas WHERE id = $1
         UNION ALL SELECT 'assessment', record, age FROM assessments WHERE idea_id = $1
         UNION ALL SELECT 'child', c.record, c.age FROM ideas p JOIN ideas c ON c.session_id = p.session_id AND $1 = ANY (c.parent_ids) WHERE p.id = $1
         ORDER BY age`,
        [id],
      );
      const of = <T>(kind: string): T[] => rows.filter((row) => row.kind === kind).map(({ record }) => parse<T>(record));
      const [idea] = of<Idea>('idea');
      return idea && { idea, assessments: of<Assessment>('assessment').sort(byRevision), children: of<Idea>('child') };
    },
    async vectors(sessionId, ideaIds) {
      const rows = await db.all<VectorRow>(
        `SELECT v.facts, v.elements FROM unnest($2::text[]) WITH ORDINALITY AS wanted(id, place)
           JOIN vectors v ON v.idea_id = wanted.id AND v.session_id = $1
         ORDER BY wanted.place, v.age`,
        [sessionId, ideaIds],
      );
      return rows.map(vectorFrom);
    },
    async traces(sessionId) {
      const rows = await ofSession<RecordRow>('SELECT record FROM traces WHERE session_id = $1 ORDER BY age', [sessionId]);
      return rows.map(({ record }) => parse<Trace>(record));
    },
    async signals(sessionId, afterSequence, limit) {
      // Asked all the time by whoever follows, mostly for nothing: a session without news is one row of nulls.
      const rows = await db.all<SignalRow | { readonly record: null }>(
        `SELECT n.record, n.sequence FROM sessions LEFT JOIN LATERAL (
           SELECT record, sequence FROM signals WHERE session_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3
         ) n ON true WHERE id = $1 ORDER BY n.sequence`,
        [sessionId, afterSequence, limit],
      );
      if (rows.length === 0) throw unknownSession(sessionId);
      return rows.filter((row) => row.record !== null).map(signalOf);
    },
    async getSignal(id) {
      const row = await db.one<SignalRow>('SELECT record, sequence FROM signals WHERE id = $1', [id]);
      return row && signalOf(row);
    },
  };
}
