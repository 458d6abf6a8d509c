import { type ErrorCode, isNireonError, messageOf, type Problem } from '../domain/errors.ts';

/** What to do about an error, where there is something that always helps. */
const advice: Readonly<Partial<Record<ErrorCode, string>>> = {
  BUDGET_TOO_SMALL: 'Raise --budget llmCalls=…, or ask for fewer --variations.',
  SESSION_UNKNOWN: '"nireon sessions list" shows the sessions of this store; --server or --db names another one.',
  SESSION_CONFLICT: 'Take another --id, or repeat the request exactly to go on with that session; --id alone resumes it too.',
  SESSION_FINISHED: '"nireon report" shows what it found.',
  STORE_LOCKED: 'End that process, or speak to it: --server http://127.0.0.1:8080 if it serves.',
  STORE_MISSING: '"nireon explore" makes one in a folder that is there; --db names another place.',
  STORE_TOO_OLD: '"nireon migrate --check" says what is missing.',
  STORE_TOO_NEW: 'Use the version that made it, or a newer one.',
  SERVER_UNREACHABLE: 'Check the address, and that "nireon serve" runs there.',
  UNAUTHORIZED: 'Put the token of the server into the variable NIREON_TOKEN.',
  MODEL_MISSING: '"nireon models list" shows what can be fetched and what is there.',
  MODEL_INVALID: 'Fetch it again with "nireon models get", or let another model answer: --model builtin needs no file.',
  MODEL_DOWNLOAD_FAILED: 'Check the connection and try again; what was fetched is kept.',
  EMBEDDER_CHANGED: 'Go on with the embedding model it was begun with, or begin another session.',
  REPLAY_PRUNED: 'Sessions keep their prompts for policy.retention days after the end.',
  LEVEL_CLOSED: 'The session went on without it; "nireon dead drop" hides it.',
  RULES_INVALID: '"nireon rules check" shows them while you mend.',
  CONFIG_INVALID: '"nireon config check" shows them while you mend.',
  LLM_DENIED: 'Check the key and the name of the model.',
  NO_SCORED_IDEA: 'Let another model answer (--model), or hold this one to what is asked (llm.models.<name>.answers: grammar).',
  OUTPUT_UNWRITABLE: 'The session is kept: "nireon report <session> --out …" writes it to another place.',
  ADDRESS_UNAVAILABLE: 'End what listens there, or choose another: --port and --host for the API, ops.port (NIREON_OPS_PORT) for health.',
  CURSOR_INVALID: 'Begin again without --cursor.',
  INTERNAL: 'Set NIREON_DEBUG=1 to see where, and report it.',
};

const usageCodes: ReadonlySet<ErrorCode> = new Set(['USAGE', 'REQUEST_INVALID', 'BUDGET_TOO_SMALL', 'SESSION_CONFLICT', 'CURSOR_INVALID']);
/** Where the help of the command is what helps. */
const helpCodes: ReadonlySet<ErrorCode> = new Set(['USAGE', 'REQUEST_INVALID']);
const configCodes: ReadonlySet<ErrorCode> = new Set([
  'CONFIG_INVALID',
  'RULES_INVALID',
  'MODEL_MISSING',
  'MODEL_INVALID',
  'STORE_TOO_NEW',
  'STORE_TOO_OLD',
  'BUS_DENIED',
  'BUS_UNTRUSTED',
  'BUS_TOPIC_MISSING',
  'BUS_TOPIC_DIFFERENT',
  'STORE_DENIED',
  'STORE_DATABASE_MISSING',
  'STORE_UNTRUSTED',
]);

/** 2 where the command line is at fault, 78 where configuration or rules are, else 1. */
export function exitCodeOf(error: unknown): number {
  if (!isNireonError(error)) return 1;
  return usageCodes.has(error.code) ? 2 : configCodes.has(error.code) ? 78 : 1;
}

/** What always helps about this code, in sentences; undefined where there is no such thing. */
export const adviceFor = (code: string): string | undefined => (Object.hasOwn(advice, code) ? advice[code as ErrorCode] : undefined);

/** One sentence, every problem on a line of its own, and what to do; `command` is whose help says more. The stack only when debugging. */
export function errorText(error: unknown, debugging: boolean, command = ''): string {
  const ours = isNireonError(error);
  const code: ErrorCode = ours ? error.code : 'INTERNAL';
  const message = messageOf(error);
  // The engine repeats its one problem as its message, for those who see no more than that.
  const problems = ours ? error.problems.map(problemLine).filter((line) => line.trim() !== message) : [];
  const hint = adviceFor(code) ?? (helpCodes.has(code) ? `"nireon ${command === '' ? '' : `${command} `}--help" says more.` : undefined);
  const stack = debugging && typeof error === 'object' && error !== null && 'stack' in error ? [String(error.stack)] : [];
  return [`nireon: ${message}`, ...problems, ...(hint === undefined ? [] : [hint]), ...stack].map((line) => `${line}\n`).join('');
}

const problemLine = ({ path, code, message }: Problem): string => `  ${path}${code === undefined ? '' : ` ${code}`}: ${message}`;
