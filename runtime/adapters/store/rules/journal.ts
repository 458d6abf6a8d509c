import { admission, type Effect, type EffectSettlement, type JournalEntry } from '../../../domain/effect.ts';
import { NireonError } from '../../../domain/errors.ts';
import type { Budget } from '../../../domain/frame.ts';
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

/** A journal entry with what the store alone knows of it. */
export interface JournalRow {
  readonly entry: JournalEntry;
  /** Ordinals of the extensions that were granted, and of those whose charge was made. */
  readonly granted: readonly number[];
  readonly charged: readonly number[];
  /** The resource that a refusal named. */
  readonly refusedBy?: ResourceName;
}

/** What is added to every budget from the root down to the entry's frame. */
export type BudgetMove = Readonly<Partial<Record<'reserved' | 'lost' | 'spent' | 'counted', Resources>>>;

/** What a call answers and what it writes; a part that is absent is left alone. `refused`: the frame was denied something for budget. */
export interface Ruling<T> {
  readonly answer: T;
  readonly row?: JournalRow;
  readonly move?: BudgetMove;
  readonly refused?: true;
}

const minus = (a: PartialResources): Resources => subtract(noResources, a);
const isFinal = (entry: JournalEntry): boolean => entry.state !== 'started' && entry.state !== 'lost';
const potOf = (entry: JournalEntry): 'reserved' | 'lost' => (entry.state === 'lost' ? 'lost' : 'reserved');

export function moved(budget: Budget, move: BudgetMove): Budget {
  return {
    ...budget,
    reserved: move.reserved ? add(budget.reserved, move.reserved) : budget.reserved,
    lost: move.lost ? add(budget.lost, move.lost) : budget.lost,
    spent: move.spent ? add(budget.spent, move.spent) : budget.spent,
    counted: move.counted ? add(budget.counted, move.counted) : budget.counted,
  };
}

function admitted(chain: readonly Budget[], need: PartialResources): 'fits' | 'waits' | { refusedBy: ResourceName } {
  const answers = chain.map((budget) => admission(budget, need));
  return answers.find((answer) => typeof answer === 'object') ?? (answers.includes('waits') ? 'waits' : 'fits');
}

/** What startEffect rules. `holds`: the attempt holds the item. `chain` is asked only where a reservation is tried; root first. */
export function startEffect(
  effect: Effect,
  attempt: number,
  known: { rows: readonly JournalRow[]; holds: boolean; stopping: boolean; time: string; chain: () => readonly Budget[] },
): Ruling<EffectStart> {
  const { rows } = known;
  if (rows.some(({ entry }) => entry.requestDigest !== effect.requestDigest)) {
    throw new NireonError(
      'REPLAY_DIVERGED',
      `effect ${effect.name} ${effect.ordinal} of ${effect.workId} was asked for with another request`,
    );
  }
  const done = rows.find(({ entry }) => entry.state === 'done');
  if (done) return { answer: { kind: 'recorded', entry: done.entry } };
  if (!known.holds) return { answer: { kind: 'fenced' } };
  const repeats = rows.some(({ entry }) => entry.attempt < attempt && entry.state === 'lost');
  const own = rows.find(({ entry }) => entry.attempt === attempt);
  if (own?.entry.state === 'started') return { answer: { kind: 'started', repeats } };
  if (own?.entry.state === 'refused') return { answer: refusal(own.entry, own.refusedBy) };

  const { id, sessionId, workId, frameId, name, ordinal, kind, requestDigest } = effect;
  const entry: JournalEntry = {
    ...{ effectId: id, attempt, sessionId, workId, frameId, name, ordinal, kind, requestDigest },
    request: effect.request as NonNullable<JournalEntry['request']>,
    state: 'started',
    reserved: noResources,
    // The same attempt may call again after a failure: what that cost stays.
    usage: own?.entry.usage ?? noResources,
    overrun: own?.entry.overrun ?? noResources,
    calls: [],
    startedAt: known.time,
  };
  const row: JournalRow = { entry, granted: [], charged: [] };
  const refuse = (code: 'BUDGET_EXHAUSTED' | 'SESSION_STOPPED', refusedBy?: ResourceName): Ruling<EffectStart> => {
    const refused: JournalEntry = { ...entry, state: 'refused', code, finishedAt: known.time };
    return { answer: refusal(refused, refusedBy), row: { ...row, entry: refused, ...(refusedBy ? { refusedBy } : {}) } };
  };
  if (known.stopping && kind !== 'embed') return refuse('SESSION_STOPPED');
  const answer = admitted(known.chain(), effect.reserve);
  if (answer === 'waits') return { answer: { kind: 'waits' } };
  if (answer !== 'fits') return { ...refuse('BUDGET_EXHAUSTED', answer.refusedBy), refused: true };
  const reserved = fill(effect.reserve);
  return { answer: { kind: 'started', repeats }, row: { ...row, entry: { ...entry, reserved } }, move: { reserved } };
}

function refusal(entry: JournalEntry, resource: ResourceName | undefined): EffectStart {
  const code = entry.code === 'SESSION_STOPPED' ? 'SESSION_STOPPED' : 'BUDGET_EXHAUSTED';
  return { kind: 'refused', code, ...(resource ? { resource } : {}) };
}

/** What extendEffect rules. STORE_REFERENCE_UNKNOWN where the entry is not open. */
export function extendEffect(
  row: JournalRow | undefined,
  change: Parameters<Store['extendEffect']>[2],
  chain: readonly Budget[],
): Ruling<Awaited<ReturnType<Store['extendEffect']>>> {
  if (!row || isFinal(row.entry)) throw new NireonError('STORE_REFERENCE_UNKNOWN', 'the effect to be extended is not open');
  // A zombie's reservation is counted as lost: its charges come out of that.
  const pot = potOf(row.entry);
  let next = row;
  let move: BudgetMove = {};
  if (!row.charged.includes(change.ordinal)) {
    const { entry } = row;
    const overrun = excess(change.spend, entry.reserved);
    const drawn = subtract(change.spend, overrun);
    move = { [pot]: minus(drawn), spent: fill(change.spend) };
    next = {
      ...row,
      charged: [...row.charged, change.ordinal],
      entry: {
        ...entry,
        reserved: subtract(entry.reserved, drawn),
        usage: add(entry.usage, change.spend),
        overrun: add(entry.overrun, overrun),
      },
    };
  }
  if (row.granted.includes(change.ordinal)) return { answer: { kind: 'extended' } };
  const written = next === row ? {} : { row: next, move };
  const answer = admitted(
    chain.map((budget) => moved(budget, move)),
    change.reserve,
  );
  if (answer === 'waits') return { answer: { kind: 'waits' }, ...written };
  if (answer !== 'fits') return { answer: { kind: 'refused', resource: answer.refusedBy }, ...written, refused: true };
  return {
    answer: { kind: 'extended' },
    row: {
      ...next,
      granted: [...next.granted, change.ordinal],
      entry: { ...next.entry, reserved: add(next.entry.reserved, change.reserve) },
    },
    move: { ...move, [pot]: add(move[pot] ?? noResources, change.reserve) },
  };
}

/** What finishEffect rules. `rows`: all attempts at the effect. `ended`: its work item has ended, so nobody waits for a result. */
export function finishEffect(
  rows: readonly JournalRow[],
  settlement: EffectSettlement,
  known: { readonly time: string; readonly ended: boolean },
): Ruling<JournalEntry> {
  const row = rows.find(({ entry }) => entry.attempt === settlement.attempt);
  if (!row) {
    throw new NireonError('STORE_REFERENCE_UNKNOWN', `effect ${settlement.effectId} attempt ${settlement.attempt} was never started`);
  }
  const { entry } = row;
  const counts = rows.find((other) => other !== row && other.entry.state === 'done')?.entry;
  if (isFinal(entry)) return { answer: counts ?? entry };
  // Who holds the item now was refused this effect and goes on without: a result would change what it has seen.
  const renounced = rows.some((other) => other.entry.attempt > settlement.attempt && other.entry.state === 'refused');
  // Only one result counts: a later one is worth its usage alone.
  const late = counts !== undefined || renounced || known.ended;
  const state = late ? 'failed' : settlement.state;
  const code = settlement.code ?? (late ? 'EFFECT_ABORTED' : undefined);
  const settled: JournalEntry = {
    ...entry,
    state,
    ...(code === undefined ? {} : { code }),
    ...(state === 'done' ? { result: settlement.result as NonNullable<JournalEntry['result']> } : {}),
    reserved: noResources,
    usage: add(entry.usage, settlement.usage),
    overrun: add(entry.overrun, excess(settlement.usage, entry.reserved)),
    ...(settlement.model === undefined ? {} : { model: settlement.model }),
    calls: [...settlement.calls],
    finishedAt: known.time,
  };
  const move = { [potOf(entry)]: minus(entry.reserved), spent: settlement.usage, ...(state === 'done' ? { counted: settled.usage } : {}) };
  return { answer: counts ?? settled, row: { ...row, entry: settled }, move };
}

/** The reservation of an older attempt counts against the limit from now on, but not as spent. */
export function loseReservation(row: JournalRow): Required<Pick<Ruling<undefined>, 'row' | 'move'>> {
  const { entry } = row;
  return { row: { ...row, entry: { ...entry, state: 'lost' } }, move: { reserved: minus(entry.reserved), lost: entry.reserved } };
}
