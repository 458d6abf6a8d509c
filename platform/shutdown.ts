export type StopSignal = 'SIGINT' | 'SIGTERM';
/** As shells report a process that a signal ended. */
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/** What is needed of Node's `process`. */
export interface SignalledProcess {
  on(signal: StopSignal, listener: (signal: StopSignal) => void): unknown;
  off(signal: StopSignal, listener: (signal: StopSignal) => void): unknown;
  exit(code: number): void;
}

/** Hands the first SIGINT or SIGTERM to `drain`; a second one ends the process at once. Returns what takes the listeners away. */
export function onStopSignal(process: SignalledProcess, drain: (signal: StopSignal) => void): () => void {
  let heard = false;
  const hear = (signal: StopSignal): void => {
    if (heard) {
      process.exit(exitCodes[signal]);
      return;
    }
    heard = true;
    drain(signal);
  };
  process.on('SIGINT', hear);
  process.on('SIGTERM', hear);
  return () => {
    process.off('SIGINT', hear);
    process.off('SIGTERM', hear);
  };
}
