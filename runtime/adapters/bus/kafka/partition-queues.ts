export interface PartitionQueues<T> {
  add(partition: number, item: T): void;
  /** Takes nothing more, as does a partition whose `handle` rejected; resolves when what is being handled is done. */
  stop(): Promise<void>;
}

/** From so many that wait on, no more are asked for, until half of them are done. */
const most = 500;

/** Hands on what comes in one stream, in order within each partition, all that waits of it at once. */
export function createPartitionQueues<T>(to: {
  readonly handle: (items: readonly T[]) => Promise<void>;
  readonly hold: () => void;
  readonly goOn: () => void;
}): PartitionQueues<T> {
  const queues = new Map<number, T[]>();
  const underWay = new Set<Promise<void>>();
  let open = 0;
  let held = false;
  let stopped = false;

  async function drain(partition: number, queue: T[]): Promise<void> {
    // What comes in the same turn goes along.
    await Promise.resolve();
    while (queue.length > 0 && !stopped) {
      const items = queue.splice(0);
      try {
        await to.handle(items);
      } catch {
        // What follows must not be committed over them: it is left where it is.
        return;
      }
      open -= items.length;
      if (!held || open > most / 2 || stopped) continue;
      held = false;
      to.goOn();
    }
    queues.delete(partition);
  }
  return {
    add(partition, item) {
      if (stopped) return;
      open += 1;
      if (open >= most && !held) {
        held = true;
        to.hold();
      }
      const queue = queues.get(partition);
      if (queue) {
        queue.push(item);
        return;
      }
      const begun = [item];
      queues.set(partition, begun);
      const draining: Promise<void> = drain(partition, begun).finally(() => underWay.delete(draining));
      underWay.add(draining);
    },
    async stop() {
      stopped = true;
      await Promise.all(underWay);
    },
  };
}
