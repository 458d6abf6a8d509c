import { NireonError } from '../../domain/errors.ts';
import type { Page, PageRequest, RankedIdea } from '../../ports/store.ts';

/** A cursor: the sort key of the last row, with the name of the query that made it. */
export function encodeCursor(query: string, key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify([query, ...key])).toString('base64url');
}

/** Throws CURSOR_INVALID for anything that `encodeCursor` did not make for this query with keys of these types. */
export function decodeCursor(query: string, cursor: string, types: readonly ('string' | 'number')[]): (string | number)[] {
  try {
    const [from, ...key] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[];
    if (from === query && key.length === types.length && key.every((part, i) => typeof part === types[i]))
      return key as (string | number)[];
  } catch {
    // falls through: not JSON
  }
  throw new NireonError('CURSOR_INVALID', `this cursor was not made by the query ${query}`);
}

/** A page of rows that are in order already. `keyOf` must rise strictly along them. */
export function pageOf<T>(
  query: string,
  rows: readonly T[],
  page: PageRequest,
  types: readonly ('string' | 'number')[],
  keyOf: (row: T) => readonly (string | number)[],
): Page<T> {
  let start = 0;
  if (page.cursor !== undefined) {
    const after = decodeCursor(query, page.cursor, types);
    start = rows.findIndex((row) => compareKeys(keyOf(row), after) > 0);
    if (start === -1) start = rows.length;
  }
  const items = rows.slice(start, start + page.limit);
  const last = items.at(-1);
  return start + items.length < rows.length && last !== undefined ? { items, next: encodeCursor(query, keyOf(last)) } : { items };
}

export function compareKeys(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]!, b[i]!];
    if (x < y) return -1;
    if (x > y) return 1;
  }
  return 0;
}

/** Key of the ranking: stable first, then trust, then age. */
export const rankOf = ({ assessment }: RankedIdea, age: number): [number, number, number] => [
  assessment?.stable === true ? 0 : 1,
  -(assessment?.trust ?? -1),
  age,
];
