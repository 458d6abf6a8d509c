import { NireonError } from '../../../domain/errors.ts';
import type { Budget } from '../../../domain/frame.ts';
import type { StoreCalls } from '../calls.ts';
import { encode } from '../encoding.ts';
import { keyAfter, pageFrom, pages } from '../paging.ts';
import { extendEffect, finishEffect, loseReservation, moved, startEffect, type JournalRow, type Ruling } from '../rules/journal.ts';
import { unknownSession, type Database } from './database.ts';
import { pack } from './packed.ts';
import { budgetOf, type BudgetRow } from '../rows.ts';
import { entryOf, journalRowOf, type EntryRow } from './entries.ts';

/** Budgets of the frame and of those above it, root first. */
function budgetChain(db: Database, frameId: string): Budget[] {
  const chain: Budget[] = [];
  for (let id: string | null = frameId; id !== null;) {
    const row: (BudgetRow & { parent_id: string | null }) | undefined = db.one('SELECT * FROM budgets WHERE frame_id = ?', [id]);
    if (!row) throw new NireonError('STORE_REFERENCE_UNKNOWN', `frame ${id} is not stored`);
    chain.unshift(budgetOf(row));
    id = row.parent_id;
  }
  return chain;
}

const columns = 'entry, request, result, kept';

function write(db: Database, ruling: Omit<Ruling<unknown>, 'answer'>, frameId: string): void {
  if (ruling.row) writeRow(db, ruling.row);
  if (ruling.move) {
    for (const budget of budgetChain(db, frameId)) {
      const { reserved, lost, spent, counted } = moved(budget, ruling.move);
      db.run('UPDATE budgets SET reserved = ?, lost = ?, spent = ?, counted = ? WHERE frame_id = ?', [
        ...[encode(reserved), encode(lost), encode(spent), encode(counted), budget.frameId],
      ]);
    }
  }
  if (ruling.refused) db.run('UPDATE frames SET refused = 1 WHERE id = ?', [frameId]);
}

function writeRow(db: Database, { entry: { request, result, ...entry }, ...kept }: JournalRow): void {
  db.run(
    `INSERT INTO journal (effect_id, attempt, session_id, work_id, state, entry, request, result, kept) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (effect_id, attempt) DO UPDATE SET state = excluded.state, entry = excluded.entry, result = excluded.result, kept = excluded.kept`,
    [
      ...[entry.effectId, entry.attempt, entry.sessionId, entry.workId, entry.state, encode(entry)],
      ...[pack(request), pack(result), encode(kept)],
    ],
  );
}

/** Open reservations of attempts below `attempt` become lost. */
export function loseReservations(db: Database, workId: string, attempt: number): void {
  const open = db.all<EntryRow>(`SELECT ${columns} FROM journal WHERE work_id = ? AND state = 'started' AND attempt < ? ORDER BY age`, [
    workId,
    attempt,
  ]);
  for (const row of open.map(journalRowOf)) write(db, loseReservation(row), row.entry.frameId);
}

type Effects = Pick<StoreCalls, 'startEffect' | 'extendEffect' | 'finishEffect' | 'getEffect' | 'listJournal' | 'budgets'>;

export function createEffects(db: Database): Effects {
  const attempts = (effectId: string): JournalRow[] =>
    db.all<EntryRow>(`SELECT ${columns} FROM journal WHERE effect_id = ? ORDER BY age`, [effectId]).map(journalRowOf);

  return {
    startEffect(effect, attempt) {
      const session = db.one<{ status: string }>('SELECT status FROM sessions WHERE id = ?', [effect.sessionId]);
      if (!session) throw unknownSession(effect.sessionId);
      const holds = db.one(`SELECT 1 FROM work WHERE id = ? AND attempt = ? AND state = 'running'`, [effect.workId, attempt]) !== undefined;
      const ruling = startEffect(effect, attempt, {
        rows: attempts(effect.id),
        ...{ holds, stopping: session.status !== 'running', time: new Date(db.now()).toISOString() },
        chain: () => budgetChain(db, effect.frameId),
      });
      write(db, ruling, effect.frameId);
      return ruling.answer;
    },
    extendEffect(effectId, attempt, change) {
      const found = db.one<EntryRow>(`SELECT ${columns} FROM journal WHERE effect_id = ? AND attempt = ?`, [effectId, attempt]);
      const row = found && journalRowOf(found);
      const ruling = extendEffect(row, change, row ? budgetChain(db, row.entry.frameId) : []);
      if (row) write(db, ruling, row.entry.frameId);
      return ruling.answer;
    },
    finishEffect(settlement) {
      const rows = attempts(settlement.effectId);
      const open = db.one(`SELECT 1 FROM work WHERE id = ? AND state IN ('ready', 'running')`, [rows[0]?.entry.workId ?? '']);
      const ruling = finishEffect(rows, settlement, { time: new Date(db.now()).toISOString(), ended: open === undefined });
      write(db, ruling, ruling.answer.frameId);
      return ruling.answer;
    },
    getEffect(effectId, attempt) {
      const row = db.one<EntryRow>(`SELECT ${columns} FROM journal WHERE effect_id = ? AND attempt = ?`, [effectId, attempt]);
      return row && entryOf(row);
    },
    listJournal(filter, page) {
      const paged = pages.journal(filter);
      const [age] = keyAfter(paged, page.cursor) ?? [0];
      db.needSession(filter.sessionId);
      const rows = db.all<EntryRow & { age: number }>(
        `SELECT age, ${columns} FROM journal
         WHERE ${filter.workId === undefined ? '' : 'work_id = :work AND'} session_id = :session AND age > :age ORDER BY age LIMIT :limit`,
        { session: filter.sessionId, age: age!, limit: page.limit + 1, ...(filter.workId === undefined ? {} : { work: filter.workId }) },
      );
      return pageFrom(paged, rows, page, { key: (row) => [row.age], item: entryOf });
    },
    budgets(sessionId, frameIds) {
      db.needSession(sessionId);
      const rows = db.all<BudgetRow>(
        frameIds === undefined
          ? 'SELECT * FROM budgets WHERE session_id = ? ORDER BY rowid'
          : 'SELECT * FROM budgets WHERE session_id = ? AND frame_id IN (SELECT value FROM json_each(?)) ORDER BY rowid',
        frameIds === undefined ? [sessionId] : [sessionId, JSON.stringify(frameIds)],
      );
      return rows.map(budgetOf);
    },
  };
}
