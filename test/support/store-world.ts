import type { Store, ClaimRequest, Claimed } from '../../runtime/ports/store.ts';
import type { WorkItem } from '../../runtime/domain/work.ts';

/** A store under test, its clock in the test's hand. */
export interface OpenStore {
  readonly store: Store;
  /** Lets time pass for the store. */
  advance(ms: number): void;
  /** Closes it and opens the same data again; absent where nothing outlives a close. */
  readonly reopen?: () => Promise<Store>;
}
export type OpenStores = (options?: { readonly outbox?: boolean }) => Promise<OpenStore>;

export const claimRequest = (given: Partial<ClaimRequest> = {}): ClaimRequest => ({
  worker: 'one',
  mechanisms: ['explorer', 'planner', 'sentinel'],
  limit: 100,
  leaseMs: 3000,
  takeOver: false,
  running: [],
  ...given,
});

export async function claimAll(store: Store, given: Partial<ClaimRequest> = {}): Promise<readonly Claimed[]> {
  return store.claim(claimRequest(given));
}

/** Claims exactly one item. */
export async function claimOne(store: Store, given: Partial<ClaimRequest> = {}): Promise<WorkItem> {
  const [claimed] = await store.claim(claimRequest({ limit: 1, ...given }));
  if (!claimed) throw new Error('nothing to claim');
  return claimed.item;
}

/** The code that a call fails with; fails where it does not fail. */
export async function codeOfFailure(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (error) {
    return (error as { code?: unknown }).code ?? error;
  }
  throw new Error('it did not fail');
}

/** Every item of a keyset query, page by page. */
export async function allPages<T>(
  ask: (page: { limit: number; cursor?: string }) => Promise<{ items: readonly T[]; next?: string }>,
  limit: number,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await ask({ limit, ...(cursor === undefined ? {} : { cursor }) });
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  return items;
}
