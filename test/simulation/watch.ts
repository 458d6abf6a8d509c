import type { JournalEntry } from '../../runtime/domain/effect.ts';
import type { Budget } from '../../runtime/domain/frame.ts';
import { resourceNames } from '../../runtime/domain/resources.ts';
import type { Claimed, Store } from '../../runtime/ports/store.ts';
import type { WorldTime } from './time.ts';

/** Looks on, with code of its own, while the world runs: what holds at every moment is checked at every moment. */
export interface Watch {
  readonly store: Store;
  readonly violations: string[];
  /** Effects in flight when the lease of their item was lost. */
  readonly lostInFlight: number;
  /** Virtual milliseconds from a death to the claim of each item that it left. */
  readonly takeovers: readonly number[];
  born(worker: string): void;
  died(worker: string): void;
}

export function watchStore(store: Store, time: WorldTime): Watch {
  const violations: string[] = [];
  const takeovers: number[] = [];
  const diedAt = new Map<string, number>();
  const owners = new Map<string, string>();
  let lostInFlight = 0;
  const bornAt = new Map<string, number>();
  /** Whether another process has been alive ever since then, and long enough to know that leases are not expired by an outage. */
  const somebodyLived = (since: number): boolean => [...bornAt].some(([name, at]) => !diedAt.has(name) && at < since - 3_000);
  const moneyCalls = new Set<keyof Store>(['startEffect', 'extendEffect', 'finishEffect', 'claim']);

  async function checkBudgets(sessionId: string): Promise<void> {
    for (const budget of await store.budgets(sessionId)) {
      for (const name of resourceNames) {
        const limit = budget.limits[name];
        const taken = budget.spent[name] + budget.lost[name] + budget.reserved[name];
        if (limit !== undefined && taken > limit)
          violations.push(`I4 ${name} of frame ${budget.frameId}: ${taken} of ${limit} at ${time.now()}`);
        if (anyNegative(budget, name)) violations.push(`I4 ${name} of frame ${budget.frameId} is negative at ${time.now()}`);
      }
    }
  }

  async function entries(state: JournalEntry['state']): Promise<Set<string>> {
    const page = await store.listJournal({ sessionId: 'ses_sim' }, { limit: 10_000 });
    return new Set(page.items.filter((entry) => entry.state === state).map((entry) => `${entry.effectId} ${entry.attempt}`));
  }

  async function runningLeases(): Promise<Map<string, number>> {
    const page = await store.listWork('ses_sim', { limit: 10_000 });
    return new Map(page.items.flatMap((item) => (item.state === 'running' ? [[item.id, Date.parse(item.leaseUntil ?? '')] as const] : [])));
  }

  const watched = new Proxy(store, {
    get(target, name: keyof Store) {
      const value = target[name];
      if (typeof value !== 'function') return value;
      return async (...args: unknown[]): Promise<unknown> => {
        const call = value as (...a: unknown[]) => Promise<unknown>;
        if (!moneyCalls.has(name)) return call.apply(target, args);
        const session = await target.getSession('ses_sim');
        const before = session && name === 'claim' ? await entries('started') : new Set();
        const leases = session && name === 'claim' ? await runningLeases() : new Map<string, number>();
        const result = await call.apply(target, args);
        if (session) await checkBudgets('ses_sim');
        if (name === 'claim') {
          if (session) for (const entry of await entries('lost')) if (before.has(entry)) lostInFlight++;
          for (const { item, takenOver } of result as Claimed[]) {
            if (takenOver && (leases.get(item.id) ?? 0) > storeNow(time))
              violations.push(`a live lease of ${item.id} was taken over at ${time.now()}`);
            const left = diedAt.get(owners.get(item.id) ?? '');
            if (takenOver && left !== undefined && somebodyLived(left)) takeovers.push(time.now() - left);
            owners.set(item.id, item.owner ?? '');
          }
        }
        return result;
      };
    },
  });
  return {
    store: watched,
    violations,
    takeovers,
    get lostInFlight() {
      return lostInFlight;
    },
    born: (worker) => void bornAt.set(worker, time.now()),
    died: (worker) => void diedAt.set(worker, time.now()),
  };
}

const storeNow = (time: WorldTime): number => Date.parse(time.iso());

const anyNegative = (budget: Budget, name: (typeof resourceNames)[number]): boolean =>
  budget.spent[name] < 0 || budget.lost[name] < 0 || budget.reserved[name] < 0;
