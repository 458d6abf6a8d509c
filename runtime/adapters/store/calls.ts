import type { Store } from '../../ports/store.ts';

/** The calls of the port as transactions that need no waiting: what an adapter in one thread computes. */
export type StoreCalls = {
  readonly [K in Exclude<keyof Store, 'name' | 'health' | 'close'>]: (...args: Parameters<Store[K]>) => Awaited<ReturnType<Store[K]>>;
};
export type StoreCall = keyof StoreCalls;

/** Whether a call only reads. */
export const storeCalls: Readonly<Record<StoreCall, 'reads' | 'writes'>> = {
  getBlob: 'reads',
  getSession: 'reads',
  listSessions: 'reads',
  counters: 'reads',
  getWork: 'reads',
  listWork: 'reads',
  listDead: 'reads',
  getEffect: 'reads',
  listJournal: 'reads',
  budgets: 'reads',
  visible: 'reads',
  level: 'reads',
  frames: 'reads',
  listIdeas: 'reads',
  getIdea: 'reads',
  vectors: 'reads',
  traces: 'reads',
  signals: 'reads',
  getSignal: 'reads',
  tally: 'reads',
  stats: 'reads',
  outbox: 'reads',
  putBlob: 'writes',
  createSession: 'writes',
  stopSession: 'writes',
  stopOverdueSessions: 'writes',
  claim: 'writes',
  renew: 'writes',
  release: 'writes',
  commit: 'writes',
  retryDead: 'writes',
  dropDead: 'writes',
  startEffect: 'writes',
  extendEffect: 'writes',
  finishEffect: 'writes',
  removeFromOutbox: 'writes',
  pruneJournal: 'writes',
  deleteSessions: 'writes',
};
