export interface BackoffOptions {
  readonly firstMs: number;
  readonly mostMs: number;
  /** In [0, 1). */
  readonly random?: () => number;
}

/** The wait after the nth failure in a row (from 1): doubled each time up to `mostMs`, less up to half of it, so that many do not come back at once. */
export function backoffMs(failures: number, { firstMs, mostMs, random = Math.random }: BackoffOptions): number {
  return Math.min(mostMs, firstMs * 2 ** Math.min(failures - 1, 52)) * (1 - random() / 2);
}
