export type StopSignal = 'SIGINT' | 'SIGTERM';
const stopSignals: readonly StopSignal[] = ['SIGINT', 'SIGTERM'];
/** As shells report a process that a signal ended. */
const signalExitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

export interface ShutdownOptions {
  /** Node's `process`, or a double of it. */
  readonly process: {
    on(signal: StopSignal, listener: () => void): unknown;
    off(signal: StopSignal, listener: () => void): unknown;
    exit(code: number): void;
  };
  /** Ends what runs; resolves to the exit code. Called once, by the first signal. */
  readonly drain: (signal: StopSignal) => Promise<number>;
  /** After so long the process ends with 1, drained or not. */
  readonly graceMs: number;
}

/**
 * The first SIGINT or SIGTERM drains and then exits; a second one exits at once with 130 or 143. A drain that throws exits with 1.
 * Returns the function that takes the listeners away.
 */
export function onShutdown({ process, drain, graceMs }: ShutdownOptions): () => void {
  let draining = false;
  const listeners = stopSignals.map((signal) => ({ signal, listener: () => take(signal) }));
  for (const { signal, listener } of listeners) process.on(signal, listener);

  function take(signal: StopSignal): void {
    if (draining) {
      process.exit(signalExitCodes[signal]);
      return;
    }
    draining = true;
    const late = setTimeout(() => process.exit(1), graceMs);
    void drain(signal)
      .catch(() => 1)
      .then((code) => {
        clearTimeout(late);
        process.exit(code);
      });
  }
  return () => {
    for (const { signal, listener } of listeners) process.off(signal, listener);
  };
}
