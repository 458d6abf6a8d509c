import { storeCalls } from '../../runtime/adapters/store/calls.ts';
import type { Store } from '../../runtime/ports/store.ts';

export type StoreMethod = Exclude<keyof Store, 'name'>;

/** A store each of whose calls goes through `around`, which may count it, fail it, or never answer. */
export function wrapStore(
  inner: Store,
  around: (method: StoreMethod, call: () => Promise<unknown>, args: readonly unknown[]) => Promise<unknown>,
): Store {
  const methods = [...(Object.keys(storeCalls) as (keyof typeof storeCalls)[]), 'health', 'close'] as const;
  const wrapped = methods.map((method) => [
    method,
    (...args: unknown[]) => around(method, () => (inner[method] as (...given: unknown[]) => Promise<unknown>)(...args), args),
  ]);
  return { name: inner.name, ...Object.fromEntries(wrapped) } as Store;
}
