/** Time for waiting and measuring. What a mechanism sees as `now` comes from the store instead. */
export interface Clock {
  /** Monotonic milliseconds from an arbitrary start; never goes back. */
  nowMs(): number;
  /** Wall time as ISO 8601 in UTC with milliseconds. */
  isoNow(): string;
  /** Resolves after `ms` milliseconds (0: at the next turn); resolves early, without error, when `abort` fires. */
  sleep(ms: number, abort?: AbortSignal): Promise<void>;
}
