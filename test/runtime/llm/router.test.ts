import { createScriptedLlm, type Script, type ScriptedLlm } from '../../../runtime/adapters/llm/scripted.ts';
import type { EngineEvent } from '../../../runtime/domain/engine-event.ts';
import { createLlmRouter } from '../../../runtime/engine/llm-router/create-llm-router.ts';
import {
  callsOf,
  type LlmRouter,
  type Reservation,
  type RouteOptions,
  type RouterModel,
} from '../../../runtime/engine/llm-router/llm-router.ts';
import type { Llm } from '../../../runtime/ports/llm.ts';
import { createLeapingClock, type LeapingClock } from '../../support/leaping-clock.ts';
import { llmRequest, rejection } from '../../support/llm-request.ts';

interface Bench {
  clock: LeapingClock;
  events: EngineEvent[];
  llms: Record<string, ScriptedLlm>;
  router: LlmRouter;
  ask: (over?: Partial<RouteOptions>) => ReturnType<LlmRouter['complete']>;
}

/** A router over scripted models, in the order of the scripts; jitter is always the most. */
function bench(scripts: Record<string, Script>, over: Record<string, Partial<RouterModel>> = {}, uniform = () => 1): Bench {
  const clock = createLeapingClock();
  const events: EngineEvent[] = [];
  const llms = Object.fromEntries(Object.entries(scripts).map(([key, script]) => [key, createScriptedLlm({ script, clock, model: key })]));
  const models = Object.fromEntries(
    Object.entries(llms).map(([key, llm]) => [key, { llm, contextTokens: 4096, maxConcurrent: 8, timeoutMs: 60_000, ...over[key] }]),
  );
  const router = createLlmRouter({
    models,
    routes: [{ models: Object.keys(models) }],
    clock,
    entropy: { uniform, bytes: (count) => new Uint8Array(count) },
    observe: (event) => events.push(event),
  });
  const ask: Bench['ask'] = (options) =>
    router.complete(llmRequest(), { models: Object.keys(models), sessionId: 'ses_1', abort: new AbortController().signal, ...options });
  return { clock, events, llms, router, ask };
}

/** Replies by number of the attempt, for faults that pass. */
const inTurn =
  (...replies: ReturnType<Extract<Script, (...args: never[]) => unknown>>[]): Script =>
  () =>
    replies.length > 1 ? replies.shift() : replies[0];

const good: Script = [{ text: 'good' }];
const down: Script = [{ status: 500 }];

describe('the router, with a model that fails for a moment', () => {
  it('asks the same model up to three times, with waits that double', async () => {
    const { ask, clock } = bench({ a: inTurn({ status: 500 }, { status: 429 }, { text: 'good' }) });
    const routed = await ask();
    expect(routed).toMatchObject({ modelKey: 'a', answer: { text: 'good' } });
    expect(routed.calls.map((call) => call.code)).toEqual(['LLM_SERVER_ERROR', 'LLM_OVERLOADED', undefined]);
    expect(clock.nowMs()).toBe(600);
  });

  it('spreads the waits over the whole of their range', async () => {
    const { ask, clock } = bench({ a: inTurn({ status: 500 }, { text: 'good' }) }, {}, () => 0.25);
    await ask();
    expect(clock.nowMs()).toBe(50);
  });

  it('waits as long as the provider asks, and not much longer', async () => {
    const { ask, clock } = bench({ a: inTurn({ status: 429, retryAfterMs: 12_000 }, { text: 'good' }) });
    await ask();
    expect(clock.nowMs()).toBe(12_200);
  });

  it('takes the next model at once when the provider asks for more than 30 s', async () => {
    const { ask, clock, llms } = bench({ a: [{ status: 429, retryAfterMs: 31_000 }], b: good });
    expect((await ask()).modelKey).toBe('b');
    expect([clock.nowMs(), llms['a']?.callCount]).toEqual([0, 1]);
  });

  it('falls back after three attempts, and says so', async () => {
    const { ask, events } = bench({ a: down, b: good });
    const routed = await ask();
    expect(routed.calls.map((call) => call.model)).toEqual(['a', 'a', 'a', 'b']);
    expect(events.filter((event) => event.type === 'llm-fell-back')).toEqual([
      { type: 'llm-fell-back', sessionId: 'ses_1', from: 'a', to: 'b', code: 'LLM_SERVER_ERROR' },
    ]);
    expect(events.filter((event) => event.type === 'llm-call-finished')).toHaveLength(4);
  });

  it('throws a retryable LLM_UNAVAILABLE with all attempts when none answers', async () => {
    const { ask } = bench({ a: down, b: [{ code: 'LLM_CONNECTION_LOST', maybeBilled: false }] });
    const error = await rejection(ask());
    expect(error).toMatchObject({ code: 'LLM_UNAVAILABLE', retryable: true, maybeBilled: false, retryAfterMs: undefined });
    expect(callsOf(error).map((call) => call.model)).toEqual(['a', 'a', 'a', 'b', 'b', 'b']);
  });
});

describe('the router, with a model that fails for good', () => {
  it.each([
    ['denied', 401],
    ['unknown to the provider', 404],
    ['out of quota', 402],
    ['a request that it refuses', 400],
  ])('takes the next model at once: %s', async (_what, status) => {
    const { ask, clock, llms } = bench({ a: [{ status }], b: good });
    expect((await ask()).modelKey).toBe('b');
    expect([clock.nowMs(), llms['a']?.callCount]).toEqual([0, 1]);
  });

  it('throws LLM_REQUEST_INVALID when no model takes the request', async () => {
    expect(await rejection(bench({ a: [{ status: 400 }] }).ask())).toMatchObject({ code: 'LLM_REQUEST_INVALID', retryable: false });
  });

  it('takes only models with more context after a prompt that was too long', async () => {
    const tooLong: Script = [{ code: 'LLM_CONTEXT_TOO_LONG' }];
    const sizes = { a: { contextTokens: 4096 }, b: { contextTokens: 4096 }, c: { contextTokens: 8192 } };
    const { ask, llms } = bench({ a: tooLong, b: good, c: good }, sizes);
    expect((await ask()).modelKey).toBe('c');
    expect(llms['b']?.callCount).toBe(0);
    const small = bench({ a: tooLong, b: good }, sizes);
    expect(await rejection(small.ask())).toMatchObject({ code: 'LLM_CONTEXT_TOO_LONG', retryable: false });
  });

  it('returns refusals and cut-off answers as they are, after one attempt', async () => {
    for (const outcome of ['refused', 'truncated'] as const) {
      const { ask, llms } = bench({ a: [{ outcome, text: 'half' }], b: good });
      expect(await ask()).toMatchObject({ modelKey: 'a', answer: { outcome } });
      expect(llms['a']?.callCount).toBe(1);
    }
  });

  it('passes on a bug in an adapter as INTERNAL, maybe billed', async () => {
    const { ask } = bench({
      a: () => {
        throw new TypeError('bug');
      },
      b: good,
    });
    expect(await rejection(ask())).toMatchObject({ code: 'INTERNAL', maybeBilled: true });
  });
});

describe('the router and its breakers', () => {
  it('asks a dead model five times, then leaves it alone for 30 s, then once', async () => {
    const { ask, clock, llms, router, events } = bench({ a: down, b: good });
    for (let i = 0; i < 3; i++) await ask();
    expect([llms['a']?.callCount, llms['b']?.callCount, router.states()['a']]).toEqual([5, 3, 'open']);
    const [skipped] = (await ask()).calls;
    expect(skipped).toEqual({ model: 'a', outcome: 'failure', code: 'LLM_BREAKER_OPEN', durationMs: 0 });
    clock.advance(30_000);
    for (let i = 0; i < 3; i++) await ask();
    expect(llms['a']?.callCount).toBe(6);
    expect(events.flatMap((event) => (event.type === 'llm-breaker-changed' ? [event.state] : []))).toEqual(['open', 'probing', 'open']);
  });

  it('leaves a model alone that denies five times, too', async () => {
    const { ask, llms } = bench({ a: [{ status: 401 }], b: good });
    for (let i = 0; i < 9; i++) await ask();
    expect([llms['a']?.callCount, llms['b']?.callCount]).toEqual([5, 9]);
  });

  it('comes back to a model that works again', async () => {
    let broken = true;
    const { ask, clock, router } = bench({ a: () => (broken ? { status: 500 } : { text: 'back' }), b: good });
    for (let i = 0; i < 2; i++) await ask();
    broken = false;
    clock.advance(30_000);
    expect((await ask()).modelKey).toBe('a');
    expect(router.states()['a']).toBe('closed');
  });

  it('says after how long to try again when every model is left alone', async () => {
    const { ask, clock } = bench({ a: down });
    for (let i = 0; i < 2; i++) await rejection(ask());
    clock.advance(10_000);
    expect(await rejection(ask())).toMatchObject({ code: 'LLM_UNAVAILABLE', retryAfterMs: 20_000 });
    const asked = bench({ a: [{ status: 429, retryAfterMs: 45_000 }] });
    expect(await rejection(asked.ask())).toMatchObject({ code: 'LLM_UNAVAILABLE', retryAfterMs: 45_000 });
  });

  it('lets no storm arise: 1,000 calls, one of two models dead, make at most 1.2 times as many attempts', async () => {
    const { ask, llms, clock } = bench({ a: [{ status: 500, delayMs: 20 }], b: [{ text: 'good', delayMs: 50 }] });
    let left = 1000;
    let afterFirstSecond = 0;
    const one = async () => {
      while (left-- > 0) {
        const before = llms['a']?.callCount ?? 0;
        const late = clock.nowMs() > 1000;
        await ask();
        if (late) afterFirstSecond += (llms['a']?.callCount ?? 0) - before;
      }
    };
    await Promise.all(Array.from({ length: 8 }, one));
    const attempts = (llms['a']?.callCount ?? 0) + (llms['b']?.callCount ?? 0);
    expect(llms['b']?.callCount).toBe(1000);
    expect(attempts).toBeLessThanOrEqual(1200);
    expect(afterFirstSecond).toBeLessThan(10);
  });
});

describe('the router and the budget', () => {
  const price = { inputMicroUsdPerMTok: 1_000_000, outputMicroUsdPerMTok: 2_000_000 };
  function hooks(...leave: Reservation[]) {
    const told: unknown[] = [];
    const say = (what: string) => async (attempt: object) => {
      told.push({ what, ...attempt });
      return leave.shift() ?? 'reserved';
    };
    return { told, onMaybeBilled: say('maybe-billed'), onFallback: say('fallback') };
  }
  const slow: Script = [{ delayMs: 90_000 }];
  const need = (costMicroUsd: number) => expect.objectContaining({ llmCalls: 1, outputTokens: 700, costMicroUsd });

  it('asks nothing of it while nothing may have been billed and the model stays', async () => {
    const { told, ...both } = hooks();
    await bench({ a: inTurn({ status: 500 }, { text: 'good' }) }).ask(both);
    expect(told).toEqual([]);
  });

  it('has each attempt that may have been billed counted before the next, and the last one left to the caller', async () => {
    const { told, ...both } = hooks();
    const error = await rejection(bench({ a: slow }).ask(both));
    expect(error).toMatchObject({ code: 'LLM_UNAVAILABLE', maybeBilled: true });
    expect(told).toEqual([
      { what: 'maybe-billed', model: 'a', next: 'a', need: need(0) },
      { what: 'maybe-billed', model: 'a', next: 'a', need: need(0) },
    ]);
  });

  it('stops with BUDGET_EXHAUSTED when another attempt cannot be paid and no other model is left', async () => {
    const { told: _, ...both } = hooks('refused');
    const { ask, llms } = bench({ a: slow });
    expect(await rejection(ask(both))).toMatchObject({ code: 'BUDGET_EXHAUSTED', retryable: false, maybeBilled: false });
    expect(llms['a']?.callCount).toBe(1);
  });

  it('has the reservation raised before it falls back, at the price of the model to come', async () => {
    const { told, ...both } = hooks();
    const { ask, router } = bench({ a: [{ status: 401 }], b: good }, { b: { price } });
    const routed = await ask(both);
    const worst = router.worstCase('b', llmRequest());
    expect(told).toEqual([{ what: 'fallback', next: 'b', need: worst }]);
    expect(worst.costMicroUsd).toBe(worst.inputTokens + 2 * 700);
    expect(routed.usage).toMatchObject({ llmCalls: 1, costMicroUsd: routed.usage.inputTokens + 2 * routed.usage.outputTokens });
  });

  it('passes over a model that is too dear, for the one after it', async () => {
    const { told, ...both } = hooks('refused', 'reserved');
    const { ask, llms } = bench({ a: [{ status: 401 }], b: good, c: good }, { b: { price } });
    expect((await ask(both)).modelKey).toBe('c');
    expect([told.length, llms['b']?.callCount]).toEqual([2, 0]);
  });

  it('stays LLM_UNAVAILABLE when a fallback is too dear, since the first model may come back', async () => {
    const { told: _, ...both } = hooks('refused');
    expect(await rejection(bench({ a: down, b: good }).ask(both))).toMatchObject({ code: 'LLM_UNAVAILABLE' });
  });

  it('charges what may have been billed before it falls back, and reserves for the model to come', async () => {
    const { told, ...both } = hooks('reserved', 'reserved', 'reserved');
    expect((await bench({ a: slow, b: good }, { b: { price } }).ask(both)).modelKey).toBe('b');
    expect(told.at(-1)).toMatchObject({ what: 'maybe-billed', model: 'a', next: 'b', need: need(expect.any(Number) as never) });
  });
});

describe('the router and its callers', () => {
  it('gives each model its own time for each attempt', async () => {
    const { ask, clock } = bench({ a: [{ delayMs: 90_000 }], b: good }, { a: { timeoutMs: 5000 } });
    expect((await ask()).calls.map((call) => [call.code, call.durationMs])).toEqual([
      ['LLM_TIMEOUT', 5000],
      ['LLM_TIMEOUT', 5000],
      ['LLM_TIMEOUT', 5000],
      [undefined, 0],
    ]);
    expect(clock.nowMs()).toBe(15_600);
  });

  it('stops at once for a caller that gives up, in a call and between two', async () => {
    const controller = new AbortController();
    const inCall = bench({
      a: () => {
        setImmediate(() => controller.abort());
        return { delayMs: 1e9 };
      },
    });
    expect(await rejection(inCall.ask({ abort: controller.signal }))).toMatchObject({ code: 'EFFECT_ABORTED', maybeBilled: true });
    const second = new AbortController();
    const between = bench({
      a: () => {
        queueMicrotask(() => second.abort());
        return { status: 500 };
      },
    });
    expect(await rejection(between.ask({ abort: second.signal }))).toMatchObject({ code: 'EFFECT_ABORTED', maybeBilled: false });
    expect(between.llms['a']?.callCount).toBe(1);
  });

  it('leaves it to the caller to charge an attempt after which the caller gave up', async () => {
    const controller = new AbortController();
    const { ask, clock } = bench({ a: [{ delayMs: 90_000 }] });
    const charged: unknown[] = [];
    const asked = rejection(ask({ abort: controller.signal, onMaybeBilled: async (lost) => (charged.push(lost), 'reserved') }));
    while (clock.nowMs() < 60_000) await new Promise(setImmediate);
    controller.abort();
    expect(await asked).toMatchObject({ code: 'EFFECT_ABORTED', maybeBilled: true });
    expect(charged).toEqual([]);
  });

  it('never has more calls at a model than it may, and refuses the one that finds 64 waiting', async () => {
    const clock = createLeapingClock();
    let [open, most] = [0, 0];
    const inner = createScriptedLlm({ script: good, clock });
    const counting: Llm = {
      ...inner,
      async complete(request, options) {
        most = Math.max(most, ++open);
        await clock.sleep(10);
        open--;
        return inner.complete(request, options);
      },
    };
    const { ask } = bench({ a: good }, { a: { llm: counting, maxConcurrent: 2 } });
    const asked = Array.from({ length: 67 }, (_, i) => ask({ sessionId: `ses_${i % 3}` }).catch((error: unknown) => error));
    const results = await Promise.all(asked);
    expect(results.filter((result) => (result as { code?: string }).code === 'LLM_BUSY')).toHaveLength(1);
    expect(most).toBe(2);
  });

  it('does not wait for a place at a model whose breaker opens meanwhile', async () => {
    const { ask, llms } = bench({ a: [{ status: 500, delayMs: 100 }], b: good }, { a: { maxConcurrent: 1 } });
    await Promise.all(Array.from({ length: 20 }, () => ask()));
    expect([llms['a']?.callCount, llms['b']?.callCount]).toEqual([5, 20]);
  });
});
