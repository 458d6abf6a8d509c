import { isNireonError } from '../domain/errors.ts';
import type { Entropy } from '../ports/entropy.ts';

export interface BackOff {
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
}

/**
 * Milliseconds until a failed item may be claimed again: a random share of the back-off, which doubles with each failure; not before what
 * failed says that it will be back. Never longer than twice `backoffMaxMs`.
 */
export function retryAfter(error: unknown, failures: number, { backoffMs, backoffMaxMs }: BackOff, entropy: Entropy): number {
  const asked = isNireonError(error) ? Math.min(error.retryAfterMs ?? 0, backoffMaxMs) : 0;
  return Math.ceil(asked + entropy.uniform() * Math.min(backoffMaxMs, backoffMs * 2 ** failures));
}
