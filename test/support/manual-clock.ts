import type { Clock } from '../../operator/kube/clock.ts';

export interface ManualClock extends Clock {
  /** Lets so much time pass, waking whoever waits in order of time, each with some turns of the event loop to act. */
  advance(ms: number): Promise<void>;
  /** Lets all run that needs no time. */
  settle(): Promise<void>;
}

/** A clock of the kube layer that only a test moves. */
export function createManualClock(): ManualClock {
  let now = 1000;
  let waiting: { readonly at: number; readonly wake: () => void }[] = [];
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    now: () => now,
    date: () => new Date(Date.UTC(2026, 0, 1) + now),
    wait: (ms, signal) =>
      new Promise((resolve, reject) => {
        const one = { at: now + ms, wake: resolve };
        const leave = (): void => {
          waiting = waiting.filter((other) => other !== one);
          reject(signal?.reason as Error);
        };
        if (signal?.aborted) {
          leave();
          return;
        }
        waiting.push(one);
        signal?.addEventListener('abort', leave, { once: true });
      }),
    settle,
    async advance(ms) {
      const end = now + ms;
      await settle();
      for (;;) {
        const due = waiting.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (due === undefined) break;
        now = Math.max(now, due.at);
        waiting = waiting.filter((other) => other !== due);
        due.wake();
        await settle();
      }
      now = end;
      await settle();
    },
  };
}
