import type { Assessment } from '../../../domain/assessment.ts';
import { NireonError } from '../../../domain/errors.ts';
import type { Budget, Frame } from '../../../domain/frame.ts';
import type { Idea, Vector } from '../../../domain/idea.ts';
import type { Session } from '../../../domain/session.ts';
import type { Signal } from '../../../domain/signal.ts';
import type { Trace } from '../../../domain/trace.ts';
import type { WorkItem } from '../../../domain/work.ts';
import type { JournalRow } from '../rules/journal.ts';
import { iso } from '../rules/records.ts';

/** Records are immutable and frozen; rows hold them, and what the store alone knows. */
export interface SessionRow {
  session: Session;
  readonly age: number;
  readonly requestDigest: string;
  running: number;
  servedAt: number;
  prunedAt?: number;
  readonly work: WorkRow[];
  /** The items that are not ended. */
  readonly open: Set<WorkRow>;
  readonly signals: Signal[];
  readonly ideas: IdeaRow[];
  readonly frames: FrameRow[];
  readonly traces: { readonly trace: Trace; readonly round: number }[];
  readonly journal: EntryRow[];
}
export interface WorkRow {
  item: WorkItem;
  readonly age: number;
  dropped: boolean;
  readyMs: number;
  leaseMs: number;
  readonly journal: EntryRow[];
}
export interface IdeaRow {
  readonly idea: Idea;
  readonly age: number;
  readonly assessments: { readonly assessment: Assessment; readonly round: number; readonly workId: string }[];
  readonly vectors: { readonly vector: Vector; readonly round: number; readonly workId: string }[];
}
export interface FrameRow {
  frame: Frame;
  /** The level that it is, or is below. */
  readonly levelId: string | undefined;
  budget: Budget;
  refused: boolean;
}
export interface EntryRow {
  row: JournalRow;
  readonly age: number;
}

const createTables = () => ({
  blobs: new Map<string, Uint8Array>(),
  sessions: new Map<string, SessionRow>(),
  frames: new Map<string, FrameRow>(),
  ideas: new Map<string, IdeaRow>(),
  signals: new Map<string, Signal>(),
  work: new Map<string, WorkRow>(),
  journal: new Map<string, EntryRow[]>(),
  outbox: new Map<string, { readonly signal: Signal; readonly at: number }>(),
  /** Ids of assessments and traces. */
  others: new Set<string>(),
});

/** The tables, the clock, and what every part of the memory store asks. */
export interface Database extends ReturnType<typeof createTables> {
  readonly keepsOutbox: boolean;
  now(): number;
  /** ISO 8601 of now. */
  time(): string;
  /** Rises with every row that has an age. */
  nextAge(): number;
  /** SESSION_UNKNOWN. */
  session(id: string): SessionRow;
}

export function createDatabase(now: () => number, keepsOutbox: boolean): Database {
  let age = 0;
  const tables = createTables();
  return {
    ...tables,
    keepsOutbox,
    now,
    time: () => iso(now()),
    nextAge: () => ++age,
    session(id) {
      const row = tables.sessions.get(id);
      if (!row) throw new NireonError('SESSION_UNKNOWN', `there is no session ${id}`);
      return row;
    },
  };
}
