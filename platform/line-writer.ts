import { writeSync } from 'node:fs';

export interface LineWriter {
  /** Takes a whole line with its end; it is written in this turn of the event loop or soon after, in order. */
  write(line: string): void;
  /** Writes what is left now, waiting up to 2 s for a reader that is slow. */
  flush(): void;
}

const retryMs = 10;
const patienceMs = 2000;
const maxWaitingBytes = 16 * 1024 * 1024;

/**
 * Lines to a file descriptor, one write a turn. A reader that went away ends the writing, not the program. (The destination of pino itself
 * retries for ever in its flush once the other end of a pipe is closed.)
 */
export function createLineWriter(descriptor: number): LineWriter {
  let waiting: Buffer[] = [];
  let bytes = 0;
  let scheduled = false;
  let broken = false;

  /** True if nothing is left to write. */
  function send(): boolean {
    if (waiting.length === 0) return true;
    let rest = Buffer.concat(waiting);
    try {
      while (rest.length > 0) rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      broken = (error as { code?: unknown }).code !== 'EAGAIN';
      if (broken) rest = Buffer.alloc(0);
    }
    waiting = rest.length > 0 ? [rest] : [];
    bytes = rest.length;
    return bytes === 0;
  }

  function run(): void {
    scheduled = false;
    if (!send()) schedule(retryMs);
  }
  function schedule(afterMs?: number): void {
    scheduled = true;
    if (afterMs === undefined) setImmediate(run);
    else setTimeout(run, afterMs);
  }

  function flush(): void {
    const pause = new Int32Array(new SharedArrayBuffer(4));
    for (let waited = 0; !send() && waited < patienceMs; waited += retryMs) Atomics.wait(pause, 0, 0, retryMs);
  }

  return {
    write(line) {
      if (broken) return;
      const chunk = Buffer.from(line);
      waiting.push(chunk);
      bytes += chunk.length;
      if (bytes > maxWaitingBytes) flush();
      else if (!scheduled) schedule();
    },
    flush,
  };
}
