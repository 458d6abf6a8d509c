import type { Budget, Frame } from '../../domain/frame.ts';
import type { Session } from '../../domain/session.ts';
import type { WorkItem } from '../../domain/work.ts';
import { iso } from './rules/records.ts';

/** JSON that this store wrote itself. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the column decides what its text is
export const parse = <T>(text: string): T => JSON.parse(text) as T;
const given = <K extends string, V>(key: K, value: V | null): Partial<Record<K, V>> =>
  value === null ? {} : ({ [key]: value } as Record<K, V>);
const time = <K extends string>(key: K, ms: number | null): Partial<Record<K, string>> => (ms === null ? {} : given(key, iso(ms)));

/** What moves in a session. */
export interface MovingRow {
  readonly status: Session['status'];
  readonly reason: NonNullable<Session['reason']> | null;
  readonly code: string | null;
  readonly round: number;
  readonly open_work: number;
  readonly sequence: number;
  readonly ideas: number;
  readonly scored: number;
  readonly unscored: number;
  readonly stable: number;
  readonly near_duplicates: number;
}
export const moving = 'status, reason, code, round, open_work, sequence, ideas, scored, unscored, stable, near_duplicates';
export type Moving = Pick<Session, 'status' | 'reason' | 'code' | 'round' | 'openWork' | 'sequence' | 'tally'>;
export function movingOf(row: MovingRow): Moving {
  const { ideas, scored, unscored, stable } = row;
  return {
    status: row.status,
    ...given('reason', row.reason),
    ...given('code', row.code),
    round: row.round,
    openWork: row.open_work,
    sequence: row.sequence,
    tally: { ideas, scored, unscored, stable, nearDuplicates: row.near_duplicates },
  };
}

export interface SessionRow extends MovingRow {
  readonly facts: string;
  readonly created_ms: number;
  readonly deadline_ms: number;
  readonly finished_ms: number | null;
}
export function sessionOf(row: SessionRow): Session {
  return {
    ...parse<Session>(row.facts),
    ...movingOf(row),
    createdAt: iso(row.created_ms),
    deadlineAt: iso(row.deadline_ms),
    ...time('finishedAt', row.finished_ms),
  };
}

export interface FrameRow {
  readonly facts: string;
  readonly open: number | null;
  readonly status: Frame['status'];
  readonly outcome: NonNullable<Frame['outcome']> | null;
}
export function frameOf(row: FrameRow): Frame {
  return { ...parse<Frame>(row.facts), ...given('open', row.open), status: row.status, ...given('outcome', row.outcome) };
}

export interface BudgetRow {
  readonly frame_id: string;
  readonly limits: string;
  readonly reserved: string;
  readonly lost: string;
  readonly spent: string;
  readonly counted: string;
}
export const budgetOf = (row: BudgetRow): Budget => ({
  frameId: row.frame_id,
  limits: parse(row.limits),
  reserved: parse(row.reserved),
  lost: parse(row.lost),
  spent: parse(row.spent),
  counted: parse(row.counted),
});

export interface WorkRow {
  readonly facts: string;
  readonly state: WorkItem['state'];
  readonly created_ms: number;
  readonly ready_ms: number;
  readonly lease_ms: number | null;
  readonly ended_ms: number | null;
  readonly attempt: number;
  readonly failures: number;
  readonly crashes: number;
  readonly retries: number;
  readonly owner: string | null;
  readonly history: string;
  readonly ending: string | null;
}
export function workOf(row: WorkRow): WorkItem {
  return {
    ...parse<WorkItem>(row.facts),
    state: row.state,
    createdAt: iso(row.created_ms),
    readyAt: iso(row.ready_ms),
    attempt: row.attempt,
    failures: row.failures,
    crashes: row.crashes,
    retries: row.retries,
    ...given('owner', row.owner),
    ...time('leaseUntil', row.lease_ms),
    history: parse(row.history),
    ...(row.ending === null ? {} : parse<Partial<WorkItem>>(row.ending)),
    ...time('endedAt', row.ended_ms),
  };
}
