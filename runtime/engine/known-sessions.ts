import { NireonError } from '../domain/errors.ts';
import type { RuleSet } from '../domain/rule-set.ts';
import { ruleSetSchema } from '../domain/rule-set.ts';
import type { BankDomain, Mechanism } from '../ports/mechanism.ts';
import type { Store } from '../ports/store.ts';
import { readBankVectors } from './bank-vectors.ts';
import { createReactor } from './rules/reactor.ts';
import { frameChain, frameFacts, type FrameFacts, type KnownSession } from './session-facts.ts';

/** A rule set made ready: what all sessions that pin it share. */
export interface ReadyRuleSet {
  readonly ruleSet: RuleSet;
  readonly reactor: KnownSession['reactor'];
  /** mechanism → its configuration, parsed. */
  readonly config: ReadonlyMap<string, unknown>;
}

export interface ReadySession extends KnownSession {
  readonly ready: ReadyRuleSet;
  readonly createdAt: string;
}

export interface KnownSessions {
  /** SESSION_UNKNOWN; RULE_SET_UNKNOWN if the pinned set is not stored. */
  session(id: string): Promise<ReadySession>;
  /** The frame and those above it, root last. */
  chain(known: KnownSession, frameId: string): Promise<readonly FrameFacts[]>;
  ruleSet(digest: string): Promise<ReadyRuleSet>;
  bank(known: KnownSession): Promise<readonly BankDomain[]>;
  forget(id: string): void;
}

/** Keeps what never changes of the sessions most recently used, and of every rule set and concept bank that they pin. */
export function createKnownSessions(
  store: Pick<Store, 'getSession' | 'getBlob' | 'frames'>,
  mechanisms: ReadonlyMap<string, Mechanism>,
  mostSessions: number,
): KnownSessions {
  const sessions = new Map<string, Promise<ReadySession>>();
  const ruleSets = new Map<string, Promise<ReadyRuleSet>>();
  const banks = new Map<string, Promise<readonly BankDomain[]>>();

  function kept<T>(cache: Map<string, Promise<T>>, key: string, most: number, load: () => Promise<T>): Promise<T> {
    const found = cache.get(key);
    const value = found ?? load();
    cache.delete(key);
    cache.set(key, value);
    // A failed load must not be remembered.
    if (!found) value.catch(() => cache.get(key) === value && cache.delete(key));
    if (cache.size > most) cache.delete(cache.keys().next().value!);
    return value;
  }

  async function loadRuleSet(digest: string): Promise<ReadyRuleSet> {
    const blob = await store.getBlob(digest);
    if (!blob) throw new NireonError('RULE_SET_UNKNOWN', `rule set ${digest} is not stored`);
    const ruleSet = ruleSetSchema.parse(JSON.parse(Buffer.from(blob).toString('utf8')));
    const config = new Map<string, unknown>();
    for (const [name, mechanism] of mechanisms) config.set(name, mechanism.config.parse(ruleSet.config[name] ?? {}));
    return { ruleSet, reactor: createReactor(ruleSet), config };
  }

  const self: KnownSessions = {
    session: (id) =>
      kept(sessions, id, mostSessions, async () => {
        const session = await store.getSession(id);
        if (!session) throw new NireonError('SESSION_UNKNOWN', `there is no session ${id}`);
        const { objective, labels, policy, limits, pins, frameId } = session;
        const ready = await self.ruleSet(pins.ruleSet);
        const facts = { id, objective, labels, policy, limits, pins, frameId };
        return {
          facts,
          seeds: session.seeds.length,
          ruleSet: ready.ruleSet,
          reactor: ready.reactor,
          ready,
          frames: new Map(),
          createdAt: session.createdAt,
        };
      }),
    ruleSet: (digest) => kept(ruleSets, digest, 64, () => loadRuleSet(digest)),
    bank: ({ facts: { pins } }) => kept(banks, `${pins.bank}:${pins.embedder}`, 8, () => readBankVectors(store, pins)),
    async chain(known, frameId) {
      const missingOf = (): string | undefined => {
        const last = frameChain(known.frames, frameId).at(-1);
        return last === undefined ? frameId : last.parentId;
      };
      for (let missing = missingOf(); missing !== undefined; missing = missingOf()) {
        for (const frame of await store.frames(known.facts.id, [missing])) known.frames.set(frame.id, frameFacts(frame));
        if (!known.frames.has(missing)) throw new NireonError('STORE_REFERENCE_UNKNOWN', `frame ${missing} is not stored`);
      }
      return frameChain(known.frames, frameId);
    },
    forget: (id) => void sessions.delete(id),
  };
  return self;
}
