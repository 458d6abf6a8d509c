import type { Page, PageRequest } from '../ports/store.ts';

/** Every item of a paged query, page by page, in its order. */
export async function readAll<T>(read: (page: PageRequest) => Promise<Page<T>>, limit = 200): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(cursor === undefined ? { limit } : { limit, cursor });
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  return items;
}
