import type { Store } from '../../ports/store.ts';

/** The calls of the port as transactions that need no waiting: what an adapter in one thread computes. */
export type StoreCalls = {
  readonly [K in Exclude<keyof Store, 'name' | 'health' | 'close'>]: (...args: Parameters<Store[K]>) => Awaited<ReturnType<Store[K]>>;
};
export type StoreCall = keyof StoreCalls;

/** The calls that write nothing. */
export const readingCalls: ReadonlySet<StoreCall> = new Set<StoreCall>([
  'getBlob',
  'getSession',
  'listSessions',
  'counters',
  'getWork',
  'listWork',
  'listDead',
  'getEffect',
  'listJournal',
  'budgets',
  'visible',
  'level',
  'frames',
  'listIdeas',
  'getIdea',
  'vectors',
  'traces',
  'signals',
  'getSignal',
  'tally',
  'stats',
  'outbox',
]);
