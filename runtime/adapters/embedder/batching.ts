import type { Tokens } from './tokenizer.ts';

/** Texts of one caller on their way through the model. */
export interface BatchedCall {
  readonly id: number;
  readonly texts: readonly Tokens[];
}

export interface BatchingOptions {
  /** One vector a text, in order. */
  readonly run: (texts: readonly (readonly number[])[]) => Promise<readonly Float32Array[]>;
  /** Largest batch, padding included; a longer text goes alone. */
  readonly batchTokens: number;
  /** Resolves when what has arrived meanwhile was added. */
  readonly arrivals: () => Promise<void>;
  readonly onDone: (id: number, vectors: readonly Float32Array[]) => void;
  readonly onFailed: (id: number, error: unknown) => void;
}

export interface Batching {
  add(call: BatchedCall): void;
  /** Its texts that wait leave the queue; nothing more is told of it. */
  drop(id: number): void;
  /** Resolves when the model is idle. */
  settled(): Promise<void>;
}

interface WaitingText {
  readonly id: number;
  readonly index: number;
  readonly ids: readonly number[];
}

/** Texts of all callers in batches, one after the other, as long as any wait: the first of them as soon as the model is idle. */
export function createBatching({ run, batchTokens, arrivals, onDone, onFailed }: BatchingOptions): Batching {
  const open = new Map<number, { vectors: Float32Array[]; missing: number }>();
  let waiting: readonly WaitingText[] = [];
  let running: Promise<void> | undefined;

  function drop(id: number): void {
    if (open.delete(id)) waiting = waiting.filter((text) => text.id !== id);
  }

  async function work(): Promise<void> {
    await arrivals();
    while (waiting.length > 0) {
      const batch = nextBatch(waiting, batchTokens);
      const taken = new Set(batch);
      waiting = waiting.filter((text) => !taken.has(text));
      try {
        const vectors = await run(batch.map(({ ids }) => ids));
        batch.forEach((text, i) => keep(text, vectors[i]!));
      } catch (error) {
        for (const id of new Set(batch.map((text) => text.id))) {
          if (!open.has(id)) continue;
          drop(id);
          onFailed(id, error);
        }
      }
      await arrivals();
    }
    running = undefined;
  }

  function keep({ id, index }: WaitingText, vector: Float32Array): void {
    const call = open.get(id);
    if (!call) return;
    call.vectors[index] = vector;
    call.missing -= 1;
    if (call.missing > 0) return;
    open.delete(id);
    onDone(id, call.vectors);
  }

  return {
    add({ id, texts }) {
      open.set(id, { vectors: [], missing: texts.length });
      waiting = [...waiting, ...texts.map(({ ids }, index) => ({ id, index, ids }))];
      running ??= work();
    },
    drop,
    settled: async () => running,
  };
}

/**
 * The text that has waited longest, and those that are nearly as long: what is shorter by more than an eighth (or four tokens) would
 * cost more in padding than it saves, and goes into a batch of its own kind.
 */
export function nextBatch<T extends { readonly ids: readonly number[] }>(waiting: readonly T[], batchTokens: number): T[] {
  const oldest = waiting[0]!.ids.length;
  const near = waiting.filter(({ ids }) => Math.abs(ids.length - oldest) <= Math.max(4, oldest / 8));
  let longest = 0;
  const batch: T[] = [];
  for (const text of near) {
    longest = Math.max(longest, text.ids.length);
    if (batch.length > 0 && longest * (batch.length + 1) > batchTokens) break;
    batch.push(text);
  }
  return batch;
}
