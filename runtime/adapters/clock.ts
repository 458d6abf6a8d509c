import { performance } from 'node:perf_hooks';
import type { Clock } from '../ports/clock.ts';

/** The machine's clock. */
export function createSystemClock(): Clock {
  return {
    nowMs: () => performance.now(),
    isoNow: () => new Date().toISOString(),
    sleep: (ms, abort) =>
      new Promise((resolve) => {
        if (abort?.aborted) {
          resolve();
          return;
        }
        const end = (): void => {
          clearTimeout(timer);
          abort?.removeEventListener('abort', end);
          resolve();
        };
        const timer = setTimeout(end, ms);
        abort?.addEventListener('abort', end);
      }),
  };
}
