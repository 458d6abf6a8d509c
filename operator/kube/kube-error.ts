/** One cause in an answer of the API server: of a conflict the field and, in the message, who manages it. */
export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

export interface KubeErrorOptions {
  readonly cause?: unknown;
  readonly causes?: readonly StatusCause[];
  /** Milliseconds after which the server asked to be tried again. */
  readonly retryAfterMs?: number | undefined;
}

/**
 * What came instead of the answer. `status` is HTTP's, or 0 if there was none; `reason` is the server's word (`Conflict`, `Expired`), else
 * `Unreachable`, `Timeout` (it may have been done all the same), `Malformed`, or `NotLeader` for a write that was never sent.
 */
export class KubeError extends Error {
  readonly status: number;
  readonly reason: string;
  readonly causes: readonly StatusCause[];
  readonly retryAfterMs: number | undefined;

  constructor(status: number, reason: string, message: string, options: KubeErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'KubeError';
    this.status = status;
    this.reason = reason;
    this.causes = options.causes ?? [];
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Works across realms, where `instanceof` does not; with statuses, whether it is one of them. */
export function isKubeError(error: unknown, ...statuses: number[]): error is KubeError {
  if (typeof error !== 'object' || error === null || (error as { name?: unknown }).name !== 'KubeError') return false;
  return statuses.length === 0 || statuses.includes((error as KubeError).status);
}

/** The error that an answer of the API server stands for; `body` is a Status if the server itself wrote it, or a proxy's page. */
export function kubeErrorOf(status: number, body: string, retryAfter: string | undefined): KubeError {
  const said = readStatus(body);
  const seconds = Number(retryAfter ?? said?.details?.retryAfterSeconds ?? NaN);
  return new KubeError(status, said?.reason ?? `HTTP ${status}`, said?.message ?? `the API server answered ${status}`, {
    ...(Number.isFinite(seconds) && seconds >= 0 ? { retryAfterMs: seconds * 1000 } : {}),
    ...(Array.isArray(said?.details?.causes) ? { causes: said.details.causes } : {}),
  });
}

interface Status {
  readonly kind: 'Status';
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly causes?: readonly StatusCause[]; readonly retryAfterSeconds?: number };
}

function readStatus(body: string): Status | undefined {
  try {
    const value = JSON.parse(body) as Status | null;
    return value?.kind === 'Status' ? value : undefined;
  } catch {
    return undefined;
  }
}
