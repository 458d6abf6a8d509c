import { setTimeout as pause } from 'node:timers/promises';
import { NireonError } from '../../../domain/errors.ts';

/** What the work brings, or BUS_UNREACHABLE when it takes longer: some waits of the libraries have no end. The work itself goes on. */
export async function within<T>(ms: number, work: Promise<T>, what = 'Kafka'): Promise<T> {
  const timer = new AbortController();
  work.catch(() => undefined);
  const late = pause(ms, undefined, { signal: timer.signal }).then(() => {
    throw new NireonError('BUS_UNREACHABLE', `${what} did not answer in ${ms} ms`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
    late.catch(() => undefined);
  }
}
