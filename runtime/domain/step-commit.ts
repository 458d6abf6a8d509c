import type { Assessment } from './assessment.ts';
import type { NewFrame } from './frame.ts';
import type { Idea, Vector } from './idea.ts';
import type { Reason, Session } from './session.ts';
import type { NewSignal } from './signal.ts';
import type { Trace } from './trace.ts';
import type { NewWork, Outcome, Sight } from './work.ts';

/**
 * All that ends one work item, in one transaction. Records carry `createdAt` / `time` = the item's `createdAt`.
 * `closes` is there if and only if this ends the last open item of the item's level; `ends` if and only if openWork becomes 0.
 */
export interface StepCommit {
  readonly workId: string;
  readonly sessionId: string;
  /** The fencing token: another attempt in the store means that nothing is written. */
  readonly attempt: number;
  readonly state: 'done' | 'dead' | 'stopped';
  readonly version: number;
  readonly outcome: Outcome;
  /** Of what the operation returned; absent unless done. */
  readonly digest?: string;
  readonly sight: Sight;
  readonly code?: string;
  readonly message?: string;
  readonly ideas: readonly Idea[];
  readonly assessments: readonly Assessment[];
  readonly vectors: readonly Vector[];
  readonly frames: readonly NewFrame[];
  readonly traces: readonly Trace[];
  /** In order: the sequence follows it; then closes.signal, then ends.signal. */
  readonly signals: readonly NewSignal[];
  readonly work: readonly NewWork[];
  readonly closes?: {
    readonly levelFrameId: string;
    readonly signal?: NewSignal;
    readonly work: readonly NewWork[];
    readonly frames: readonly NewFrame[];
  };
  readonly ends?: { readonly signal: NewSignal; readonly reason: Reason; readonly code?: string };
}

/** All that begins a session, in one transaction. `requestDigest` tells the same request from another under one id. */
export interface SessionCreation {
  readonly session: Omit<
    Session,
    'createdAt' | 'deadlineAt' | 'openWork' | 'sequence' | 'tally' | 'status' | 'finishedAt' | 'reason' | 'code'
  >;
  readonly requestDigest: string;
  readonly frames: readonly NewFrame[];
  /** Seeds; `createdAt` is given by the store, as is the `time` of the signals. */
  readonly ideas: readonly Omit<Idea, 'createdAt'>[];
  readonly signals: readonly Omit<NewSignal, 'time'>[];
  readonly work: readonly NewWork[];
}
