import type { Assessment } from '../domain/assessment.ts';
import type { Effect, EffectSettlement, JournalEntry } from '../domain/effect.ts';
import type { Budget, Frame } from '../domain/frame.ts';
import type { Idea, Vector } from '../domain/idea.ts';
import type { LevelSummary } from '../domain/level.ts';
import type { PartialResources, ResourceName, Resources } from '../domain/resources.ts';
import type { Session, StopReason, Tally } from '../domain/session.ts';
import type { Signal } from '../domain/signal.ts';
import type { SessionCreation, StepCommit } from '../domain/step-commit.ts';
import type { Trace } from '../domain/trace.ts';
import type { WorkItem } from '../domain/work.ts';

/** A page of a keyset query; `next` is handed back unchanged, absent on the last page. A foreign cursor throws CURSOR_INVALID. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}
export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string;
}

export interface ClaimRequest {
  /** Name of the claiming worker, unique for the life of the store's data. */
  readonly worker: string;
  /** Items of these only, except in a stopping session, whose items of any mechanism are handed out (to be ended as stopped). */
  readonly mechanisms: readonly string[];
  readonly limit: number;
  readonly leaseMs: number;
  /** Only this session's items. */
  readonly sessionId?: string;
  /** Only items of these signals (a bus message came). */
  readonly signalIds?: readonly string[];
  /** Whether items whose lease ran out may be taken over: only after unbroken contact with the store. */
  readonly takeOver: boolean;
  /** Ids of items that this worker runs: never handed to it a second time. */
  readonly running: readonly string[];
}

export interface Claimed {
  /** state running, owner the worker, attempt already raised, crashes raised if taken over. */
  readonly item: WorkItem;
  /** True if the lease of another attempt had run out. */
  readonly takenOver: boolean;
  /** True if the session was stopping when it was claimed. */
  readonly stopping: boolean;
}

export interface Counters {
  readonly openWork: number;
  /** `open` of the level, where one was named. */
  readonly levelOpen?: number;
  readonly status: Session['status'];
}

export type CommitResult =
  /** Written. `signals` are those of the commit with their sequence, in that order. */
  | { readonly kind: 'applied'; readonly signals: readonly Signal[]; readonly openWork: number }
  /** Another attempt holds the item, or it is ended: nothing was written. */
  | { readonly kind: 'fenced' };

export type EffectStart =
  /** Go on and call. `repeats`: an earlier attempt had called too, and nobody knows what became of it. */
  | { readonly kind: 'started'; readonly repeats: boolean }
  /** A result is there, of any attempt: use it. */
  | { readonly kind: 'recorded'; readonly entry: JournalEntry }
  /** Written to the journal as refused. */
  | { readonly kind: 'refused'; readonly code: 'BUDGET_EXHAUSTED' | 'SESSION_STOPPED'; readonly resource?: ResourceName }
  /** Other reservations alone stand in the way; nothing was written. Ask again when one settles. */
  | { readonly kind: 'waits' }
  /** Another attempt holds the item; nothing was written. */
  | { readonly kind: 'fenced' };

/**
 * Records of the rounds below `round`, and the ideas, assessments and vectors of the work items in `chain` (frames and traces of a round
 * that is open are nobody's to see: what a frame cost still moves). The round of a record is that of the work item that made it (0
 * for seeds), which for a trace is one more than `trace.round`; that of a frame is `frame.round`. Nothing is ordered by arrival: ideas
 * come by round, ordinal of their frame, id of their frame, index; assessments and vectors by their idea, then by revision and as
 * committed; frames by round, ordinal, id; traces by round and as committed.
 */
export interface VisibleRecords {
  readonly ideas: readonly Idea[];
  readonly assessments: readonly Assessment[];
  readonly vectors: readonly Vector[];
  readonly frames: readonly (Frame & { readonly counted: Resources })[];
  readonly traces: readonly Trace[];
}

/** What a level's summary is made of, as committed now. */
export interface LevelRecords {
  readonly frame: Frame;
  /** Frames below the level. */
  readonly frames: readonly (Frame & { readonly counted: Resources; readonly refused: boolean })[];
  /** Ideas made in those frames, with their newest assessment. */
  readonly ideas: readonly { readonly idea: Idea; readonly assessment?: Assessment }[];
  /** seed.planted and stagnation.detected of the level, by sequence. */
  readonly planted: readonly Signal<'seed.planted' | 'stagnation.detected'>[];
  readonly nearDuplicates: number;
  /** Data of the last level.assessed of a round below this level's. */
  readonly previous?: LevelSummary;
  readonly sessionBudget: Budget;
}

export interface RankedIdea {
  readonly idea: Idea;
  /** Newest. */
  readonly assessment?: Assessment;
}

export interface StoreStats {
  readonly sessions: Readonly<Record<Session['status'], number>>;
  /** All sessions together. */
  readonly ideas: { readonly unscored: number; readonly stable: number; readonly rejected: number };
  readonly work: readonly { readonly mechanism: string; readonly state: 'ready' | 'running' | 'dead'; readonly count: number }[];
  readonly outboxOldestSeconds: number;
  /** Greatest spent / limit of a running session, by resource. */
  readonly budgetUsed: Readonly<Partial<Record<ResourceName, number>>>;
}

export interface DeadWork {
  readonly item: WorkItem;
  /** Whether it can be retried: its level is open. */
  readonly retryable: boolean;
}

/**
 * The only memory of the engine. Every method is one transaction: it happens wholly, durably and once, or not at all, and resolves after
 * it is durable (`claim` may be before). Calls under way at the same time happen in any order. Times are the store's own clock. Every method may throw STORE_UNREACHABLE, STORE_FULL (retryable) and STORE_CLOSED;
 * records are returned as written, bit for bit, and changing them changes nothing stored. Reading from a session that is not there throws
 * SESSION_UNKNOWN; reading one record gives undefined. Lists without a stated order are in the order of insertion. Locks are taken in the order session, level, budgets from the root down, work.
 */
export interface Store {
  readonly name: string;

  // --- content-addressed blobs: rule sets, the concept bank, its vectors
  /** First write wins: `key` is the digest of the content, or of what it was made from. Returns what is stored now. */
  putBlob(key: string, content: Uint8Array): Promise<Uint8Array>;
  getBlob(key: string): Promise<Uint8Array | undefined>;

  // --- sessions
  /** The same id with the same requestDigest: `created` false and the session as it is; with another: SESSION_CONFLICT. */
  createSession(
    creation: SessionCreation,
  ): Promise<{ readonly created: boolean; readonly session: Session; readonly signals: readonly Signal[] }>;
  getSession(id: string): Promise<Session | undefined>;
  /** Newest first (createdAt, then id). */
  listSessions(filter: { status?: Session['status']; label?: { key: string; value: string } }, page: PageRequest): Promise<Page<Session>>;
  /** running → stopping. False if it was not running. Unknown: SESSION_UNKNOWN. With openWork 0 it cannot be running. */
  stopSession(id: string, reason: StopReason): Promise<boolean>;
  /** Stops the running sessions whose deadline has passed; returns their ids. */
  stopOverdueSessions(): Promise<readonly string[]>;

  // --- work
  /**
   * Hands out ready items whose readyAt has passed, and (takeOver) running ones whose lease ran out. Sessions by fewest running, then
   * longest since last served; within a session by priority, then age. policy.maxParallel bounds running items a session. Raises
   * `attempt`; a take-over raises `crashes` and turns the older attempts' open reservations into `lost`; so does any claim that finds such.
   * A claim becomes durable no later than the next write of another kind: where all that could hold the items loses power with the
   * store, it may be as if never made.
   */
  claim(request: ClaimRequest): Promise<readonly Claimed[]>;
  /** Extends the lease of those items whose attempt still stands; returns the ids of the others. */
  renew(
    worker: string,
    items: readonly { workId: string; attempt: number }[],
    leaseMs: number,
  ): Promise<{ readonly lost: readonly string[] }>;
  /**
   * Gives a running item back, ready after `delayMs`. With `failure` it counts one and is recorded in the item's history; without,
   * nothing is counted. Fenced: false.
   */
  release(workId: string, attempt: number, how: { delayMs: number; failure?: { code: string; message: string } }): Promise<boolean>;
  counters(sessionId: string, levelFrameId?: string): Promise<Counters>;
  /**
   * Writes a StepCommit. Throws CLOSE_MISMATCH when (counter after = 0) differs from (closes, ends present); STORE_REFERENCE_UNKNOWN for
   * an idea, frame or parent that is neither in the session nor in the commit; STORE_CONFLICT for an id that is taken. Each
   * writes nothing and disturbs no other commit. In a stopping session `work` must be empty, else CLOSE_MISMATCH too. Work that comes
   * `dead` is stored as dead and counts nowhere as open. The session's round becomes that of the newest level frame.
   * Closing a level finishes the frames below it and itself: outcome `budget` where an effect of the frame was refused for budget,
   * `stopped` in a stopping session, else `done`. Ending finishes every frame that is left (`failed` in place of `done` if that is its reason).
   */
  commit(step: StepCommit): Promise<CommitResult>;
  getWork(id: string): Promise<WorkItem | undefined>;
  /** By age (insertion order): all items of a session, for replay and reports. */
  listWork(sessionId: string, page: PageRequest): Promise<Page<WorkItem>>;
  /** Newest first; dropped ones are left out. */
  listDead(filter: { sessionId?: string }, page: PageRequest): Promise<Page<DeadWork>>;
  /**
   * dead → ready with `failures` and `crashes` 0 and `retries` raised; counts as open again, and the assessments that its death left are
   * taken back. LEVEL_CLOSED (also for an item that came dead: it has no input), WORK_UNKNOWN.
   */
  retryDead(workId: string): Promise<void>;
  /** Hides it from listDead. WORK_UNKNOWN. */
  dropDead(workId: string): Promise<void>;

  // --- effects
  /**
   * Records `started` and reserves along the frame chain, root first. A `done` entry of any attempt comes back as recorded; one with
   * another requestDigest throws REPLAY_DIVERGED. In a stopping session llm and sandbox effects are refused SESSION_STOPPED.
   * Asked again for the same attempt (the first answer was lost on the way) it says `started` or `refused` again and reserves nothing more;
   * after a failure it starts anew, and what the failed call cost stays.
   */
  startEffect(effect: Effect, attempt: number): Promise<EffectStart>;
  /**
   * Charges `spend` out of the reservation (it becomes usage of the entry) and reserves `reserve` more; `refused` and `waits` change nothing
   * but the charge (a refusal counts as one of the frame). STORE_REFERENCE_UNKNOWN where the entry is not open. `ordinal` counts the extensions of the effect from 0: a charge that was made already under it is not made again.
   */
  extendEffect(
    effectId: string,
    attempt: number,
    change: { ordinal: number; spend: PartialResources; reserve: PartialResources },
  ): Promise<{ readonly kind: 'extended' } | { readonly kind: 'refused'; readonly resource: ResourceName } | { readonly kind: 'waits' }>;
  /**
   * Writes the result and settles: usage becomes spent, the rest of the reservation (or of what was lost) is given back. Accepted from any
   * attempt; where another attempt's result is there already, or the work item has ended, only the usage is added. `usage` is what came after the charges of
   * extendEffect. Settling a settled entry changes nothing. Returns the entry that counts. STORE_REFERENCE_UNKNOWN: never started.
   */
  finishEffect(settlement: EffectSettlement): Promise<JournalEntry>;
  getEffect(effectId: string, attempt: number): Promise<JournalEntry | undefined>;
  /** By start. */
  listJournal(filter: { sessionId: string; workId?: string }, page: PageRequest): Promise<Page<JournalEntry>>;
  budgets(sessionId: string, frameIds?: readonly string[]): Promise<readonly Budget[]>;

  // --- reading
  /** Records of rounds below `round` and not below `fromRound` (so that closed rounds can be kept by the caller), and those of `chain`. */
  visible(sessionId: string, scope: { round: number; fromRound: number; chain: readonly string[] }): Promise<VisibleRecords>;
  level(sessionId: string, levelFrameId: string): Promise<LevelRecords>;
  frames(sessionId: string, ids?: readonly string[]): Promise<readonly Frame[]>;
  /** trust: stable first, trust, age; created: age. Seeds are left out with `seeds: false`. */
  listIdeas(sessionId: string, order: { sort: 'trust' | 'created'; seeds: boolean }, page: PageRequest): Promise<Page<RankedIdea>>;
  getIdea(
    ideaId: string,
  ): Promise<{ readonly idea: Idea; readonly assessments: readonly Assessment[]; readonly children: readonly Idea[] } | undefined>;
  vectors(sessionId: string, ideaIds: readonly string[]): Promise<readonly Vector[]>;
  traces(sessionId: string): Promise<readonly Trace[]>;
  /** Those with a greater sequence, in its order. */
  signals(sessionId: string, afterSequence: number, limit: number): Promise<readonly Signal[]>;
  getSignal(id: string): Promise<Signal | undefined>;
  tally(sessionId: string): Promise<Tally>;
  stats(): Promise<StoreStats>;

  // --- outbox: only where the bus is durable
  outbox(olderThanMs: number, limit: number): Promise<readonly Signal[]>;
  removeFromOutbox(signalIds: readonly string[]): Promise<void>;

  // --- retention
  /** Prunes requests and results of sessions finished longer ago than their policy.retention; returns how many sessions. */
  pruneJournal(limit: number): Promise<number>;
  /** Deletes whole finished sessions older than so many days; returns how many. */
  deleteSessions(olderThanDays: number, limit: number): Promise<number>;

  /** Answers within 50 ms. */
  health(): Promise<{ readonly ok: boolean; readonly detail: string; readonly schemaVersion: number }>;
  /** Waits for what is under way. Later calls throw STORE_CLOSED. */
  close(): Promise<void>;
}
