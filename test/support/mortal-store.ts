import type { Store } from '../../runtime/ports/store.ts';
import { wrapStore } from './wrapped-store.ts';

/**
 * The store as a process sees it that is killed: its commit number `last` is written, but neither that nor anything later is answered, and
 * nothing more is written. `dead` resolves then.
 */
export function createMortalStore(inner: Store, last: number): { readonly store: Store; readonly dead: Promise<unknown> } {
  const death = Promise.withResolvers();
  const never = new Promise<never>(() => undefined);
  let commits = 0;
  const isDead = (): boolean => commits >= last;
  const store = wrapStore(inner, async (method, call) => {
    if (isDead()) return never;
    const answer = await call();
    if (method === 'commit' && !isDead() && (answer as { kind: string }).kind === 'applied' && ++commits === last) death.resolve(undefined);
    return isDead() ? never : answer;
  });
  return { store, dead: death.promise };
}
