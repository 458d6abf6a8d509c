import type { ConceptBank } from '../domain/concept-bank.ts';
import { NireonError } from '../domain/errors.ts';
import type { Resources } from '../domain/resources.ts';
import type { RuleSet } from '../domain/rule-set.ts';
import type { Pins, Session } from '../domain/session.ts';
import type { Signal } from '../domain/signal.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Entropy } from '../ports/entropy.ts';
import type { Mechanism } from '../ports/mechanism.ts';
import type { Observe } from '../ports/observer.ts';
import type { Store } from '../ports/store.ts';
import { storeBank } from './bank-vectors.ts';
import { buildRuleSet } from './build-rule-set.ts';
import type { Outside } from './gateway.ts';
import { createKnownSessions } from './known-sessions.ts';
import { createPublisher } from './publisher.ts';
import { takeRequest } from './requests.ts';
import { checkRules, operationsOf, type RuleProblem } from './rules/check.ts';
import { createSessionCommit, planSession } from './sessions.ts';
import { createSteadyStore } from './steady-store.ts';
import { tellEmbedder } from './told-embedder.ts';
import { createVisibleLoader, scanHere, type Scan } from './visible.ts';
import { createWorker, type Worker, type WorkerSettings } from './worker.ts';

export interface EngineOptions {
  readonly instance: string;
  /** Unique name of this process's worker. */
  readonly worker: string;
  readonly store: Store;
  readonly bus: Bus;
  readonly outside: Outside;
  readonly mechanisms: ReadonlyMap<string, Mechanism>;
  /** Those whose work this process does. */
  readonly enabled: readonly string[];
  /** The default rule set, checked. */
  readonly rules: Pick<RuleSet, 'terminal' | 'rules'>;
  /** mechanism → its settings. */
  readonly mechanismConfig: Readonly<Record<string, unknown>>;
  readonly bank: ConceptBank;
  readonly bankVectors?: Uint8Array;
  /** Keys of `llm.models`: what policy.model may name. */
  readonly models: ReadonlySet<string>;
  readonly ceiling: Resources;
  readonly settings: WorkerSettings;
  readonly retention: { readonly sessionsDays: number };
  readonly clock: Clock;
  readonly entropy: Entropy;
  /** What listens to the bus as one with others of the same name; all of this program where it is not said. */
  readonly group?: string;
  readonly observe: Observe;
  readonly scan?: Scan;
}

export interface RuleFile {
  readonly name: string;
  readonly text: string;
}

export interface Engine {
  /** Stores rule set and concept bank. CONFIG_INVALID. To be called once, before the rest. */
  prepare(abort: AbortSignal): Promise<void>;
  /** REQUEST_INVALID (every problem), BUDGET_TOO_SMALL, SESSION_CONFLICT, RULE_SET_UNKNOWN, EMBEDDER_CHANGED. */
  createSession(request: unknown): Promise<{ readonly created: boolean; readonly session: Session }>;
  /** SESSION_UNKNOWN, SESSION_FINISHED. */
  cancelSession(id: string): Promise<Session>;
  putRules(files: readonly RuleFile[], options: { dryRun: boolean }): Promise<{ digest: string } | { problems: readonly RuleProblem[] }>;
  /** Signals after a sequence, as they come; ends after session.finished or when `abort` fires. */
  follow(sessionId: string, afterSequence: number, abort: AbortSignal): AsyncIterable<Signal>;
  /** Claims and runs work until drained; with a session, its work only. */
  start(options?: { sessionId?: string }): Promise<void>;
  /** No new work; what runs may finish for `graceMs`, and is given back within two seconds more. Leaves store and bus open. */
  drain(graceMs: number): Promise<void>;
  /** Milliseconds that items have run without a renewal of their leases; 0 if none runs or the store is known to be lost. */
  sinceRenewalMs(): number;
  readonly store: Store;
}

/** Time to give items back after the grace period. */
const giveBackMs = 2_000;
const sessionsKept = 256;
const followPollMs = 250;
const followPage = 200;
const retentionEveryMs = 600_000;
const retentionBatch = 50;

/** Rules, sessions and workers over one store, bus and outside. */
export function createEngine(options: EngineOptions): Engine {
  const { instance, bus, mechanisms, clock, entropy } = options;
  const closing = new AbortController();
  const followers = new Map<string, Set<() => void>>();
  const observe: Observe = (event) => {
    options.observe(event);
    if (event.type === 'signal-committed' && event.sessionId !== undefined) followers.get(event.sessionId)?.forEach((wake) => wake());
  };
  const outside: Outside = { ...options.outside, embedder: tellEmbedder(options.outside.embedder, { clock, observe }) };
  const steady = createSteadyStore(options.store, { clock, entropy, observe, abort: closing.signal });
  const { store } = steady;
  const known = createKnownSessions(store, mechanisms, sessionsKept);
  const visible = createVisibleLoader(store, { sessions: sessionsKept, scan: options.scan ?? scanHere });
  const publisher = createPublisher({ store, bus, clock, observe });
  const facts = { name: instance, ceiling: options.ceiling, experiments: outside.sandbox.offer !== undefined, models: options.models };
  let pinned: { ruleSet: string; bank: string } | undefined;
  let worker: Worker | undefined;
  let retention: Promise<void> | undefined;
  let receiveNoMore: (() => Promise<void>) | undefined;

  /** Without a store the rules are only built. */
  async function storeRules(into: Store | undefined, rules: EngineOptions['rules']): Promise<string> {
    const built = buildRuleSet({ ...rules, mechanisms, config: options.mechanismConfig, offer: outside.sandbox.offer });
    await into?.putBlob(built.digest, built.bytes);
    return built.digest;
  }

  /** What a session begun now pins; its own rule set where the request names one. */
  function pins(ruleSet: string | undefined): Pins {
    if (!pinned) throw new NireonError('INTERNAL', 'the engine was not prepared');
    const versions = Object.fromEntries([...mechanisms].map(([name, { version }]) => [name, version]));
    return { ruleSet: ruleSet ?? pinned.ruleSet, bank: pinned.bank, embedder: outside.embedder.model.digest, versions };
  }

  async function sweepRetention(): Promise<void> {
    while (!closing.signal.aborted) {
      const pruned = await store.pruneJournal(retentionBatch);
      const sessions = options.retention.sessionsDays > 0 ? await store.deleteSessions(options.retention.sessionsDays, retentionBatch) : 0;
      if (pruned + sessions > 0) observe({ type: 'retention-swept', sessions, pruned });
      if (pruned < retentionBatch && sessions < retentionBatch) await clock.sleep(retentionEveryMs, closing.signal);
    }
  }

  // Whoever asks in person is told of an outage at once; work and what follows it wait for the store.
  const direct = options.store;

  async function createSession(request: unknown): Promise<{ created: boolean; session: Session }> {
    const plan = planSession(request, facts, entropy);
    const existing = await direct.getSession(plan.id);
    if (existing && existing.status !== 'finished' && existing.pins.embedder !== outside.embedder.model.digest) {
      throw new NireonError('EMBEDDER_CHANGED', `session ${plan.id} was begun with another embedding model; start with that one`);
    }
    const pinsNow = pins(plan.ruleSet);
    const ready = await known.ruleSet(pinsNow.ruleSet);
    const judges = (ready.config.get('sentinel') as { judges?: number } | undefined)?.judges ?? 1;
    const result = await direct.createSession(createSessionCommit(plan, pinsNow, ready, instance, judges));
    if (result.created) {
      observe({ type: 'session-created', sessionId: plan.id, ideas: plan.seeds.length });
      for (const { id, type, sequence, sessionid, traceparent } of result.signals) {
        observe({ type: 'signal-committed', sessionId: sessionid, signalId: id, traceparent, signalType: type, sequence });
      }
      void publisher.publish(result.signals);
      worker?.wake();
    }
    return { created: result.created, session: result.session };
  }

  return {
    store: direct,
    async prepare(abort) {
      const end = (): void => closing.abort();
      abort.addEventListener('abort', end);
      try {
        const shipped = options.bankVectors === undefined ? {} : { shipped: options.bankVectors };
        const bank = await storeBank(store, options.bank, outside.embedder, { abort, ...shipped });
        pinned = { ruleSet: await storeRules(store, options.rules), bank };
      } finally {
        abort.removeEventListener('abort', end);
      }
    },

    createSession,

    async cancelSession(id) {
      const before = await direct.getSession(id);
      if (!before) throw new NireonError('SESSION_UNKNOWN', `there is no session ${id}`);
      if (before.status === 'finished')
        throw new NireonError('SESSION_FINISHED', `session ${id} is already finished: ${before.reason ?? ''}`);
      if (await direct.stopSession(id, 'cancelled')) observe({ type: 'session-stopping', sessionId: id, reason: 'cancelled' });
      worker?.wake();
      return (await direct.getSession(id)) ?? before;
    },

    async putRules(files, { dryRun }) {
      const { manifest, problems } = checkRules(files, operationsOf(mechanisms.values()));
      return manifest ? { digest: await storeRules(dryRun ? undefined : direct, manifest) } : { problems };
    },

    async *follow(sessionId, afterSequence, abort) {
      let after = afterSequence;
      let woken = new AbortController();
      const wake = (): void => woken.abort();
      const mine = followers.get(sessionId) ?? new Set();
      followers.set(sessionId, mine.add(wake));
      try {
        while (!abort.aborted) {
          woken = new AbortController();
          const signals = await store.signals(sessionId, after, followPage);
          for (const signal of signals) {
            yield signal;
            after = signal.sequence;
            if (signal.type === 'session.finished') return;
          }
          if (signals.length === 0) await clock.sleep(followPollMs, AbortSignal.any([abort, woken.signal]));
        }
      } finally {
        mine.delete(wake);
        if (mine.size === 0) followers.delete(sessionId);
      }
    },

    async start({ sessionId } = {}) {
      if (worker) throw new NireonError('INTERNAL', 'the engine was started twice');
      worker = createWorker({
        name: options.worker,
        instance,
        enabled: options.enabled,
        mechanisms,
        steady,
        bus,
        outside,
        known,
        visible,
        clock,
        entropy,
        observe,
        settings: options.settings,
        ...(options.group === undefined ? {} : { group: options.group }),
        ...(sessionId === undefined ? {} : { sessionId }),
      });
      await worker.start();
      if (sessionId === undefined) {
        receiveNoMore = await bus.receive?.((request, abort) => takeRequest(request, { create: createSession, clock, abort }));
      }
      retention = sweepRetention().catch((error: unknown) => {
        if (!closing.signal.aborted) observe({ type: 'internal-error', code: 'INTERNAL', message: 'retention ended', error });
      });
    },

    async drain(graceMs) {
      const patience = new AbortController();
      // A store that stays away must not hold the process: what it did not take by then runs again elsewhere.
      void clock.sleep(graceMs + giveBackMs, patience.signal).then(() => closing.abort());
      await Promise.all([receiveNoMore?.(), worker?.drain(graceMs)]);
      patience.abort();
      closing.abort();
      await retention;
    },
    sinceRenewalMs: () => worker?.sinceRenewalMs() ?? 0,
  };
}
