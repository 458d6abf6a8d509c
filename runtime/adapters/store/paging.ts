import { NireonError } from '../../domain/errors.ts';
import type { Page, PageRequest, RankedIdea } from '../../ports/store.ts';

export type Key = readonly (string | number)[];
/** A query whose pages can be asked for: its name with all that it filters by, and what its sort keys are made of. */
export interface Paged {
  readonly query: readonly (string | undefined)[];
  readonly key: readonly ('string' | 'number')[];
}

/** The sort key of the last row, with the query that made it. */
function encodeCursor({ query }: Paged, key: Key): string {
  return Buffer.from(JSON.stringify([query.map((part) => part ?? null), ...key])).toString('base64url');
}

/** The key to go on after; undefined for the first page. Throws CURSOR_INVALID for what was not handed out by the same query. */
export function keyAfter(paged: Paged, cursor: string | undefined): Key | undefined {
  if (cursor === undefined) return undefined;
  try {
    const [query, ...key] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[];
    const same = JSON.stringify(query) === JSON.stringify(paged.query.map((part) => part ?? null));
    if (same && key.length === paged.key.length && key.every((part, i) => typeof part === paged.key[i])) return key as Key;
  } catch {
    // falls through: not JSON
  }
  throw new NireonError('CURSOR_INVALID', `this cursor was not made by this query (${paged.query[0] ?? ''})`);
}

/** A page of the rows after the cursor, which are in order and of which there is one more than asked for if there are more. */
export function pageFrom<R, T>(
  paged: Paged,
  rows: readonly R[],
  page: PageRequest,
  of: { key: (row: R) => Key; item: (row: R) => T },
): Page<T> {
  const items = rows.slice(0, page.limit);
  const last = items.at(-1);
  const more = rows.length > page.limit && last !== undefined;
  return { items: items.map(of.item), ...(more ? { next: encodeCursor(paged, of.key(last)) } : {}) };
}

export function compareKeys(a: Key, b: Key): number {
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]!, b[i]!];
    if (x < y) return -1;
    if (x > y) return 1;
  }
  return 0;
}

export const pages = {
  sessions: (filter: { status?: string; label?: { key: string; value: string } }): Paged => ({
    query: ['sessions', filter.status, filter.label?.key, filter.label?.value],
    key: ['number', 'string'],
  }),
  work: (sessionId: string): Paged => ({ query: ['work', sessionId], key: ['number'] }),
  dead: (filter: { sessionId?: string }): Paged => ({ query: ['dead', filter.sessionId], key: ['number'] }),
  journal: (filter: { sessionId: string; workId?: string }): Paged => ({
    query: ['journal', filter.sessionId, filter.workId],
    key: ['number'],
  }),
  ideas: (sessionId: string, order: { sort: 'trust' | 'created'; seeds: boolean }): Paged => ({
    query: ['ideas', sessionId, order.sort, order.seeds ? 'seeds' : 'none'],
    key: order.sort === 'trust' ? ['number', 'number', 'number'] : ['number'],
  }),
};

/** Key of the ranking, rising: stable first, then trust, then age. */
export const rankOf = (assessment: RankedIdea['assessment'], age: number): [number, number, number] => [
  assessment?.stable === true ? 0 : 1,
  -(assessment?.trust ?? -1),
  age,
];
