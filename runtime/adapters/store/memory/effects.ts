import type { EffectSettlement } from '../../../domain/effect.ts';
import { NireonError } from '../../../domain/errors.ts';
import type { Budget } from '../../../domain/frame.ts';
import type { StoreCalls } from '../calls.ts';
import { pageFrom, keyAfter, compareKeys, pages } from '../paging.ts';
import { extendEffect, finishEffect, moved, startEffect, type JournalRow, type Ruling } from '../rules/journal.ts';
import { freeze, keep } from './copies.ts';
import type { Database, EntryRow, FrameRow } from './database.ts';

/** The frame and those above it, root first. */
function frameChain(db: Database, frameId: string): FrameRow[] {
  const chain: FrameRow[] = [];
  for (let row = db.frames.get(frameId); row; row = row.frame.parentId === undefined ? undefined : db.frames.get(row.frame.parentId))
    chain.push(row);
  if (chain.length === 0) throw new NireonError('STORE_REFERENCE_UNKNOWN', `frame ${frameId} is not stored`);
  return chain.reverse();
}

const budgetsOf = (chain: readonly FrameRow[]): Budget[] => chain.map(({ budget }) => budget);

/** Writes what the rules say of an entry that is there. */
export function write(db: Database, held: EntryRow, ruling: Omit<Ruling<unknown>, 'answer'>): void {
  if (ruling.row) held.row = freeze(ruling.row);
  settle(db, held.row.entry.frameId, ruling);
}

function settle(db: Database, frameId: string, { move, refused }: Omit<Ruling<unknown>, 'answer' | 'row'>): void {
  if (!move && !refused) return;
  for (const frame of frameChain(db, frameId)) {
    if (move) frame.budget = freeze(moved(frame.budget, move));
    if (refused && frame.frame.id === frameId) frame.refused = true;
  }
}

export function createEffects(
  db: Database,
): Pick<StoreCalls, 'startEffect' | 'extendEffect' | 'finishEffect' | 'getEffect' | 'listJournal' | 'budgets'> {
  const attempts = (effectId: string): EntryRow[] => db.journal.get(effectId) ?? [];
  const attemptOf = (effectId: string, attempt: number): EntryRow | undefined =>
    attempts(effectId).find(({ row }) => row.entry.attempt === attempt);

  function hasEnded({ effectId, attempt }: EffectSettlement): boolean {
    const state = db.work.get(attemptOf(effectId, attempt)?.row.entry.workId ?? '')?.item.state;
    return state !== 'running' && state !== 'ready';
  }

  function insert(row: JournalRow): void {
    const { effectId, workId, sessionId } = row.entry;
    const held: EntryRow = { row: freeze(row), age: db.nextAge() };
    db.journal.set(effectId, [...attempts(effectId), held]);
    db.session(sessionId).journal.push(held);
    db.work.get(workId)?.journal.push(held);
  }

  return {
    startEffect(effect, attempt) {
      const { session } = db.session(effect.sessionId);
      const work = db.work.get(effect.workId);
      const ruling = startEffect(keep(effect), attempt, {
        rows: attempts(effect.id).map(({ row }) => row),
        holds: work?.item.state === 'running' && work.item.attempt === attempt,
        stopping: session.status !== 'running',
        time: db.time(),
        chain: () => budgetsOf(frameChain(db, effect.frameId)),
      });
      const own = attemptOf(effect.id, attempt);
      if (own) write(db, own, ruling);
      else if (ruling.row) {
        insert(ruling.row);
        settle(db, effect.frameId, ruling);
      }
      return freeze(ruling.answer);
    },
    extendEffect(effectId, attempt, change) {
      const held = attemptOf(effectId, attempt);
      const ruling = extendEffect(held?.row, change, held ? budgetsOf(frameChain(db, held.row.entry.frameId)) : []);
      if (held) write(db, held, ruling);
      return ruling.answer;
    },
    finishEffect(settlement) {
      const ruling = finishEffect(
        attempts(settlement.effectId).map(({ row }) => row),
        keep(settlement),
        { time: db.time(), ended: hasEnded(settlement) },
      );
      write(db, attemptOf(settlement.effectId, settlement.attempt)!, ruling);
      return freeze(ruling.answer);
    },
    getEffect: (effectId, attempt) => attemptOf(effectId, attempt)?.row.entry,
    listJournal(filter, page) {
      const paged = pages.journal(filter);
      const after = keyAfter(paged, page.cursor);
      const rows = db
        .session(filter.sessionId)
        .journal.filter(
          ({ row, age }) =>
            (filter.workId === undefined || row.entry.workId === filter.workId) && (!after || compareKeys([age], after) > 0),
        );
      return pageFrom(paged, rows, page, { key: ({ age }) => [age], item: ({ row }) => row.entry });
    },
    budgets: (sessionId, frameIds) =>
      db
        .session(sessionId)
        .frames.filter(({ frame }) => frameIds === undefined || frameIds.includes(frame.id))
        .map(({ budget }) => budget),
  };
}
