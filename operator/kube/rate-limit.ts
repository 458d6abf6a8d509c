import type { Clock } from './clock.ts';

/** Resolves when the next may go. */
export type RateLimit = (signal?: AbortSignal) => Promise<void>;

/** Lets so many through a second, and `burst` at once after a rest, in the order in which they came; 0 a second is no limit. */
export function createRateLimit(perSecond: number, burst: number, clock: Clock): RateLimit {
  if (perSecond <= 0) return async () => undefined;
  const stepMs = 1000 / perSecond;
  let nextMs = clock.now() - burst * stepMs;
  return async (signal) => {
    const now = clock.now();
    const slot = Math.max(nextMs, now - (burst - 1) * stepMs);
    nextMs = slot + stepMs;
    if (slot > now) await clock.wait(slot - now, signal);
  };
}
