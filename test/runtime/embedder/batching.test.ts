import { createBatching, nextBatch } from '../../../runtime/adapters/embedder/batching.ts';

const textOf = (length: number, id = 1) => ({ ids: Array.from({ length }, () => id), truncated: false });
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A model that answers when told to: the vector of a text is its first token. */
function openModel(batchTokens: number) {
  const batches: number[][] = [];
  const done = new Map<number, number[]>();
  const failed = new Map<number, unknown>();
  const answers: ((fault?: Error) => void)[] = [];
  const batching = createBatching({
    run: (texts) =>
      new Promise((resolve, reject) => {
        batches.push(texts.map((ids) => ids.length));
        answers.push((fault) => (fault ? reject(fault) : resolve(texts.map((ids) => Float32Array.of(ids[0]!)))));
      }),
    batchTokens,
    arrivals: turn,
    onDone: (id, vectors) =>
      done.set(
        id,
        vectors.map((vector) => vector[0]!),
      ),
    onFailed: (id, error) => failed.set(id, error),
  });
  const answer = async (fault?: Error) => {
    answers.shift()!(fault);
    await turn();
    await turn();
  };
  return { batching, batches, done, failed, answer };
}

describe('batching', () => {
  it('sends what is there as soon as the model is idle, the texts of all callers together', async () => {
    const { batching, batches, done, answer } = openModel(100);
    batching.add({ id: 1, texts: [textOf(5, 11)] });
    batching.add({ id: 2, texts: [textOf(5, 21), textOf(6, 22)] });
    await turn();
    expect(batches).toEqual([[5, 5, 6]]);
    await answer();
    expect(done).toEqual(
      new Map([
        [1, [11]],
        [2, [21, 22]],
      ]),
    );
  });

  it('gathers what comes while the model computes into the next batch', async () => {
    const { batching, batches, answer } = openModel(100);
    batching.add({ id: 1, texts: [textOf(5)] });
    await turn();
    for (const id of [2, 3, 4]) batching.add({ id, texts: [textOf(5)] });
    await turn();
    expect(batches).toEqual([[5]]);
    await answer();
    expect(batches).toEqual([[5], [5, 5, 5]]);
  });

  it('begins again after it was idle', async () => {
    const { batching, done, answer } = openModel(100);
    for (const id of [1, 2]) {
      batching.add({ id, texts: [textOf(5, id)] });
      await turn();
      await answer();
      await batching.settled();
    }
    expect(done).toEqual(
      new Map([
        [1, [1]],
        [2, [2]],
      ]),
    );
  });

  it('answers a caller in the order of its texts though lengths decide the order of computing', async () => {
    const { batching, batches, done, answer } = openModel(100);
    batching.add({ id: 1, texts: [textOf(60, 1), textOf(5, 2), textOf(60, 3), textOf(5, 4)] });
    await turn();
    await answer();
    await answer();
    await answer();
    expect(batches).toEqual([[60], [5, 5], [60]]);
    expect(done).toEqual(new Map([[1, [1, 2, 3, 4]]]));
  });

  it('drops what waits of a caller that gave up, and none of the others', async () => {
    const { batching, batches, done, answer } = openModel(10);
    batching.add({ id: 1, texts: [textOf(5)] });
    await turn();
    batching.add({ id: 2, texts: [textOf(5), textOf(5)] });
    batching.add({ id: 3, texts: [textOf(5, 33)] });
    batching.drop(1);
    batching.drop(2);
    await answer();
    await answer();
    expect(batches).toEqual([[5], [5]]);
    expect(done).toEqual(new Map([[3, [33]]]));
  });

  it('fails the callers of a batch that failed, and goes on with the next', async () => {
    const { batching, done, failed, answer } = openModel(10);
    const fault = new Error('planted');
    batching.add({ id: 1, texts: [textOf(5)] });
    batching.add({ id: 2, texts: [textOf(5), textOf(5)] });
    batching.add({ id: 3, texts: [textOf(5, 33)] });
    await turn();
    await answer(fault);
    await answer();
    expect(failed).toEqual(
      new Map([
        [1, fault],
        [2, fault],
      ]),
    );
    expect(done).toEqual(new Map([[3, [33]]]));
  });
});

describe('nextBatch', () => {
  const lengths = (waiting: number[], batchTokens: number) =>
    nextBatch(
      waiting.map((length) => textOf(length)),
      batchTokens,
    ).map(({ ids }) => ids.length);

  it('takes no more than the padded batch may hold', () => {
    expect(lengths([10, 10, 10, 10], 36)).toEqual([10, 10, 10]);
    expect(lengths([10, 12, 10], 35)).toEqual([10, 10]);
  });

  it('lets a text that is longer than a batch go alone', () => {
    expect(lengths([50, 50], 40)).toEqual([50]);
  });

  it('takes the batch of the oldest first, and with it only texts whose padding costs less than a run of their own', () => {
    expect(lengths([80, 10, 75, 82, 11, 70, 200], 4096)).toEqual([80, 82]);
    expect(lengths([10, 80, 75, 82, 11, 70, 200], 4096)).toEqual([10, 11]);
    expect(lengths([200, 10, 80], 4096)).toEqual([200]);
  });

  it('takes every text in the end, each once', () => {
    let waiting = Array.from({ length: 300 }, (_, i) => ({ ids: Array.from({ length: 3 + ((i * 37) % 90) }, () => 1), i }));
    const taken: number[] = [];
    while (waiting.length > 0) {
      const batch = nextBatch(waiting, 512);
      expect(batch).toContain(waiting[0]);
      expect(batch.length * Math.max(...batch.map(({ ids }) => ids.length))).toBeLessThanOrEqual(512);
      taken.push(...batch.map(({ i }) => i));
      waiting = waiting.filter((text) => !batch.includes(text));
    }
    expect(taken.sort((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, i) => i));
  });
});
