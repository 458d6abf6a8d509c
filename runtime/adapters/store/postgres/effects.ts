import { NireonError } from '../../../domain/errors.ts';
import type { Effect, JournalEntry } from '../../../domain/effect.ts';
import type { Budget } from '../../../domain/frame.ts';
import type { Session } from '../../../domain/session.ts';
import type { WorkItem } from '../../../domain/work.ts';
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

interface FactsRow {
  readonly status: Session['status'] | null;
  readonly now_ms: number;
  readonly work_state: WorkItem['state'] | null;
  readonly work_attempt: number | null;
  readonly attempts: string | null;
  readonly chain: string | null;
}
const factsOf = 'SELECT * FROM effect_facts($1, $2, $3, $4, $5)';
const writeRuling = 'SELECT write_ruling($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)';

/** Where an effect that is started stands; one that was started before says so itself. */
type Place = Pick<Effect, 'sessionId' | 'workId' | 'frameId'>;

type Effects = Pick<Store, 'startEffect' | 'extendEffect' | 'finishEffect' | 'getEffect' | 'listJournal' | 'budgets'>;

export function createEffects(db: Database): Effects {
  /** Two round trips between BEGIN and COMMIT: what is known, with the session locked; and what the rules make of it. */
  const ruled = <T>(
    effectId: string,
    place: Place | undefined,
    rule: (known: { facts: FactsRow; rows: readonly JournalRow[]; chain: readonly Budget[] }) => { ruling: Ruling<T>; frameId: string },
  ): Promise<T> =>
    db.transaction(async (sql) => {
      const given = [db.now(), effectId, place?.sessionId ?? null, place?.workId ?? null, place?.frameId ?? null];
      const facts = (await sql.one<FactsRow>(factsOf, given))!;
      const rows = facts.attempts === null ? [] : parse<EntryRow[]>(facts.attempts).map(journalRowOf);
      const chain = facts.chain === null ? [] : parse<Budget[]>(facts.chain);
      const { ruling, frameId } = rule({ facts, rows, chain });
      await write(sql, ruling, frameId, chain);
      return ruling.answer;
    });

  return {
    startEffect: (effect, attempt) =>
      ruled(effect.id, effect, ({ facts, rows, chain }) => {
        if (facts.status === null) throw unknownSession(effect.sessionId);
        if (chain.length === 0) throw new NireonError('STORE_REFERENCE_UNKNOWN', `frame ${effect.frameId} is not stored`);
        const holds = facts.work_state === 'running' && facts.work_attempt === attempt;
        const known = { rows, holds, stopping: facts.status !== 'running', time: iso(facts.now_ms), chain: () => chain };
        return { ruling: startEffect(effect, attempt, known), frameId: effect.frameId };
      }),
    extendEffect: (effectId, attempt, change) =>
      ruled(effectId, undefined, ({ rows, chain }) => {
        const row = rows.find(({ entry }) => entry.attempt === attempt);
        return { ruling: extendEffect(row, change, chain), frameId: row?.entry.frameId ?? '' };
      }),
    finishEffect: (settlement) =>
      ruled(settlement.effectId, undefined, ({ facts, rows }) => {
        const ended = facts.work_state !== 'ready' && facts.work_state !== 'running';
        const ruling = finishEffect(rows, settlement, { time: iso(facts.now_ms), ended });
        return { ruling, frameId: ruling.answer.frameId };
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

async function write(sql: Sql, { row, move, refused }: Ruling<unknown>, frameId: string, chain: readonly Budget[]): Promise<void> {
  if (!row && !move && !refused) return;
  const { request, result, state, reserved, ...entry } = row?.entry ?? ({} as Partial<JournalEntry>);
  const { entry: _entry, ...kept } = row ?? ({} as Partial<JournalRow>);
  await sql.one(writeRuling, [
    ...[entry.effectId ?? null, entry.attempt ?? null, entry.sessionId ?? null, entry.workId ?? null, frameId, state ?? null],
    ...[reserved ? encode(reserved) : null, row ? encode(entry) : null],
    ...[request === undefined ? null : encode(request), result === undefined ? null : encode(result), row ? encode(kept) : null],
    ...[move ? encode(chain.map((budget) => moved(budget, move))) : null, refused ?? false],
  ]);
}
