import { NireonError } from '../domain/errors.ts';
import { ranked, sessionView, viewOf } from '../engine/session-view.ts';
import type { Store } from '../ports/store.ts';
import { readRuleSet } from '../engine/read-rule-set.ts';
import { readSignal } from '../engine/read-signal.ts';
import { openStore } from '../wiring/open-store.ts';
import type { Backend } from './backend.ts';
import type { Cli, Given } from './command.ts';
import { type Settings, settingsFor } from './settings.ts';

/** The store here as backend; commands that only read take no lock, so that they work beside a running process. */
export async function openLocal(given: Given, cli: Cli, access: 'read' | 'write'): Promise<Backend> {
  const { config } = settingsFor(given, cli, { keys: 'ignored' });
  return storeBackend(await openStore(config, access), config);
}

/** A store as backend. Closing it closes the store. */
export function storeBackend(store: Store, config: Settings['config']): Backend {
  return {
    async listSessions(filter, page) {
      const { items, next } = await store.listSessions(filter, page);
      const views = await Promise.all(items.map(async (session) => viewOf(store, session)));
      return { items: views, ...(next === undefined ? {} : { next }) };
    },
    session: async (id) => sessionView(store, id),
    async cancel(id) {
      const { status } = await sessionView(store, id);
      if (status === 'finished') throw new NireonError('SESSION_FINISHED', `session ${id} is already finished`);
      await store.stopSession(id, 'cancelled');
      const { endStopping } = await import('../wiring.ts');
      await endStopping(store, config, id);
      return sessionView(store, id);
    },
    async best(id, count) {
      const { items } = await store.listIdeas(id, { sort: 'trust', seeds: false }, { limit: count });
      return items.flatMap((entry) => ranked(entry) ?? []);
    },
    report: async (id, format) => (await import('../report/render.ts')).sessionReport(store, id, format),
    replay: async (id) => (await import('../wiring.ts')).replay(store, id),
    signal: async (id) => readSignal(store, id) as ReturnType<Backend['signal']>,
    listDead: async (sessionId, page) => store.listDead(sessionId === undefined ? {} : { sessionId }, page),
    retryDead: async (id) => store.retryDead(id),
    dropDead: async (id) => store.dropDead(id),
    ruleSet: async (digest) => readRuleSet(store, digest),
    close: async () => store.close(),
  };
}
