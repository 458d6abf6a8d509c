import { backoffMs } from './backoff.ts';
import { type Clock, systemClock } from './clock.ts';

/** Why a key is worked on: what a user did goes before what children did, and that before what is only looked at again. */
export const priorities = ['edit', 'child', 'again'] as const;
export type Priority = (typeof priorities)[number];

export type QueueEvent =
  | { readonly type: 'added' }
  | { readonly type: 'started'; readonly key: string; readonly waitMs: number }
  | { readonly type: 'ended'; readonly key: string; readonly workMs: number }
  | { readonly type: 'retried'; readonly key: string; readonly failures: number; readonly delayMs: number; readonly error: unknown };

export interface QueueOptions {
  /** Works on a key; when it gives a number, the key comes again after so many milliseconds. What it throws is tried again. */
  readonly work: (key: string, signal: AbortSignal) => Promise<{ readonly againInMs?: number | undefined } | undefined>;
  /** Keys in work at once. */
  readonly concurrency: number;
  readonly onEvent?: (event: QueueEvent) => void;
  readonly clock?: Clock;
  readonly random?: () => number;
}

export interface Queue {
  /** A key that waits already is not added twice, but moves up to the better priority; one in work comes again after it. */
  add(key: string, priority?: Priority): void;
  /** Forgets what is planned for a key that is no more, and its failures. */
  forget(key: string): void;
  /** Nothing starts any more; resolves when all that was in work has ended. `abort` ends it through its signal. */
  stop(options?: { readonly abort?: boolean }): Promise<void>;
  /** How many wait, and since when (by the clock) each in work is. */
  state(): { readonly waiting: number; readonly workingSince: readonly number[] };
}

const retry = { firstMs: 5, mostMs: 300_000 };
/** Each so many starts the key that has waited longest goes first, whatever its priority: nobody starves. */
const fairEvery = 8;

/** Keys that are worked on, each by one worker at a time; failures come again after 5 ms · 2ⁿ, at most 5 minutes. */
export function createQueue({ work, concurrency, onEvent, clock = systemClock, random = Math.random }: QueueOptions): Queue {
  /** By priority, in the order of coming; a Map keeps it. */
  const waiting = priorities.map(() => new Map<string, number>());
  const working = new Map<string, number>();
  /** Added while in work. */
  const dirty = new Map<string, Priority>();
  const failures = new Map<string, number>();
  const timers = new Map<string, AbortController>();
  const ending = new AbortController();
  let stopped = false;
  let starts = 0;
  let idle: (() => void) | undefined;

  function add(key: string, priority: Priority = 'child'): void {
    if (stopped) return;
    onEvent?.({ type: 'added' });
    const rank = priorities.indexOf(priority);
    if (working.has(key)) {
      const planned = dirty.get(key);
      if (planned === undefined || rank < priorities.indexOf(planned)) dirty.set(key, priority);
      return;
    }
    const held = waiting.findIndex((keys) => keys.has(key));
    if (held >= 0 && held <= rank) return;
    const since = held < 0 ? clock.now() : waiting[held]!.get(key)!;
    if (held >= 0) waiting[held]!.delete(key);
    waiting[rank]!.set(key, since);
    pump();
  }

  function later(key: string, ms: number): void {
    if (stopped) return;
    timers.get(key)?.abort();
    const timer = new AbortController();
    timers.set(key, timer);
    clock.wait(ms, timer.signal).then(
      () => {
        if (timers.get(key) === timer) timers.delete(key);
        add(key, 'again');
      },
      () => undefined,
    );
  }

  function next(): [string, number] | undefined {
    const heads = waiting.flatMap((keys) => {
      const head = keys.entries().next().value;
      return head === undefined ? [] : [head];
    });
    return starts % fairEvery === fairEvery - 1 ? heads.sort(([, a], [, b]) => a - b)[0] : heads[0];
  }

  function pump(): void {
    while (!stopped && working.size < concurrency) {
      const chosen = next();
      if (chosen === undefined) return;
      const [key, since] = chosen;
      for (const keys of waiting) keys.delete(key);
      // What was planned for later is done now, and planned anew by its outcome.
      timers.get(key)?.abort();
      timers.delete(key);
      starts++;
      void run(key, since);
    }
  }

  async function run(key: string, since: number): Promise<void> {
    const began = clock.now();
    working.set(key, began);
    onEvent?.({ type: 'started', key, waitMs: began - since });
    try {
      const outcome = await work(key, ending.signal);
      failures.delete(key);
      if (outcome?.againInMs !== undefined) later(key, outcome.againInMs);
    } catch (error) {
      fail(key, error);
    }
    working.delete(key);
    onEvent?.({ type: 'ended', key, workMs: clock.now() - began });
    const again = dirty.get(key);
    dirty.delete(key);
    if (again !== undefined) add(key, again);
    if (stopped && working.size === 0) idle?.();
    pump();
  }

  function fail(key: string, error: unknown): void {
    if (stopped) return;
    const count = (failures.get(key) ?? 0) + 1;
    failures.set(key, count);
    const asked = (error as { retryAfterMs?: unknown } | null)?.retryAfterMs;
    const delayMs = Math.max(backoffMs(count, { ...retry, random }), typeof asked === 'number' ? asked : 0);
    onEvent?.({ type: 'retried', key, failures: count, delayMs, error });
    later(key, delayMs);
  }

  return {
    add,
    forget(key) {
      failures.delete(key);
      dirty.delete(key);
      timers.get(key)?.abort();
      timers.delete(key);
      for (const keys of waiting) keys.delete(key);
    },
    async stop({ abort = false } = {}) {
      stopped = true;
      for (const timer of timers.values()) timer.abort();
      timers.clear();
      if (abort) ending.abort();
      if (working.size > 0) await new Promise<void>((resolve) => (idle = resolve));
    },
    state: () => ({ waiting: waiting.reduce((sum, keys) => sum + keys.size, 0), workingSince: [...working.values()] }),
  };
}
