import type { Clock } from '../../runtime/ports/clock.ts';

export interface LeapingClock extends Clock {
  /** Lets time pass without anybody sleeping. */
  advance(ms: number): void;
}

/**
 * A clock that leaps to the next sleeper whenever nothing else is left to do in this turn of the event loop: waits cost no time. It stands
 * still while something outside the event loop (a thread that writes) is `busy`.
 */
export function createLeapingClock({ busy = () => false }: { busy?: () => boolean } = {}): LeapingClock {
  let now = 0;
  let sleepers: { at: number; wake: () => void }[] = [];
  let pumping = false;

  function pump(): void {
    if (busy()) {
      setTimeout(pump);
      return;
    }
    const due = sleepers.reduce<number>((least, sleeper) => Math.min(least, sleeper.at), Infinity);
    now = Math.max(now, due);
    const awake = sleepers.filter((sleeper) => sleeper.at <= now);
    sleepers = sleepers.filter((sleeper) => sleeper.at > now);
    for (const sleeper of awake) sleeper.wake();
    pumping = sleepers.length > 0;
    if (pumping) setImmediate(pump);
  }

  return {
    nowMs: () => now,
    isoNow: () => new Date(Date.UTC(2026, 0, 1) + now).toISOString(),
    advance: (ms) => (now += ms),
    sleep: (ms, abort) =>
      new Promise((resolve) => {
        if (abort?.aborted) {
          resolve();
          return;
        }
        const sleeper = { at: now + ms, wake: resolve };
        sleepers.push(sleeper);
        abort?.addEventListener('abort', () => {
          sleepers = sleepers.filter((other) => other !== sleeper);
          resolve();
        });
        if (!pumping) {
          pumping = true;
          setImmediate(pump);
        }
      }),
  };
}
