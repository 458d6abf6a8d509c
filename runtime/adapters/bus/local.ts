import type { Bus } from '../../ports/bus.ts';
import { createSubscribers } from './subscribers.ts';

/** A bus inside one process: needs no outbox, since what a crash takes with it is found by the sweep. */
export function createLocalBus(): Bus {
  const subscribers = createSubscribers();
  let closed = false;

  return {
    name: 'local',
    durable: false,
    async publish(signals) {
      for (const { sessionid, id, type } of signals) subscribers.tell({ sessionId: sessionid, signalId: id, type });
    },
    subscribe: async (group, handle) => subscribers.add(group, handle),
    health: async () => ({ ok: !closed, detail: 'in process' }),
    async close() {
      closed = true;
      await subscribers.close();
    },
  };
}
