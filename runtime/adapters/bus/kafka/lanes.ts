export interface Lanes<T> {
  /** Resolves when all of them are sent; those of one lane are sent in the order of the calls, and never two batches of it at once. */
  send(lane: string, items: readonly T[]): Promise<void>;
}

interface Waiting<T> {
  readonly items: readonly T[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const mostAtOnce = 1000;

/** What waits while a batch of its lane is under way goes together in the next one. */
export function createLanes<T>(sendBatch: (lane: string, items: readonly T[]) => Promise<void>): Lanes<T> {
  const waiting = new Map<string, Waiting<T>[]>();

  async function drain(lane: string, queue: Waiting<T>[]): Promise<void> {
    while (queue.length > 0) {
      const batch = [queue.shift()!];
      for (let size = batch[0]!.items.length; queue.length > 0;) {
        size += queue[0]!.items.length;
        if (size > mostAtOnce) break;
        batch.push(queue.shift()!);
      }
      try {
        await sendBatch(
          lane,
          batch.flatMap(({ items }) => items),
        );
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    waiting.delete(lane);
  }
  return {
    send: (lane, items) =>
      new Promise((resolve, reject) => {
        const queue = waiting.get(lane);
        if (queue) return void queue.push({ items, resolve, reject });
        const begun = [{ items, resolve, reject }];
        waiting.set(lane, begun);
        void drain(lane, begun);
      }),
  };
}
