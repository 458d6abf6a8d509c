import { NireonError } from '../../../domain/errors.ts';
import type { JournalEntry } from '../../../domain/effect.ts';
import type { Budget } from '../../../domain/frame.ts';
import type { Store } from '../../../ports/store.ts';
import { encode } from '../encoding.ts';
import { keyAfter, pageFrom, pages } from '../paging.ts';
import { budgetOf, parse, type BudgetRow } from '../rows.ts';
import { extendEffect, finishEffect, moved, startEffect, type JournalRow, type Ruling } from '../rules/journal.ts';
import { iso } from '../rules/records.ts';
import { needSession, unknownSession, type Database, type Sql } from './database.ts';

interface EntryRow {
  readonly state: JournalEntry['state'];
  readonly reserved: string;
  readonly entry: string;
  readonly request: string | null;
  readonly result: string | null;
  readonly kept: string;
}
const columns = 'state, reserved, entry, request, result, kept';
const entryOf = (row: EntryRow): JournalEntry => ({
  ...parse<JournalEntry>(row.entry),
  state: row.state,
  reserved: parse(row.reserved),
  ...(row.request === null ? {} : { request: parse<NonNullable<JournalEntry['request']>>(row.request) }),
  ...(row.result === null ? {} : { result: parse<NonNullable<JournalEntry['result']>>(row.result) }),
});
const journalRowOf = (row: EntryRow): JournalRow => ({ entry: entryOf(row), ...parse<Omit<JournalRow, 'entry'>>(row.kept) });

const budgetChain = `
  WITH RECURSIVE chain AS (
    SELECT b.*, 0 AS height FROM budgets b WHERE frame_id = $1
    UNION ALL SELECT b.*, c.height + 1 FROM budgets b JOIN chain c ON b.frame_id = c.parent_id
  )
  SELECT frame_id, limits, reserved, lost, spent, counted FROM chain ORDER BY height DESC`;
const writeBudgets = `
  UPDATE budgets SET reserved = b.reserved, lost = b.lost, spent = b.spent, counted = b.counted
  FROM json_to_recordset($1) AS b(id text, reserved jsonb, lost jsonb, spent jsonb, counted jsonb) WHERE frame_id = b.id`;
const writeEntry = `
  INSERT INTO journal (effect_id, attempt, session_id, work_id, frame_id, state, reserved, entry, request, result, kept)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
  ON CONFLICT (effect_id, attempt) DO UPDATE
    SET state = excluded.state, reserved = excluded.reserved, entry = excluded.entry, result = excluded.result, kept = excluded.kept`;

/** Budgets of the frame and of those above it, root first. */
async function chainOf(sql: Sql, frameId: string): Promise<Budget[]> {
  const rows = await sql.all<BudgetRow>(budgetChain, [frameId]);
  if (rows.length === 0) throw new NireonError('STORE_REFERENCE_UNKNOWN', `frame ${frameId} is not stored`);
  return rows.map(budgetOf);
}

async function write(sql: Sql, ruling: Omit<Ruling<unknown>, 'answer'>, frameId: string, chain: readonly Budget[]): Promise<void> {
  if (ruling.row) {
    const { request, result, state, reserved, ...entry } = ruling.row.entry;
    const { entry: _entry, ...kept } = ruling.row;
    await sql.all(writeEntry, [
      ...[entry.effectId, entry.attempt, entry.sessionId, entry.workId, entry.frameId, state, encode(reserved), encode(entry)],
      ...[request === undefined ? null : encode(request), result === undefined ? null : encode(result), encode(kept)],
    ]);
  }
  const { move } = ruling;
  if (move) {
    const budgets = chain.map((budget) => moved(budget, move));
    await sql.all(writeBudgets, [
      encode(budgets.map(({ frameId: id, reserved, lost, spent, counted }) => ({ id, reserved, lost, spent, counted }))),
    ]);
  }
  if (ruling.refused) await sql.all('UPDATE frames SET refused = true WHERE id = $1', [frameId]);
}

type Effects = Pick<Store, 'startEffect' | 'extendEffect' | 'finishEffect' | 'getEffect' | 'listJournal' | 'budgets'>;

export function createEffects(db: Database): Effects {
  const attempts = async (sql: Sql, effectId: string): Promise<JournalRow[]> =>
    (await sql.all<EntryRow>(`SELECT ${columns} FROM journal WHERE effect_id = $1 ORDER BY age`, [effectId])).map(journalRowOf);
  /** Locks the session, as whoever writes in one does first; undefined if it is not there. */
  const lock = (sql: Sql, sessionId: string | undefined): Promise<{ status: string; ms: number } | undefined> =>
    sql.one('SELECT status, store_now($2) AS ms FROM sessions WHERE id = $1 FOR NO KEY UPDATE', [sessionId ?? null, db.now()]);
  const sessionOf = async (sql: Sql, effectId: string): Promise<string | undefined> =>
    (await sql.one<{ id: string }>('SELECT session_id AS id FROM journal WHERE effect_id = $1 LIMIT 1', [effectId]))?.id;

  return {
    startEffect: (effect, attempt) =>
      db.transaction(async (sql) => {
        const session = await lock(sql, effect.sessionId);
        if (!session) throw unknownSession(effect.sessionId);
        const held = await sql.one(`SELECT FROM work WHERE id = $1 AND attempt = $2 AND state = 'running'`, [effect.workId, attempt]);
        const rows = await attempts(sql, effect.id);
        const chain = await chainOf(sql, effect.frameId);
        const ruling = startEffect(effect, attempt, {
          ...{ rows, holds: held !== undefined, stopping: session.status !== 'running', time: iso(session.ms) },
          chain: () => chain,
        });
        await write(sql, ruling, effect.frameId, chain);
        return ruling.answer;
      }),
    extendEffect: (effectId, attempt, change) =>
      db.transaction(async (sql) => {
        await lock(sql, await sessionOf(sql, effectId));
        const found = await sql.one<EntryRow>(`SELECT ${columns} FROM journal WHERE effect_id = $1 AND attempt = $2`, [effectId, attempt]);
        const row = found && journalRowOf(found);
        const chain = row ? await chainOf(sql, row.entry.frameId) : [];
        const ruling = extendEffect(row, change, chain);
        if (row) await write(sql, ruling, row.entry.frameId, chain);
        return ruling.answer;
      }),
    finishEffect: (settlement) =>
      db.transaction(async (sql) => {
        const session = await lock(sql, await sessionOf(sql, settlement.effectId));
        const rows = await attempts(sql, settlement.effectId);
        const open = await sql.one(`SELECT FROM work WHERE id = $1 AND state IN ('ready', 'running')`, [rows[0]?.entry.workId ?? '']);
        const ruling = finishEffect(rows, settlement, { time: iso(session?.ms ?? 0), ended: open === undefined });
        const { frameId } = ruling.answer;
        await write(sql, ruling, frameId, ruling.move ? await chainOf(sql, frameId) : []);
        return ruling.answer;
      }),
    async getEffect(effectId, attempt) {
      const row = await db.one<EntryRow>(`SELECT ${columns} FROM journal WHERE effect_id = $1 AND attempt = $2`, [effectId, attempt]);
      return row && entryOf(row);
    },
    async listJournal(filter, page) {
      const paged = pages.journal(filter);
      const [age] = keyAfter(paged, page.cursor) ?? [0];
      const rows = await db.all<EntryRow & { age: number }>(
        `SELECT age, ${columns} FROM journal
         WHERE session_id = $1 AND age > $2 ${filter.workId === undefined ? '' : 'AND work_id = $4'} ORDER BY age LIMIT $3`,
        [filter.sessionId, age, page.limit + 1, ...(filter.workId === undefined ? [] : [filter.workId])],
      );
      if (rows.length === 0) await needSession(db, filter.sessionId);
      return pageFrom(paged, rows, page, { key: (row) => [row.age], item: entryOf });
    },
    async budgets(sessionId, frameIds) {
      const rows = await db.all<BudgetRow>(
        `SELECT * FROM budgets WHERE session_id = $1 AND ($2::text[] IS NULL OR frame_id = ANY ($2)) ORDER BY age`,
        [sessionId, frameIds ?? null],
      );
      if (rows.length === 0) await needSession(db, sessionId);
      return rows.map(budgetOf);
    },
  };
}
