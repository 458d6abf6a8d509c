import { admission, type Effect, type EffectSettlement, type JournalEntry } from '../../../domain/effect.ts';
import { NireonError } from '../../../domain/errors.ts';
import {
  add,
  excess,
  fill,
  noResources,
  subtract,
  type PartialResources,
  type ResourceName,
  type Resources,
} from '../../../domain/resources.ts';
import type { EffectStart, Store } from '../../../ports/store.ts';
import type { Database } from './database.ts';
import { keep, type EntryRow, type FrameRow } from './tables.ts';

const isFinal = (entry: JournalEntry): boolean => entry.state === 'done' || entry.state === 'failed' || entry.state === 'refused';

/** The frame and those above it, root first: the order in which budgets are locked. */
function budgetChain(db: Database, frameId: string): FrameRow[] {
  const chain: FrameRow[] = [];
  for (let row = db.frames.get(frameId); row; row = row.frame.parentId === undefined ? undefined : db.frames.get(row.frame.parentId))
    chain.push(row);
  if (chain.length === 0) throw new NireonError('STORE_REFERENCE_UNKNOWN', `frame ${frameId} is not stored`);
  return chain.reverse();
}

function admitted(chain: readonly FrameRow[], need: PartialResources): 'fits' | 'waits' | { refusedBy: ResourceName } {
  let waits = false;
  for (const { budget } of chain) {
    const answer = admission(budget, need);
    if (typeof answer === 'object') return answer;
    waits ||= answer === 'waits';
  }
  return waits ? 'waits' : 'fits';
}

function move(chain: readonly FrameRow[], change: { reserved?: Resources; lost?: Resources; spent?: Resources }): void {
  for (const { budget } of chain) {
    if (change.reserved) budget.reserved = add(budget.reserved, change.reserved);
    if (change.lost) budget.lost = add(budget.lost, change.lost);
    if (change.spent) budget.spent = add(budget.spent, change.spent);
  }
}

const minus = (a: PartialResources): Resources => subtract(noResources, a);

/** Open reservations of attempts below `attempt` become lost: they count against the limit, but not as spent. */
export function loseReservations(db: Database, workId: string, attempt: number): void {
  for (const row of db.openEntries(workId)) {
    const { entry } = row;
    if (entry.state !== 'started' || entry.attempt >= attempt) continue;
    entry.state = 'lost';
    move(budgetChain(db, entry.frameId), { reserved: minus(entry.reserved), lost: entry.reserved });
  }
}

export function startEffect(db: Database, effect: Effect, attempt: number): EffectStart {
  const work = db.work.get(effect.workId);
  const session = db.session(effect.sessionId);
  const rows = db.journal.get(effect.id) ?? [];
  const other = rows.find(({ entry }) => entry.requestDigest !== effect.requestDigest);
  if (other)
    throw new NireonError(
      'REPLAY_DIVERGED',
      `effect ${effect.name} ${effect.ordinal} of ${effect.workId} was asked for with another request`,
    );
  const done = rows.find(({ entry }) => entry.state === 'done');
  if (done) return { kind: 'recorded', entry: keep(done.entry) };
  if (!work || work.item.state !== 'running' || work.item.attempt !== attempt) return { kind: 'fenced' };
  const repeats = rows.some(({ entry }) => entry.attempt < attempt && entry.state === 'lost');
  const own = rows.find(({ entry }) => entry.attempt === attempt);
  if (own && own.entry.state === 'started') return { kind: 'started', repeats };

  const begin = (state: 'started' | 'refused', reserved: Resources, code?: string): void => {
    const entry: JournalEntry = {
      effectId: effect.id,
      attempt,
      sessionId: effect.sessionId,
      workId: effect.workId,
      frameId: effect.frameId,
      name: effect.name,
      ordinal: effect.ordinal,
      kind: effect.kind,
      requestDigest: effect.requestDigest,
      request: keep(effect.request) as NonNullable<JournalEntry['request']>,
      state,
      ...(code === undefined ? {} : { code, finishedAt: db.time() }),
      reserved,
      usage: noResources,
      overrun: noResources,
      calls: [],
      startedAt: db.time(),
    };
    const row: EntryRow = { entry, granted: new Set(), charged: new Set() };
    db.journal.set(effect.id, [...rows.filter(({ entry: e }) => e.attempt !== attempt), row]);
    session.journal.push(row);
  };
  if (session.session.status !== 'running' && effect.kind !== 'embed') {
    begin('refused', noResources, 'SESSION_STOPPED');
    return { kind: 'refused', code: 'SESSION_STOPPED' };
  }
  const chain = budgetChain(db, effect.frameId);
  const answer = admitted(chain, effect.reserve);
  if (answer === 'waits') return { kind: 'waits' };
  if (answer !== 'fits') {
    begin('refused', noResources, 'BUDGET_EXHAUSTED');
    for (const row of chain) if (row.frame.id === effect.frameId) row.refused = true;
    return { kind: 'refused', code: 'BUDGET_EXHAUSTED', resource: answer.refusedBy };
  }
  const reserved = fill(effect.reserve);
  begin('started', reserved);
  move(chain, { reserved });
  return { kind: 'started', repeats };
}

export function extendEffect(
  db: Database,
  effectId: string,
  attempt: number,
  change: Parameters<Store['extendEffect']>[2],
): Awaited<ReturnType<Store['extendEffect']>> {
  const row = (db.journal.get(effectId) ?? []).find(({ entry }) => entry.attempt === attempt);
  if (!row || isFinal(row.entry)) throw new NireonError('STORE_REFERENCE_UNKNOWN', `effect ${effectId} attempt ${attempt} is not open`);
  const { entry } = row;
  const chain = budgetChain(db, entry.frameId);
  // A zombie's reservation is counted as lost: its charges come out of that.
  const pot = entry.state === 'lost' ? ('lost' as const) : ('reserved' as const);
  if (!row.charged.has(change.ordinal)) {
    row.charged.add(change.ordinal);
    const spend = fill(change.spend);
    entry.reserved = excess(entry.reserved, spend);
    entry.usage = add(entry.usage, spend);
    move(chain, { [pot]: minus(spend), spent: spend });
  }
  if (row.granted.has(change.ordinal)) return { kind: 'extended' };
  const answer = admitted(chain, change.reserve);
  if (answer === 'waits') return { kind: 'waits' };
  if (answer !== 'fits') {
    for (const frame of chain) if (frame.frame.id === entry.frameId) frame.refused = true;
    return { kind: 'refused', resource: answer.refusedBy };
  }
  row.granted.add(change.ordinal);
  const more = fill(change.reserve);
  entry.reserved = add(entry.reserved, more);
  move(chain, { [pot]: more });
  return { kind: 'extended' };
}

export function finishEffect(db: Database, settlement: EffectSettlement): JournalEntry {
  const rows = db.journal.get(settlement.effectId) ?? [];
  const row = rows.find(({ entry }) => entry.attempt === settlement.attempt);
  if (!row)
    throw new NireonError('STORE_REFERENCE_UNKNOWN', `effect ${settlement.effectId} attempt ${settlement.attempt} was never started`);
  const { entry } = row;
  const counts = rows.find(({ entry: e }) => e.state === 'done' && e.attempt !== settlement.attempt)?.entry;
  if (!isFinal(entry)) {
    const chain = budgetChain(db, entry.frameId);
    const pot = entry.state === 'lost' ? ('lost' as const) : ('reserved' as const);
    move(chain, { [pot]: minus(entry.reserved), spent: settlement.usage });
    entry.overrun = add(entry.overrun, excess(settlement.usage, entry.reserved));
    entry.usage = add(entry.usage, settlement.usage);
    entry.reserved = noResources;
    entry.finishedAt = db.time();
    entry.calls = keep([...settlement.calls]);
    if (settlement.model !== undefined) entry.model = settlement.model;
    // Only one result counts: a later one is worth its usage alone.
    entry.state = counts ? 'failed' : settlement.state;
    if (settlement.code !== undefined) entry.code = settlement.code;
    if (entry.state === 'done') entry.result = keep(settlement.result) as NonNullable<JournalEntry['result']>;
  }
  return keep(counts ?? entry);
}
