/** One measure, as a line of JSON. */
export const say = (measure: Record<string, unknown>): void => console.log(JSON.stringify(measure));

/** Three digits that count. */
export const rounded = (x: number): number => Number(x.toPrecision(3));

export const quantile = (list: readonly number[], q: number): number =>
  rounded([...list].sort((a, b) => a - b)[Math.floor(q * (list.length - 1))] ?? NaN);

/** Of one number a round. */
export const spread = (list: readonly number[]) => ({
  median: quantile(list, 0.5),
  least: rounded(Math.min(...list)),
  most: rounded(Math.max(...list)),
});

/** A goal of the design beside what was seen of it. */
export function judge(goal: string, seen: number, bound: { atMost: number } | { atLeast: number }): void {
  const met = 'atMost' in bound ? seen <= bound.atMost : seen >= bound.atLeast;
  say({ goal, seen: rounded(seen), ...bound, met });
}
