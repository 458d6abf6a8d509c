import type { Assessment } from '../../../domain/assessment.ts';
import type { JournalEntry } from '../../../domain/effect.ts';
import type { Budget, Frame, NewFrame } from '../../../domain/frame.ts';
import type { Idea, Vector } from '../../../domain/idea.ts';
import { fill, noResources } from '../../../domain/resources.ts';
import type { Session } from '../../../domain/session.ts';
import type { Signal } from '../../../domain/signal.ts';
import type { Trace } from '../../../domain/trace.ts';
import type { NewWork, WorkItem } from '../../../domain/work.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A session with what the store alone knows of it. */
export interface SessionRow {
  session: Mutable<Session>;
  requestDigest: string;
  running: number;
  servedAt: number;
  prunedAt?: number;
  readonly work: WorkRow[];
  readonly signals: Signal[];
  readonly ideas: IdeaRow[];
  readonly frames: FrameRow[];
  readonly traces: { trace: Trace; round: number }[];
  readonly journal: EntryRow[];
}
export interface WorkRow {
  item: Mutable<WorkItem>;
  readonly age: number;
  dropped: boolean;
  readyMs: number;
  leaseMs: number;
}
export interface IdeaRow {
  readonly idea: Idea;
  readonly age: number;
  readonly assessments: { assessment: Assessment; round: number; workId: string }[];
  readonly vectors: { vector: Vector; round: number; workId: string }[];
}
export interface FrameRow {
  frame: Mutable<Frame>;
  readonly budget: Mutable<Budget>;
  refused: boolean;
  /** The frame's round as its records count: that of the item that opened it. */
  readonly workId: string;
}
export interface EntryRow {
  entry: Mutable<JournalEntry>;
  /** Ordinals of the extensions that were granted, and of those whose charge was made. */
  readonly granted: Set<number>;
  readonly charged: Set<number>;
}

export interface Tables {
  readonly blobs: Map<string, Uint8Array>;
  readonly sessions: Map<string, SessionRow>;
  readonly frames: Map<string, FrameRow>;
  readonly ideas: Map<string, IdeaRow>;
  readonly signals: Map<string, Signal>;
  readonly work: Map<string, WorkRow>;
  readonly journal: Map<string, EntryRow[]>;
  readonly outbox: Map<string, { signal: Signal; at: number }>;
}

export const createTables = (): Tables => ({
  blobs: new Map(),
  sessions: new Map(),
  frames: new Map(),
  ideas: new Map(),
  signals: new Map(),
  work: new Map(),
  journal: new Map(),
  outbox: new Map(),
});

/** Records are handed out as they are kept, so nobody may change them. */
export function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) freeze(part);
  return value;
}

/** Keeps a copy of its own: the caller may go on with what it gave. */
export const keep = <T>(value: T): T => freeze(structuredClone(value));

export const newWorkRow = (work: NewWork, now: string, nowMs: number, age: number): WorkRow => {
  const { dead, ...item } = keep(work);
  const state = dead ? ('dead' as const) : ('ready' as const);
  return {
    item: {
      ...item,
      state,
      createdAt: now,
      readyAt: now,
      attempt: 0,
      failures: 0,
      crashes: 0,
      retries: 0,
      history: [],
      ...(dead ? { code: dead.code, message: dead.message, endedAt: now } : {}),
    },
    age,
    dropped: false,
    readyMs: nowMs,
    leaseMs: 0,
  };
};

export const newFrameRow = (frame: NewFrame): FrameRow => {
  const { limits, ...facts } = keep(frame);
  return {
    frame: { ...facts, ...(facts.kind === 'level' ? { open: 0 } : {}), status: 'active' },
    budget: { frameId: frame.id, limits, reserved: noResources, lost: noResources, spent: fill({}) },
    refused: false,
    workId: frame.openedBy,
  };
};
