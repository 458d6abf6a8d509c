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

/** A run of the model costs as much by itself as so many more tokens in it: measured, the optimum is flat between 8 and 16. */
const tokensOfARun = 12;

/**
 * The batch in which the text that has waited longest goes, when all that wait are parted by length so that padding and runs together
 * cost least. One batch of everything would cost up to eight times as much.
 */
export function nextBatch<T extends { readonly ids: readonly number[] }>(waiting: readonly T[], batchTokens: number): readonly T[] {
  const sorted = waiting.toSorted((a, b) => a.ids.length - b.ids.length);
  const oldest = sorted.indexOf(waiting[0]!);
  // Of the shortest texts up to each place: the least cost, and where their last batch begins.
  const costs = [0];
  const begins = [0];
  for (let end = 1; end <= sorted.length; end++) {
    const width = sorted[end - 1]!.ids.length;
    costs[end] = Infinity;
    for (let begin = end - 1; begin >= 0; begin--) {
      const padded = (end - begin) * width;
      if (padded > batchTokens && end - begin > 1) break;
      const cost = costs[begin]! + tokensOfARun + padded;
      if (cost < costs[end]!) [costs[end], begins[end]] = [cost, begin];
    }
  }
  let end = sorted.length;
  while (begins[end]! > oldest) end = begins[end]!;
  return sorted.slice(begins[end], end);
}
