import { createAiSdkLlm } from '../../../runtime/adapters/llm/ai-sdk.ts';
import { createLlmRouter } from '../../../runtime/engine/llm-router/create-llm-router.ts';
import { callsOf, type LlmRouter } from '../../../runtime/engine/llm-router/llm-router.ts';
import { type FakeProvider, type FakeReply, startFakeProvider } from '../../support/fake-provider.ts';
import { createLeapingClock, type LeapingClock } from '../../support/leaping-clock.ts';
import { everythingOf, llmRequest, rejection } from '../../support/llm-request.ts';

let first: FakeProvider;
let second: FakeProvider;
let clock: LeapingClock;
let router: LlmRouter;
beforeEach(async () => {
  [first, second] = await Promise.all([startFakeProvider(), startFakeProvider()]);
  clock = createLeapingClock();
  const hosted = { contextTokens: 8192, maxConcurrent: 8, timeoutMs: 250 };
  const open = (provider: 'openai' | 'anthropic', fake: FakeProvider) =>
    createAiSdkLlm({ provider, model: `${provider}-model`, apiKey: 'sk-planted', baseUrl: fake.baseUrl(provider), answers: 'native' });
  router = createLlmRouter({
    models: {
      first: { ...hosted, llm: await open('openai', first) },
      second: { ...hosted, contextTokens: 200_000, llm: await open('anthropic', second) },
    },
    routes: [{ models: ['first', 'second'] }],
    clock,
    entropy: { uniform: () => 1, bytes: (count) => new Uint8Array(count) },
    observe: () => undefined,
  });
});
afterEach(() => Promise.all([first.close(), second.close()]));

const ask = () => router.complete(llmRequest(), { models: ['first', 'second'], sessionId: 'ses_1', abort: new AbortController().signal });

/** Codes of the attempts at the first provider while it replies so, and who answered in the end. */
async function attempts(...replies: FakeReply[]) {
  first.reply((call) => replies[Math.min(call.index, replies.length - 1)] ?? {});
  const routed = await ask();
  return [...routed.calls.filter((call) => call.model === 'first').map((call) => call.code ?? 'answered'), routed.modelKey];
}

describe('the router, over HTTP', () => {
  it('waits as Retry-After says and asks again', async () => {
    expect(await attempts({ failure: 'rate-limit', headers: { 'retry-after': '3' } }, {})).toEqual(['LLM_OVERLOADED', 'answered', 'first']);
    expect(clock.nowMs()).toBe(3200);
  });

  it.each<[string, FakeReply, string]>([
    ['a server error', { failure: 'server' }, 'LLM_SERVER_ERROR'],
    ['a reset connection', { reset: 'before-headers' }, 'LLM_CONNECTION_LOST'],
    ['an answer broken off', { reset: 'in-body' }, 'LLM_CONNECTION_LOST'],
    ['no answer', { hang: true }, 'LLM_TIMEOUT'],
    ['an answer that drips', { drip: { bytes: 4, everyMs: 25 } }, 'LLM_TIMEOUT'],
  ])('tries three times and falls back after %s', async (_what, reply, code) => {
    expect(await attempts(reply)).toEqual([code, code, code, 'second']);
    expect([first.received, second.received]).toEqual([3, 1]);
  });

  it.each<[string, FakeReply, string]>([
    ['a refused key', { failure: 'auth' }, 'LLM_DENIED'],
    ['a model that does not exist', { failure: 'missing' }, 'LLM_DENIED'],
    ['a quota used up', { failure: 'quota' }, 'LLM_DENIED'],
    ['a prompt too long for it', { failure: 'context' }, 'LLM_CONTEXT_TOO_LONG'],
  ])('falls back at once after %s', async (_what, reply, code) => {
    expect(await attempts(reply)).toEqual([code, 'second']);
    expect([first.received, second.received, clock.nowMs()]).toEqual([1, 1, 0]);
  });

  it('takes a refusal for an answer', async () => {
    first.reply(() => ({ finish: 'refusal', text: 'No.' }));
    expect(await ask()).toMatchObject({ modelKey: 'first', answer: { outcome: 'refused' } });
    expect(second.received).toBe(0);
  });

  it('opens the breaker of a dead provider after five requests, and closes it when the provider is back', async () => {
    first.reply(() => ({ failure: 'server' }));
    for (let i = 0; i < 40; i++) await ask();
    expect([first.received, second.received, router.states()['first']]).toEqual([5, 40, 'open']);
    first.reply(() => ({}));
    clock.advance(30_000);
    expect((await ask()).modelKey).toBe('first');
  });

  it('makes no storm: 400 calls at once by eight, one provider dead, at most 1.2 times as many requests', async () => {
    first.reply(() => ({ status: 503 }));
    let left = 400;
    const some = async () => {
      while (left-- > 0) await ask();
    };
    await Promise.all(Array.from({ length: 8 }, some));
    expect(second.received).toBe(400);
    expect(first.received + second.received).toBeLessThanOrEqual(480);
  });

  it('tells every attempt when none answers, and neither key nor prompt', async () => {
    first.reply(() => ({ failure: 'auth' }));
    second.reply(() => ({ failure: 'overloaded' }));
    const error = await rejection(ask());
    expect(error).toMatchObject({ code: 'LLM_UNAVAILABLE' });
    expect(callsOf(error).map((call) => call.code)).toEqual(['LLM_DENIED', 'LLM_OVERLOADED', 'LLM_OVERLOADED', 'LLM_OVERLOADED']);
    expect(everythingOf(error)).not.toMatch(/planted|quieter streets/);
  });
});
