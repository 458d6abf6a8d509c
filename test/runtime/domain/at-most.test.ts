import { atMost } from '../../../runtime/domain/at-most.ts';

/** Tasks that end when told to. */
function createTasks() {
  const begun: number[] = [];
  const ends = new Map<number, { resolve: (value: string) => void; reject: (error: Error) => void }>();
  return {
    begun,
    run: (item: number) => {
      begun.push(item);
      return new Promise<string>((resolve, reject) => ends.set(item, { resolve, reject }));
    },
    end: async (item: number) => {
      ends.get(item)!.resolve(`result ${item}`);
      await turn();
    },
    fail: async (item: number) => {
      ends.get(item)!.reject(new Error(`failure ${item}`));
      await turn();
    },
  };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('at most so many at once', () => {
  it('begins the next as soon as any has ended, and keeps the order of the results', async () => {
    const tasks = createTasks();
    const all = atMost(2, [0, 1, 2, 3], tasks.run);
    expect(tasks.begun).toEqual([0, 1]);
    await tasks.end(1);
    expect(tasks.begun).toEqual([0, 1, 2]);
    await tasks.end(2);
    await tasks.end(3);
    await tasks.end(0);
    expect(await all).toEqual(['result 0', 'result 1', 'result 2', 'result 3']);
  });

  it('begins nothing after a failure, and fails only when nothing is under way any more', async () => {
    const tasks = createTasks();
    let failed = '';
    const all = atMost(2, [0, 1, 2, 3], tasks.run).catch((error: unknown) => (failed = (error as Error).message));
    await tasks.fail(0);
    expect(tasks.begun).toEqual([0, 1]);
    expect(failed).toBe('');
    await tasks.end(1);
    await all;
    expect(failed).toBe('failure 0');
    expect(tasks.begun).toEqual([0, 1]);
  });

  it('has nothing to do with nothing', async () => {
    expect(await atMost(3, [], async () => 1)).toEqual([]);
  });
});
