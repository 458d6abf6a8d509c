import type { Clock } from '../../runtime/ports/clock.ts';

/** Time stands still: a sleep ends only when it is aborted. */
export const stillClock: Clock = {
  nowMs: () => 0,
  isoNow: () => '2026-01-01T00:00:00.000Z',
  sleep: async (_, abort) =>
    new Promise((resolve) => {
      if (abort?.aborted) resolve();
      else abort?.addEventListener('abort', () => resolve(), { once: true });
    }),
};
