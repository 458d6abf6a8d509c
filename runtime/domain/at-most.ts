/**
 * `run` for each item, begun in order, at most `parallel` at once; the results stand in the order of the items. After a failure nothing more
 * is begun, and what is under way is waited for before the failure is thrown: nobody tries again while a paid call of theirs still runs.
 */
export async function atMost<T, R>(parallel: number, items: readonly T[], run: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const failures: Error[] = [];
  let next = 0;
  async function lane(): Promise<void> {
    while (next < items.length && failures.length === 0) {
      const index = next++;
      try {
        results[index] = await run(items[index]!, index);
      } catch (error) {
        failures.push(error as Error);
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(parallel, items.length) }, lane));
  if (failures[0]) throw failures[0];
  return results;
}
