/** Attempts at one model for one call, all together. */
export const attemptsPerModel = 3;
/** A provider that asks for more patience than this is left for the next model. */
export const longestRetryAfterMs = 30_000;

const baseMs = 200;
const longestMs = 10_000;

/**
 * How long to wait before attempt `n` + 2 at the same model, n from 0: full jitter in 200 ms x 2^n <= 10 s, or what the provider asked
 * for, and up to 200 ms on top, so that those it sent away don't all come back at once. Undefined: don't wait, take the next model.
 */
export function retryDelayMs(n: number, retryAfterMs: number | undefined, uniform: number): number | undefined {
  if (retryAfterMs === undefined) return uniform * Math.min(longestMs, baseMs * 2 ** n);
  return retryAfterMs > longestRetryAfterMs ? undefined : retryAfterMs + uniform * baseMs;
}
