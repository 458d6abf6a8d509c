import type { EngineEvent } from './domain/engine-event.ts';
import type { Clock } from './ports/clock.ts';
import type { CheckResult } from './server/ops.ts';

/** Hears the engine's events, and from them knows whether its worker still moves. */
export interface Liveness {
  hear(event: EngineEvent): void;
  check(): CheckResult;
}

/**
 * Stuck is a worker that runs items whose leases were not renewed for 15 s (`patienceMs`) while the store was not known to be lost: its
 * items run elsewhere by then. An idle worker, one that waits for the store, and one that is not started or stopped are well.
 */
export function createLiveness({ clock, patienceMs = 15_000 }: { clock: Pick<Clock, 'nowMs'>; patienceMs?: number }): Liveness {
  const running = new Set<string>();
  let storeLost = false;
  let contactMs = clock.nowMs();
  return {
    hear(event) {
      switch (event.type) {
        case 'work-claimed':
          if (running.size === 0) contactMs = clock.nowMs();
          if (event.workId !== undefined) running.add(event.workId);
          return;
        case 'work-ended':
        case 'work-retried':
        case 'work-given-back':
        case 'commit-fenced':
          if (event.workId !== undefined) running.delete(event.workId);
          return;
        case 'lease-renewed':
          contactMs = clock.nowMs();
          return;
        case 'store-lost':
          storeLost = true;
          return;
        case 'store-found':
          storeLost = false;
          contactMs = clock.nowMs();
          return;
        case 'worker-stopped':
          running.clear();
          return;
        default:
      }
    },
    check() {
      const silentMs = clock.nowMs() - contactMs;
      if (running.size === 0 || storeLost || silentMs <= patienceMs) return { ok: true };
      const message = `${running.size} work items run, and no lease was renewed for ${Math.round(silentMs / 1000)} s`;
      return { ok: false, code: 'WORKER_STUCK', message };
    },
  };
}
