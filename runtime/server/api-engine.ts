import type { Problem } from '../domain/errors.ts';
import type { Session } from '../domain/session.ts';
import type { Signal } from '../domain/signal.ts';
import type { Store } from '../ports/store.ts';

/** What the API asks of the engine. */
export interface ApiEngine {
  /** REQUEST_INVALID (every problem), BUDGET_TOO_SMALL, SESSION_CONFLICT, RULE_SET_UNKNOWN, EMBEDDER_CHANGED. */
  createSession(request: unknown): Promise<{ readonly created: boolean; readonly session: Session }>;
  /** SESSION_UNKNOWN, SESSION_FINISHED. */
  cancelSession(id: string): Promise<Session>;
  putRules(
    files: readonly { readonly name: string; readonly text: string }[],
    options: { dryRun: boolean },
  ): Promise<{ digest: string } | { problems: readonly RuleFinding[] }>;
  /** Signals after a sequence, as they come; ends after session.finished or when `abort` fires. */
  follow(sessionId: string, afterSequence: number, abort: AbortSignal): AsyncIterable<Signal>;
  readonly store: Store;
}

export interface RuleFinding {
  readonly file: string;
  readonly line: number;
  readonly rule?: string;
  readonly code: string;
  readonly message: string;
}

export const findingAsProblem = ({ file, line, rule, code, message }: RuleFinding): Problem => ({
  path: `${file}:${line}`,
  message: rule === undefined ? message : `${rule}: ${message}`,
  code,
});

/** Runs every item of a session again with its journal as the only outside. SESSION_UNKNOWN, REPLAY_PRUNED. */
export type Replay = (sessionId: string) => Promise<ReplayResult>;

export interface ReplayResult {
  readonly steps: number;
  readonly identical: number;
  readonly outsideCalls: number;
  readonly differences: readonly { workId: string; field: string; recorded: unknown; replayed: unknown }[];
  /** Items made by another version of their mechanism: not compared. */
  readonly otherVersions: readonly { workId: string; mechanism: string; version: number }[];
}
