import { z } from 'zod';
import { sayIssue } from '../../platform/say-issue.ts';
import { type ErrorCode, errorCodes, NireonError, type Problem } from '../domain/errors.ts';

/** RFC 9457, with our code, and everything that is wrong with the request at once. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.enum(Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]]),
  problems: z.array(z.object({ path: z.string(), message: z.string(), code: z.exactOptional(z.string()) })),
  next: z.exactOptional(z.string()).describe('What helps, where something always does'),
});
export type ProblemDocument = z.infer<typeof problemSchema>;

const statusOf: Readonly<Partial<Record<ErrorCode, number>>> = {
  REQUEST_INVALID: 400,
  CURSOR_INVALID: 400,
  BUDGET_TOO_SMALL: 400,
  UNAUTHORIZED: 401,
  SESSION_UNKNOWN: 404,
  IDEA_UNKNOWN: 404,
  WORK_UNKNOWN: 404,
  SIGNAL_UNKNOWN: 404,
  RULE_SET_UNKNOWN: 404,
  NOT_FOUND: 404,
  SESSION_CONFLICT: 409,
  SESSION_FINISHED: 409,
  LEVEL_CLOSED: 409,
  EMBEDDER_CHANGED: 409,
  REPLAY_PRUNED: 410,
  REQUEST_TOO_LARGE: 413,
  RULES_INVALID: 422,
};

const nextSteps: Readonly<Partial<Record<ErrorCode, string>>> = {
  REQUEST_INVALID: 'GET /v1/openapi.json describes every request.',
  CURSOR_INVALID: 'Read the list again from its beginning, without a cursor.',
  BUDGET_TOO_SMALL: 'Raise limits, or ask for fewer policy.variations.',
  UNAUTHORIZED: 'Ask whoever runs this server for its token.',
  SESSION_UNKNOWN: 'GET /v1/sessions lists the sessions that are there.',
  IDEA_UNKNOWN: 'GET /v1/sessions/{id}/ideas lists the ideas of the session.',
  RULE_SET_UNKNOWN: 'POST /v1/rules stores manifests and says their digest.',
  WORK_UNKNOWN: 'GET /v1/dead lists the work that was given up.',
  SESSION_CONFLICT: 'Take another id, or repeat the request exactly.',
  SESSION_FINISHED: 'GET /v1/sessions/{id}/report says what it found.',
  RULES_INVALID: 'POST /v1/rules?dryRun=true checks them while you mend.',
  INTERNAL: 'The log of the server says where; report it.',
};

/** The status of an answer that reports this error: 503 where trying again may help, 500 where nothing else is known. */
export function httpStatus(error: NireonError): number {
  return statusOf[error.code] ?? (error.retryable ? 503 : 500);
}

export function problemDocument(error: NireonError, status = httpStatus(error)): ProblemDocument {
  const next = nextSteps[error.code];
  return {
    type: `https://nireon.dev/problems/${error.code}`,
    title: errorCodes[error.code].says,
    status,
    detail: error.message,
    code: error.code,
    problems: error.problems.map(({ path, message, code }) => ({ path, message, ...(code === undefined ? {} : { code }) })),
    ...(next === undefined ? {} : { next }),
  };
}

/** The value, or REQUEST_INVALID with every problem under `place`. */
export function parseRequest<T>(schema: z.ZodType<T>, value: unknown, place: 'body' | 'query'): T {
  const parsed = schema.safeParse(value, { error: sayIssue });
  if (parsed.success) return parsed.data;
  const problems = problemsOf(parsed.error.issues, [place]);
  throw new NireonError(
    'REQUEST_INVALID',
    `the ${place} does not fit: ${problems[0]?.path ?? place}: ${problems[0]?.message ?? 'invalid'}`,
    {
      problems,
    },
  );
}

/** Of a union, what is wrong with the branch that was meant: the one whose type fits. */
function problemsOf(issues: readonly z.core.$ZodIssue[], above: readonly string[]): Problem[] {
  return issues.flatMap((issue) => {
    const path = [...above, ...issue.path.map(String)];
    const meant = issue.code === 'invalid_union' ? issue.errors.find((branch) => !branch.some(isWrongKind)) : undefined;
    return meant === undefined ? [{ path: path.join('.'), message: issue.message }] : problemsOf(meant, path);
  });
}

const isWrongKind = (issue: z.core.$ZodIssue): boolean => issue.code === 'invalid_type' && issue.path.length === 0;
