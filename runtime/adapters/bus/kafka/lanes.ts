export interface Lanes<T> {
  /**
   * Resolves when all of them are sent; those of one lane are sent in the order of the calls, and never two batches of it at once. After
   * the abort it rejects, and what is not under way by then is not sent.
   */
  send(lane: string, items: readonly T[], abort?: AbortSignal): Promise<void>;
}

interface Waiting<T> {
  readonly items: readonly T[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  readonly abort: AbortSignal | undefined;
}

const mostAtOnce = 1000;

/** What waits while a batch of its lane is under way goes together in the next one. */
export function createLanes<T>(sendBatch: (lane: string, items: readonly T[]) => Promise<void>): Lanes<T> {
  const waiting = new Map<string, Waiting<T>[]>();

  async function drain(lane: string, queue: Waiting<T>[]): Promise<void> {
    while (queue.length > 0) {
      const batch = takeBatch(queue);
      if (batch.length === 0) continue;
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
    send: (lane, items, abort) =>
      new Promise((resolve, reject) => {
        abort?.addEventListener('abort', () => reject(abort.reason as Error), { once: true });
        const queue = waiting.get(lane) ?? [];
        queue.push({ items, resolve, reject, abort });
        if (waiting.has(lane)) return;
        waiting.set(lane, queue);
        void drain(lane, queue);
      }),
  };
}

/** The oldest that nobody has given up, as many as may go together. */
function takeBatch<T>(queue: Waiting<T>[]): Waiting<T>[] {
  const batch: Waiting<T>[] = [];
  let size = 0;
  while (queue.length > 0 && (batch.length === 0 || size + queue[0]!.items.length <= mostAtOnce)) {
    const next = queue.shift()!;
    if (next.abort?.aborted) continue;
    batch.push(next);
    size += next.items.length;
  }
  return batch;
}
