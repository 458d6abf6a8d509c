/** Randomness that decides nothing of a session's history: jitter and fresh ids. */
export interface Entropy {
  /** Uniform in [0, 1). */
  uniform(): number;
  bytes(count: number): Uint8Array;
}
