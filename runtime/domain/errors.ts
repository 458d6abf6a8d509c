/**
 * Every code that this program reports, in one table: what it means, and whether the same attempt may succeed later.
 * A code is `SUBJECT_CONDITION`. Codes that stand only in results (a refused effect, an unscored idea) are here too.
 */
export const errorCodes = {
  // effects and budget
  BUDGET_EXHAUSTED: { retryable: false, says: 'the limit of a resource does not allow this effect' },
  BUDGET_TOO_SMALL: { retryable: false, says: 'the limits do not pay for one idea and its assessment' },
  SESSION_STOPPED: { retryable: false, says: 'the session is stopping: new model calls and programs are refused' },
  REPLAY_DIVERGED: { retryable: false, says: 'the same effect was asked for with another request' },
  REPLAY_PRUNED: { retryable: false, says: 'the prompts and answers of this session were pruned by its retention' },
  EFFECT_ABORTED: { retryable: true, says: 'the effect was abandoned because its worker is stopping' },
  // models
  LLM_UNAVAILABLE: { retryable: true, says: 'every model of the route failed' },
  LLM_BUSY: { retryable: true, says: 'too many calls wait for this model' },
  LLM_TIMEOUT: { retryable: true, says: 'the model did not answer in time' },
  LLM_OVERLOADED: { retryable: true, says: 'the provider answered that it is overloaded or rate-limited' },
  LLM_CONNECTION_LOST: { retryable: true, says: 'the connection to the provider failed' },
  LLM_SERVER_ERROR: { retryable: true, says: 'the provider failed' },
  LLM_BREAKER_OPEN: { retryable: true, says: 'the model failed repeatedly and is left alone for a while' },
  LLM_DENIED: { retryable: false, says: 'the provider refused the key, the model or the account' },
  LLM_REQUEST_INVALID: { retryable: false, says: 'the provider refused the request itself' },
  LLM_REFUSED: { retryable: false, says: 'the model declined to answer' },
  LLM_CONTEXT_TOO_LONG: { retryable: false, says: 'the prompt fits no model of the route' },
  LLM_ANSWER_INVALID: { retryable: false, says: 'the answer did not fit its schema, also after one repair' },
  EMBEDDER_BUSY: { retryable: true, says: 'too many texts wait to be embedded' },
  EMBEDDER_CHANGED: { retryable: false, says: 'the session is pinned to another embedding model' },
  EMBEDDER_INPUT_EMPTY: { retryable: false, says: 'an empty text has no vector' },
  EMBEDDER_FAILED: { retryable: true, says: 'the embedding model failed' },
  MODEL_MISSING: { retryable: false, says: 'a model file is not where the configuration says' },
  MODEL_INVALID: { retryable: false, says: 'a model file is not what its digest promises, or cannot be loaded' },
  MODEL_DOWNLOAD_FAILED: { retryable: true, says: 'a model could not be fetched' },
  // work
  WORK_DEAD: { retryable: false, says: 'the work item that should have made this was given up' },
  WORK_CRASHED: { retryable: false, says: 'the work item outlived too many workers' },
  WORK_FAILED: { retryable: true, says: 'the work item failed and is tried again' },
  WORK_INPUT_INVALID: { retryable: false, says: 'the input of the work item does not fit its operation' },
  MECHANISM_UNSERVED: { retryable: true, says: 'work waits for a mechanism that no process has enabled' },
  MECHANISM_FAILED: { retryable: true, says: 'a mechanism threw an unexpected error' },
  RULE_EVALUATION_FAILED: { retryable: false, says: 'an expression of a rule failed at run time' },
  FRAME_TOO_DEEP: { retryable: false, says: 'frames would nest deeper than eight' },
  LEVEL_CLOSED: { retryable: false, says: 'the level of this item is closed, so it cannot be retried' },
  SESSION_UNPLANNED: { retryable: false, says: 'nothing was left to do and no planner had said why' },
  NO_SCORED_IDEA: { retryable: false, says: 'no idea could be scored' },
  // store
  CLOSE_MISMATCH: { retryable: true, says: 'the level or session counters moved while the commit was built' },
  STORE_UNREACHABLE: { retryable: true, says: 'the store does not answer' },
  STORE_LOCKED: { retryable: false, says: 'another process has this database open for writing' },
  STORE_CORRUPT: { retryable: false, says: 'the database file is damaged' },
  STORE_FULL: { retryable: true, says: 'there is no space left for the database' },
  STORE_TOO_NEW: { retryable: false, says: 'the database was made by a newer version' },
  STORE_TOO_OLD: { retryable: false, says: 'the database needs a migration' },
  STORE_READ_ONLY: { retryable: false, says: 'the database cannot be written' },
  STORE_DENIED: { retryable: false, says: 'the database refuses this user, its password or what it may do' },
  STORE_UNTRUSTED: { retryable: false, says: 'the certificate of the database is not trusted, or it speaks no TLS' },
  STORE_DATABASE_MISSING: { retryable: false, says: 'the server has no database of this name' },
  STORE_MISSING: { retryable: false, says: 'there is no database at this place' },
  STORE_CONFLICT: { retryable: false, says: 'a record with this id exists with other content' },
  STORE_REFERENCE_UNKNOWN: { retryable: false, says: 'a record names another that does not exist' },
  STORE_CLOSED: { retryable: false, says: 'the store was closed' },
  // bus
  BUS_UNREACHABLE: { retryable: true, says: 'the bus does not answer' },
  BUS_DENIED: { retryable: false, says: 'the bus refuses this user, its password or what it may do' },
  BUS_UNTRUSTED: { retryable: false, says: 'the certificate of the bus is not trusted, or it speaks no TLS' },
  BUS_TOPIC_MISSING: { retryable: false, says: 'the bus has not all topics of this instance' },
  BUS_TOPIC_DIFFERENT: { retryable: false, says: 'a topic of the bus is not as the settings say' },
  RECORD_FOREIGN: { retryable: false, says: 'a record of the bus is none of ours' },
  RECORD_NEWER: { retryable: false, says: 'a record of the bus was made by a newer version' },
  RECORD_INVALID: { retryable: false, says: 'a record of the bus is not what it should be' },
  // sessions and requests
  SESSION_CONFLICT: { retryable: false, says: 'a session with this id exists with another request' },
  SESSION_UNKNOWN: { retryable: false, says: 'there is no session with this id' },
  SESSION_FINISHED: { retryable: false, says: 'the session is already finished' },
  IDEA_UNKNOWN: { retryable: false, says: 'there is no idea with this id in the session' },
  WORK_UNKNOWN: { retryable: false, says: 'there is no such dead work item' },
  RULE_SET_UNKNOWN: { retryable: false, says: 'there is no rule set with this digest' },
  SIGNAL_UNKNOWN: { retryable: false, says: 'there is no signal with this id' },
  CURSOR_INVALID: { retryable: false, says: 'the cursor was not made by this query' },
  REQUEST_INVALID: { retryable: false, says: 'the request does not fit its schema' },
  REQUEST_TOO_LARGE: { retryable: false, says: 'the request is larger than allowed' },
  UNAUTHORIZED: { retryable: false, says: 'a valid bearer token is needed' },
  NOT_FOUND: { retryable: false, says: 'there is nothing at this address' },
  SERVER_UNREACHABLE: { retryable: true, says: 'the server does not answer' },
  // configuration, rules and usage
  CONFIG_INVALID: { retryable: false, says: 'the configuration is not valid' },
  RULES_INVALID: { retryable: false, says: 'the rule set is not valid' },
  OUTPUT_UNWRITABLE: { retryable: false, says: 'a file cannot be written' },
  ADDRESS_UNAVAILABLE: { retryable: false, says: 'nothing can listen at this address' },
  USAGE: { retryable: false, says: 'the command line is not valid' },
  // sandbox
  SANDBOX_DISABLED: { retryable: false, says: 'no sandbox is configured, so no program runs' },
  SANDBOX_UNAVAILABLE: { retryable: true, says: 'the sandbox does not answer' },
  SANDBOX_BUSY: { retryable: true, says: 'too many programs wait to run' },
  PROTO_PROGRAM_ERROR: { retryable: false, says: 'the program failed' },
  PROTO_TIMEOUT: { retryable: false, says: 'the program ran longer than allowed' },
  PROTO_OUT_OF_MEMORY: { retryable: false, says: 'the program used more memory than allowed' },
  PROTO_OUTPUT_LIMIT: { retryable: false, says: 'the program wrote more than allowed' },
  PROTO_REJECTED: { retryable: false, says: 'the static checks refused the program' },
  PROTO_RESULT_INVALID: { retryable: false, says: 'the result is not what the program promised' },
  // the process
  PROCESS_STARTING: { retryable: true, says: 'the process is not ready yet' },
  PROCESS_DRAINING: { retryable: true, says: 'the process is ending and takes nothing new' },
  WORKER_STUCK: { retryable: false, says: 'the worker runs items whose leases it no longer renews' },
  HEALTH_TIMEOUT: { retryable: true, says: 'a component did not say in time how it is' },
  INTERNAL: { retryable: false, says: 'a bug of this program' },
} as const satisfies Record<string, { retryable: boolean; says: string }>;

export type ErrorCode = keyof typeof errorCodes;

/** One thing wrong with an input: where (a path, or file:line), and what to do. */
export interface Problem {
  readonly path: string;
  readonly message: string;
  readonly code?: string;
}

export interface NireonErrorOptions {
  cause?: unknown;
  problems?: readonly Problem[];
  /** Milliseconds after which the other side asked to be tried again. */
  retryAfterMs?: number;
  /** Overrides the table where the place of failure knows better. */
  retryable?: boolean;
  /** The other side may have done, and charged for, the work that failed. */
  maybeBilled?: boolean;
}

/** The one error of this program. `code` is for programs, `message` for people: one sentence, no secrets. */
export class NireonError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly problems: readonly Problem[];
  readonly retryAfterMs: number | undefined;
  readonly maybeBilled: boolean;

  constructor(code: ErrorCode, message?: string, options: NireonErrorOptions = {}) {
    super(message ?? errorCodes[code].says, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'NireonError';
    this.code = code;
    this.retryable = options.retryable ?? errorCodes[code].retryable;
    this.problems = options.problems ?? [];
    this.retryAfterMs = options.retryAfterMs;
    this.maybeBilled = options.maybeBilled ?? false;
  }
}

/** Works across realms, where `instanceof` does not. */
export function isNireonError(error: unknown): error is NireonError {
  return typeof error === 'object' && error !== null && (error as { name?: unknown }).name === 'NireonError' && 'code' in error;
}

export function hasCode(error: unknown, ...codes: ErrorCode[]): error is NireonError {
  return isNireonError(error) && codes.includes(error.code);
}

/** A code for anything thrown: ours, or INTERNAL. */
export function codeOf(error: unknown): ErrorCode {
  return isNireonError(error) ? error.code : 'INTERNAL';
}

export function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}
