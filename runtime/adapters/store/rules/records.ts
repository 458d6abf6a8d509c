import type { Frame, NewFrame } from '../../../domain/frame.ts';
import type { Session, Tally } from '../../../domain/session.ts';
import type { SessionCreation, StepCommit } from '../../../domain/step-commit.ts';
import type { NewWork, WorkItem } from '../../../domain/work.ts';
import type { ClaimRequest, Store } from '../../../ports/store.ts';

/** Times are kept in milliseconds since 1970 and shown as ISO 8601. */
export const iso = (ms: number): string => new Date(ms).toISOString();

export const noTally: Tally = Object.freeze({ ideas: 0, scored: 0, unscored: 0, stable: 0, nearDuplicates: 0 });

export function newSession(creation: SessionCreation, nowMs: number): Session {
  return {
    ...creation.session,
    status: 'running',
    openWork: 0,
    sequence: 0,
    tally: noTally,
    createdAt: iso(nowMs),
    deadlineAt: iso(nowMs + creation.session.policy.deadlineMs),
  };
}

export function newFrame({ limits: _limits, ...facts }: NewFrame): Frame {
  return { ...facts, ...(facts.kind === 'level' ? { open: 0 } : {}), status: 'active' };
}

export function newWork({ dead, ...facts }: NewWork, nowMs: number): WorkItem {
  const now = iso(nowMs);
  return {
    ...facts,
    state: dead ? 'dead' : 'ready',
    createdAt: now,
    readyAt: now,
    attempt: 0,
    failures: 0,
    crashes: 0,
    retries: 0,
    history: [],
    ...(dead ? { code: dead.code, message: dead.message, endedAt: now } : {}),
  };
}

/** The item in the hands of the claiming worker; one that ran already is taken over. */
export function taken(item: WorkItem, request: Pick<ClaimRequest, 'worker' | 'leaseMs'>, nowMs: number): WorkItem {
  return {
    ...item,
    state: 'running',
    attempt: item.attempt + 1,
    crashes: item.crashes + (item.state === 'running' ? 1 : 0),
    owner: request.worker,
    leaseUntil: iso(nowMs + request.leaseMs),
  };
}

export function released(item: WorkItem, how: Parameters<Store['release']>[2], nowMs: number): WorkItem {
  const { owner, leaseUntil: _leaseUntil, ...kept } = item;
  const back = { ...kept, state: 'ready' as const, readyAt: iso(nowMs + how.delayMs) };
  if (!how.failure) return back;
  const { code, message } = how.failure;
  const record = { attempt: item.attempt, worker: owner ?? '', code, message, at: iso(nowMs) };
  return { ...back, failures: item.failures + 1, history: [...item.history, record] };
}

/** What the commit that ends an item says of it. */
export type Ending = Pick<WorkItem, 'version' | 'outcome' | 'sight' | 'digest' | 'code' | 'message'>;
export function endingOf({ version, outcome, sight, digest, code, message }: StepCommit): Ending {
  return {
    ...{ version, outcome, sight },
    ...(digest === undefined ? {} : { digest }),
    ...(code === undefined ? {} : { code }),
    ...(message === undefined ? {} : { message }),
  };
}

/** A dead item, back to life. */
export function retried(item: WorkItem, nowMs: number): WorkItem {
  const { version: _v, outcome: _o, sight: _s, digest: _d, code: _c, message: _m, endedAt: _e, ...kept } = item;
  return { ...kept, state: 'ready', failures: 0, crashes: 0, retries: item.retries + 1, readyAt: iso(nowMs) };
}
