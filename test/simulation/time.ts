import type { Clock } from '../../runtime/ports/clock.ts';

/** One time for the whole simulated world: it leaps to the next sleeper when nothing else is left to do. */
export interface WorldTime {
  now(): number;
  iso(): string;
  sleep(ms: number, abort?: AbortSignal): Promise<void>;
  /** Ends all waiting: the world is over. */
  end(): void;
}

const epoch = Date.UTC(2026, 0, 1);

export function createWorldTime(): WorldTime {
  let now = 0;
  let turn = 0;
  let ended = false;
  let pumping = false;
  // A binary heap by time, then by order of going to sleep.
  const heap: { at: number; order: number; wake: () => void; gone: boolean }[] = [];
  const before = (a: number, b: number): boolean =>
    heap[a]!.at < heap[b]!.at || (heap[a]!.at === heap[b]!.at && heap[a]!.order < heap[b]!.order);
  const swap = (a: number, b: number): void => {
    [heap[a], heap[b]] = [heap[b]!, heap[a]!];
  };
  function push(sleeper: (typeof heap)[number]): void {
    heap.push(sleeper);
    for (let i = heap.length - 1; i > 0;) {
      const parent = (i - 1) >> 1;
      if (!before(i, parent)) break;
      swap(i, parent);
      i = parent;
    }
  }
  function pop(): (typeof heap)[number] | undefined {
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let i = 0; ;) {
      const left = 2 * i + 1;
      if (left >= heap.length) return first;
      const child = left + 1 < heap.length && before(left + 1, left) ? left + 1 : left;
      if (!before(child, i)) return first;
      swap(i, child);
      i = child;
    }
  }
  function pump(): void {
    pumping = false;
    if (ended) return;
    let next = pop();
    while (next?.gone) next = pop();
    if (!next) return;
    now = Math.max(now, next.at);
    next.wake();
    pumping = true;
    setImmediate(pump);
  }
  return {
    now: () => now,
    iso: () => new Date(epoch + now).toISOString(),
    sleep: (ms, abort) =>
      new Promise((resolve) => {
        if (ended) return;
        if (abort?.aborted) {
          resolve();
          return;
        }
        const sleeper = { at: now + Math.max(0, ms), order: turn++, wake: resolve, gone: false };
        push(sleeper);
        abort?.addEventListener(
          'abort',
          () => {
            sleeper.gone = true;
            resolve();
          },
          { once: true },
        );
        if (!pumping) {
          pumping = true;
          setImmediate(pump);
        }
      }),
    end() {
      ended = true;
      heap.length = 0;
    },
  };
}

export const storeTime =
  (time: WorldTime): (() => number) =>
  () =>
    epoch + time.now();

/** The clock of one process: nothing wakes in it while it is stopped, or any more once it is dead. */
export function createProcessClock(time: WorldTime, life: { alive: Promise<never>; running(): Promise<void> }): Clock {
  return {
    nowMs: () => time.now(),
    isoNow: () => time.iso(),
    sleep: (ms, abort) => Promise.race([time.sleep(ms, abort).then(() => life.running()), life.alive]),
  };
}
