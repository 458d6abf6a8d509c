import { isNireonError } from '../domain/errors.ts';
import { requestedSessionId } from '../domain/ids.ts';
import type { BusRequest } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';

const retryMs = { least: 500, most: 10_000 };

/**
 * Begins the session that another system asked for over the bus. Asked again by the same source under the same id it is the same session.
 * Waits as long as the store is away; throws what is wrong with the request itself, or that the wait was aborted.
 */
export async function takeRequest(
  { source, id, data }: BusRequest,
  { create, clock, abort }: { create: (request: unknown) => Promise<unknown>; clock: Clock; abort: AbortSignal },
): Promise<void> {
  const named = typeof data === 'object' && data !== null && !Array.isArray(data) && !('id' in data);
  const request = named ? { ...data, id: requestedSessionId(source, id) } : data;
  for (let waitMs = retryMs.least; ; waitMs = Math.min(waitMs * 2, retryMs.most)) {
    try {
      await create(request);
      return;
    } catch (error) {
      if (!isNireonError(error) || !error.retryable || abort.aborted) throw error;
      await clock.sleep(waitMs, abort);
    }
  }
}
