import type { Bus, SignalNotice } from '../../ports/bus.ts';

/** A bus inside one process: needs no outbox, since what a crash takes with it is found by the sweep. */
export function createLocalBus(): Bus {
  const groups = new Map<string, Set<(notice: SignalNotice) => Promise<void>>>();
  const underWay = new Set<Promise<void>>();
  let closed = false;

  return {
    name: 'local',
    durable: false,
    async publish(signals) {
      if (closed) return;
      for (const { sessionid, id, type } of signals) {
        for (const handlers of groups.values()) {
          for (const handle of handlers) {
            // A turn later: whoever publishes does not run what it wakes. A handler's failure is its own to report.
            const handling = Promise.resolve()
              .then(() => handle({ sessionId: sessionid, signalId: id, type }))
              .catch(() => undefined)
              .finally(() => underWay.delete(handling));
            underWay.add(handling);
          }
        }
      }
    },
    async subscribe(group, handle) {
      const handlers = groups.get(group) ?? new Set();
      groups.set(group, handlers.add(handle));
      return async () => {
        handlers.delete(handle);
        await Promise.all(underWay);
      };
    },
    health: async () => ({ ok: !closed, detail: 'in process' }),
    async close() {
      closed = true;
      await Promise.all(underWay);
    },
  };
}
