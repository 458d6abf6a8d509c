import type { Rule } from './domain/rule-set.ts';
import type { Observe } from './ports/observer.ts';
import type { StoreStats } from './ports/store.ts';

/** The rules by whether this process does the work that they cause. */
export interface ServedRules {
  readonly here: readonly string[];
  readonly elsewhere: readonly string[];
  /** Mechanisms that the latter need. */
  readonly missing: readonly string[];
}

const mechanismOf = ({ to }: Rule): string => to.split('.')[0]!;

export function servedRules(rules: readonly Rule[], enabled: readonly string[]): ServedRules {
  const isHere = (rule: Rule): boolean => enabled.includes(mechanismOf(rule));
  const elsewhere = rules.filter((rule) => !isHere(rule));
  return {
    here: rules.filter(isHere).map(({ id }) => id),
    elsewhere: elsewhere.map(({ id }) => id),
    missing: [...new Set(elsewhere.map(mechanismOf))].sort(),
  };
}

/** Looks at the store's counts in a row that work may wait without any process taking it. */
const looks = 3;

/**
 * Warns, once until it changes, of a mechanism that is not enabled here and whose work waits while no process runs any of it. To be called
 * with each reading of the store's counts.
 */
export function createUnservedWatch(enabled: readonly string[], observe: Observe): (stats: Pick<StoreStats, 'work'>) => void {
  const seen = new Map<string, number>();
  return ({ work }) => {
    const busy = new Set(work.filter(({ state }) => state === 'running').map(({ mechanism }) => mechanism));
    const waiting = work.filter(({ mechanism, state }) => state === 'ready' && !busy.has(mechanism) && !enabled.includes(mechanism));
    for (const mechanism of seen.keys()) if (!waiting.some((row) => row.mechanism === mechanism)) seen.delete(mechanism);
    for (const { mechanism, count } of waiting) {
      const times = (seen.get(mechanism) ?? 0) + 1;
      seen.set(mechanism, times);
      if (times !== looks) continue;
      const message = `${count} work items wait for ${mechanism}, and no process takes them: name it under \`mechanisms\` of one that runs`;
      observe({ type: 'notice', code: 'MECHANISM_UNSERVED', message });
    }
  };
}
