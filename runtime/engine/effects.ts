import { digestOf } from '../domain/canonical-json.ts';
import type { Effect, EffectKind, EffectSettlement, JournalEntry, ModelCall } from '../domain/effect.ts';
import { codeOf, errorCodes, isNireonError, messageOf, NireonError, type ErrorCode } from '../domain/errors.ts';
import { effectId } from '../domain/ids.ts';
import { add, excess, fill, noResources, type PartialResources, type ResourceName, type Resources } from '../domain/resources.ts';
import type { Sight, WorkItem } from '../domain/work.ts';
import { callsOf } from './llm-router/llm-router.ts';
import type { Clock } from '../ports/clock.ts';
import type { Observe } from '../ports/observer.ts';
import type { EffectStart, Store } from '../ports/store.ts';

/** One request to the outside, as an operation means it. */
export interface Asked {
  readonly name: string;
  readonly ordinal: number;
  readonly kind: EffectKind;
  /** JSON. Its digest tells a repeated effect from another one under the same id: what routing decides must not stand in it. */
  readonly request: unknown;
  readonly reserve: PartialResources;
  /** The call itself. What it throws ends the attempt; `spent` says what that cost. */
  call(charge: Charge, effectId: string): Promise<{ result: unknown; usage: Resources; model?: string; calls: readonly ModelCall[] }>;
}

/** How a running call changes its reservation: one stands at any time, the effect's own to begin with. */
export interface Charge {
  /** What stands was spent, and `need` is reserved anew, waiting for others to settle if it must. False: refused. */
  again(need: Resources): Promise<boolean>;
  /** Raises what stands to `need`, at once or not at all: waiting while holding a reservation could wait for ever. */
  raise(need: Resources): Promise<boolean>;
}

/** How an effect ended: its recorded result, or why there is none. `retryable` ends the item's attempt unless it is the last. */
export type Ended =
  | { readonly ok: true; readonly id: string; readonly result: unknown; readonly model: string | undefined }
  | { readonly ok: false; readonly id: string; readonly code: ErrorCode; readonly retryable: boolean; readonly retryAfterMs?: number };

/** The one door to the outside of one work item: live (journal, budget, the call) or replayed from the journal. */
export interface Effects {
  perform(asked: Asked): Promise<Ended>;
}

export interface LiveEffects extends Effects {
  /** What this attempt has seen so far. */
  seen(): Sight['effects'];
  /** Resolves when nothing is under way. */
  ended(): Promise<void>;
}

export interface LiveEffectsOptions {
  readonly store: Pick<Store, 'startEffect' | 'extendEffect' | 'finishEffect'>;
  readonly clock: Clock;
  readonly observe: Observe;
  readonly item: WorkItem;
  readonly abort: AbortSignal;
  readonly budgetSettled: BudgetSettled;
}

/** Wakes those that wait for a reservation when one of this process settles; others are found by looking again. */
export interface BudgetSettled {
  wait(ms: number, abort: AbortSignal): Promise<void>;
  tell(): void;
}

export function createBudgetSettled(clock: Clock): BudgetSettled {
  let wake: AbortController | undefined;
  return {
    async wait(ms, abort) {
      wake ??= new AbortController();
      await clock.sleep(ms, AbortSignal.any([abort, wake.signal]));
    },
    tell() {
      const woken = wake;
      wake = undefined;
      woken?.abort();
    },
  };
}

const firstWaitMs = 50;
const longestWaitMs = 1_000;

/**
 * Journals, reserves, calls, settles. Reservations of one item are made in the order of `perform` calls; the calls then
 * run at once. A call that ends because its worker is stopping leaves its entry `started`: the next claim counts it as lost.
 */
export function createLiveEffects(options: LiveEffectsOptions): LiveEffects {
  const { store, clock, observe, item, abort, budgetSettled } = options;
  const seen: { effectId: string; attempt: number }[] = [];
  const place = { sessionId: item.sessionId, frameId: item.frameId, workId: item.id };
  let queue: Promise<unknown> = Promise.resolve();

  async function start(effect: Effect): Promise<Exclude<EffectStart, { kind: 'waits' }>> {
    for (let waitMs = firstWaitMs; ; waitMs = Math.min(longestWaitMs, waitMs * 2)) {
      const begun = await store.startEffect(effect, item.attempt);
      if (begun.kind !== 'waits') return begun;
      await budgetSettled.wait(waitMs, abort);
      if (abort.aborted) throw new NireonError('EFFECT_ABORTED');
    }
  }

  function createCharge(effect: Effect): Charge & { readonly standing: PartialResources } {
    let ordinal = 0;
    let standing = effect.reserve;
    return {
      get standing() {
        return standing;
      },
      async again(need) {
        const change = { ordinal: ordinal++, spend: standing, reserve: need };
        standing = noResources;
        for (let waitMs = firstWaitMs; ; waitMs = Math.min(longestWaitMs, waitMs * 2)) {
          const answer = await store.extendEffect(effect.id, item.attempt, change);
          budgetSettled.tell();
          if (answer.kind === 'extended') standing = need;
          if (answer.kind !== 'waits') return answer.kind === 'extended';
          await budgetSettled.wait(waitMs, abort);
          if (abort.aborted) throw new NireonError('EFFECT_ABORTED');
        }
      },
      async raise(need) {
        const reserve = excess(need, standing);
        const answer = await store.extendEffect(effect.id, item.attempt, { ordinal: ordinal++, spend: {}, reserve });
        if (answer.kind === 'extended') standing = add(standing, reserve);
        return answer.kind === 'extended';
      },
    };
  }

  async function settle(settlement: EffectSettlement): Promise<JournalEntry> {
    const entry = await store.finishEffect(settlement);
    budgetSettled.tell();
    if (overran(entry.overrun)) observe({ type: 'effect-overran', ...place, name: entry.name, overrun: entry.overrun });
    return entry;
  }

  async function run(asked: Asked, effect: Effect): Promise<{ entry: JournalEntry; retryAfterMs?: number }> {
    const began = { effectId: effect.id, attempt: item.attempt };
    const charge = createCharge(effect);
    let settlement: EffectSettlement;
    let wait = {};
    try {
      const { result, usage, model, calls } = await asked.call(charge, effect.id);
      settlement = { ...began, state: 'done', result, usage, calls, ...(model === undefined ? {} : { model }) };
    } catch (error) {
      // An own abort says nothing about what the other side did with the request.
      if (abort.aborted) throw new NireonError('EFFECT_ABORTED', undefined, { cause: error });
      const calls = callsOf(error);
      if (isNireonError(error) && error.retryAfterMs !== undefined) wait = { retryAfterMs: error.retryAfterMs };
      settlement = {
        ...began,
        state: 'failed',
        code: codeOf(error),
        usage: wasMaybeBilled(error) ? fill(charge.standing) : noResources,
        calls,
      };
      if (settlement.code === 'INTERNAL') observe({ type: 'internal-error', ...place, code: 'INTERNAL', message: messageOf(error), error });
    }
    return { entry: await settle(settlement), ...wait };
  }

  async function perform(asked: Asked): Promise<Ended> {
    const { name, ordinal, kind } = asked;
    const effect: Effect = {
      id: effectId(item.id, name, ordinal),
      sessionId: item.sessionId,
      workId: item.id,
      frameId: item.frameId,
      name,
      ordinal,
      kind,
      request: asked.request,
      requestDigest: digestOf([name, ordinal, kind, asked.request]),
      reserve: asked.reserve,
    };
    const began = clock.nowMs();
    const turn = queue.then(() => start(effect));
    queue = turn.catch(() => undefined);
    const begun = await turn.catch((error: unknown) => {
      if (codeOf(error) === 'REPLAY_DIVERGED') observe({ type: 'replay-diverged', ...place, name, ordinal });
      throw error;
    });
    const tell = (outcome: 'done' | 'failed' | 'refused' | 'recorded', usage: Resources, code?: string): void =>
      observe({
        type: 'effect-finished',
        ...place,
        effectId: effect.id,
        name,
        kind,
        outcome,
        ...(code === undefined ? {} : { code }),
        durationMs: clock.nowMs() - began,
        usage,
      });
    switch (begun.kind) {
      case 'fenced':
        throw new NireonError('EFFECT_ABORTED', 'another worker has this work item now');
      case 'refused':
        seen.push({ effectId: effect.id, attempt: item.attempt });
        tell('refused', noResources, begun.code);
        return { ok: false, id: effect.id, code: begun.code, retryable: false };
      case 'recorded':
        seen.push({ effectId: effect.id, attempt: begun.entry.attempt });
        tell('recorded', noResources);
        return endedOf(begun.entry);
      case 'started': {
        if (begun.repeats) observe({ type: 'effect-repeated', ...place, effectId: effect.id, name, kind, attempt: item.attempt });
        const { entry, ...wait } = await run(asked, effect);
        seen.push({ effectId: effect.id, attempt: entry.attempt });
        tell(entry.state === 'done' ? 'done' : 'failed', entry.usage, entry.code);
        return { ...endedOf(entry), ...wait };
      }
    }
  }

  const underWay = new Set<Promise<unknown>>();
  return {
    seen: () => seen,
    perform(asked) {
      const one = perform(asked);
      underWay.add(one);
      void one.catch(() => undefined).then(() => underWay.delete(one));
      return one;
    },
    async ended() {
      await Promise.allSettled(underWay);
    },
  };
}

/** What a journal entry means to the operation: the same live and in replay. */
export function endedOf(entry: JournalEntry): Ended {
  if (entry.state === 'done') return { ok: true, id: entry.effectId, result: entry.result, model: entry.model };
  const code = (entry.code !== undefined && entry.code in errorCodes ? entry.code : 'INTERNAL') as ErrorCode;
  return { ok: false, id: entry.effectId, code, retryable: entry.state === 'failed' && errorCodes[code].retryable };
}

const wasMaybeBilled = (error: unknown): boolean => isNireonError(error) && error.maybeBilled;

function overran(overrun: Resources): boolean {
  return (Object.keys(overrun) as ResourceName[]).some((name) => overrun[name] > 0);
}
