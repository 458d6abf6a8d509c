import type { SignalNotice } from '../../ports/bus.ts';

/** Who listens in this process, and what they are doing. */
export interface Subscribers {
  /** Calls every handler a turn later: whoever publishes does not run what it wakes. A handler's failure is its own to report. */
  tell(notice: SignalNotice): void;
  /** Resolves to the unsubscription, which waits for running handlers. */
  add(group: string, handle: (notice: SignalNotice) => Promise<void>): () => Promise<void>;
  /** From now on nobody is told; resolves after running handlers. */
  close(): Promise<void>;
}

export function createSubscribers(): Subscribers {
  const groups = new Map<string, Set<(notice: SignalNotice) => Promise<void>>>();
  const underWay = new Set<Promise<void>>();
  let closed = false;

  return {
    tell(notice) {
      if (closed) return;
      for (const handlers of groups.values()) {
        for (const handle of handlers) {
          const handling = Promise.resolve()
            .then(() => handle(notice))
            .catch(() => undefined)
            .finally(() => underWay.delete(handling));
          underWay.add(handling);
        }
      }
    },
    add(group, handle) {
      const handlers = groups.get(group) ?? new Set();
      groups.set(group, handlers.add(handle));
      return async () => {
        handlers.delete(handle);
        await Promise.all(underWay);
      };
    },
    async close() {
      closed = true;
      await Promise.all(underWay);
    },
  };
}
