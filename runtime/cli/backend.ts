import type { Frame } from '../domain/frame.ts';
import type { RuleSet } from '../domain/rule-set.ts';
import type { Session } from '../domain/session.ts';
import type { Signal } from '../domain/signal.ts';
import type { ReplayResult } from '../engine/replay.ts';
import type { Ranked, SessionView } from '../engine/session-view.ts';
import type { DeadWork, Page, PageRequest } from '../ports/store.ts';
import type { ReportFormat } from '../report/render.ts';

export interface SessionFilter {
  readonly status?: Session['status'];
  readonly label?: { readonly key: string; readonly value: string };
}

/** What commands ask, of the store here or of a server: the same answers, the same errors. */
export interface Backend {
  listSessions(filter: SessionFilter, page: PageRequest): Promise<Page<SessionView>>;
  /** SESSION_UNKNOWN, as in all that take a session. */
  session(id: string): Promise<SessionView>;
  /** SESSION_FINISHED. */
  cancel(id: string): Promise<SessionView>;
  /** The best scored ideas. */
  best(id: string, count: number): Promise<readonly Ranked[]>;
  report(id: string, format: ReportFormat): Promise<string>;
  /** REPLAY_PRUNED. */
  replay(id: string): Promise<ReplayResult>;
  /** SIGNAL_UNKNOWN. */
  signal(id: string): Promise<{ readonly signal: Signal; readonly frame: Frame }>;
  listDead(sessionId: string | undefined, page: PageRequest): Promise<Page<DeadWork>>;
  /** WORK_UNKNOWN, LEVEL_CLOSED. */
  retryDead(workId: string): Promise<void>;
  /** WORK_UNKNOWN. */
  dropDead(workId: string): Promise<void>;
  /** RULE_SET_UNKNOWN. */
  ruleSet(digest: string): Promise<RuleSet>;
  close(): Promise<void>;
}

/** A backend that begins sessions. */
export interface Explorer extends Backend {
  /** REQUEST_INVALID, BUDGET_TOO_SMALL, SESSION_CONFLICT, RULE_SET_UNKNOWN. */
  create(request: unknown): Promise<{ readonly created: boolean; readonly view: SessionView }>;
  /** Stores manifests as a rule set and returns its digest. RULES_INVALID with every problem. */
  storeRules(files: readonly { name: string; text: string }[]): Promise<string>;
  /** Signals after a sequence, as they come; ends after session.finished or when `abort` fires. */
  follow(id: string, afterSequence: number, abort: AbortSignal): AsyncIterable<Signal>;
  /** Works on this session until drained; a server does that anyway. */
  work(sessionId: string): Promise<void>;
  /** No new work; what runs may finish. */
  drain(): Promise<void>;
}
