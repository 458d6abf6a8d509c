import { hasCode, messageOf, codeOf } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Entropy } from '../ports/entropy.ts';
import type { Observe } from '../ports/observer.ts';
import type { Store } from '../ports/store.ts';

export interface SteadyStore {
  /** The store, whose calls outlast an outage: results in hand are kept and written when it is back. Ends with the abort. */
  readonly store: Store;
  /** Milliseconds of unbroken contact; 0 while it is lost. */
  contactMs(): number;
  /** Tells it of a failure seen elsewhere, and of contact made again. */
  lost(error: unknown): void;
  found(): void;
}

/**
 * Calls whose answer depends on the moment are left alone: an outage is told to whoever asked. Every other call may be repeated, since
 * the store's promise makes a repeated call harmless.
 */
const notRepeated = new Set<keyof Store>(['claim', 'renew', 'health', 'close', 'stats', 'outbox']);
const firstPauseMs = 100;
const longestPauseMs = 2_000;

export function createSteadyStore(
  store: Store,
  options: { clock: Clock; entropy: Entropy; observe: Observe; abort: AbortSignal },
): SteadyStore {
  const { clock, entropy, observe, abort } = options;
  let contactSince = clock.nowMs();
  let lostAt: number | undefined;

  function lost(error: unknown): void {
    if (lostAt !== undefined) return;
    lostAt = clock.nowMs();
    observe({ type: 'store-lost', code: codeOf(error), message: messageOf(error) });
  }

  function found(): void {
    if (lostAt === undefined) return;
    observe({ type: 'store-found', afterMs: clock.nowMs() - lostAt });
    lostAt = undefined;
    contactSince = clock.nowMs();
  }

  const isOutage = (error: unknown): boolean => hasCode(error, 'STORE_UNREACHABLE', 'STORE_FULL');

  async function repeat(call: () => Promise<unknown>): Promise<unknown> {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
      try {
        const result = await call();
        found();
        return result;
      } catch (error) {
        if (!isOutage(error)) throw error;
        lost(error);
        if (abort.aborted) throw error;
        await clock.sleep(pauseMs * (0.5 + entropy.uniform() / 2), abort);
      }
    }
  }

  const steady = new Proxy(store, {
    get(target, name: keyof Store) {
      const value = target[name];
      if (typeof value !== 'function' || notRepeated.has(name)) return value;
      return (...args: unknown[]) => repeat(() => Promise.resolve((value as (...a: unknown[]) => unknown).apply(target, args)));
    },
  });
  return { store: steady, contactMs: () => (lostAt === undefined ? clock.nowMs() - contactSince : 0), lost, found };
}
