import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Signal } from '../domain/signal.ts';

export interface StreamTimes {
  /** A comment goes out after so long without a signal, so that proxies keep the connection. */
  readonly heartbeatMs: number;
  /** A client that takes nothing for so long is disconnected. */
  readonly stalledMs: number;
}
export const streamTimes: StreamTimes = { heartbeatMs: 15_000, stalledMs: 60_000 };

/** One signal as a server-sent event. JSON has no line break, so that one data line holds it. */
export function eventText(signal: Signal): string {
  return `id: ${signal.sequence}\nevent: ${signal.type}\ndata: ${JSON.stringify(signal)}\n\n`;
}

/**
 * Writes signals as they come and ends the response with them. The next one is asked for only when the client has taken the last: a slow
 * client costs one signal of memory. Resolves when the response is over, whoever ended it; `abort` ends it early.
 */
export async function streamSignals(response: ServerResponse, signals: AsyncIterable<Signal>, abort: AbortSignal, times = streamTimes) {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    'x-content-type-options': 'nosniff',
  });
  const heartbeat = setInterval(() => {
    if (!response.writableNeedDrain) response.write(':\n\n');
  }, times.heartbeatMs);
  try {
    await written(response, 'retry: 1000\n\n', abort, times.stalledMs);
    for await (const signal of signals) {
      heartbeat.refresh();
      if (!(await written(response, eventText(signal), abort, times.stalledMs))) break;
    }
  } finally {
    clearInterval(heartbeat);
    response.end();
  }
}

/** False if the client is gone or stalled, or the stream was aborted: then nothing more can be written. */
async function written(response: ServerResponse, text: string, abort: AbortSignal, stalledMs: number): Promise<boolean> {
  if (abort.aborted || response.destroyed) return false;
  if (response.write(text)) return true;
  const settled = new AbortController();
  const drained = new Promise<boolean>((resolve) => {
    response.once('drain', () => resolve(true));
    response.once('close', () => resolve(false));
    abort.addEventListener('abort', () => resolve(false), { once: true, signal: settled.signal });
  });
  const stalled = sleep(stalledMs, 'stalled' as const, { signal: settled.signal }).catch(() => 'stalled' as const);
  const outcome = await Promise.race([drained, stalled]);
  settled.abort();
  if (outcome === 'stalled') response.destroy();
  return outcome === true;
}
