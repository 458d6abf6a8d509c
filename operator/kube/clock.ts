import { setTimeout as wait } from 'node:timers/promises';

/** Time of the kube layer. It never decides by the time of day, which may jump, but by `now`. */
export interface Clock {
  /** Milliseconds that only grow, from any start. */
  now(): number;
  /** The time of day, for what people and other programs read. */
  date(): Date;
  /** Resolves after so many milliseconds; rejects with the signal's reason once that is aborted. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => new Date(),
  async wait(ms, signal) {
    await wait(ms, undefined, { ...(signal === undefined ? {} : { signal }), ref: true });
  },
};
