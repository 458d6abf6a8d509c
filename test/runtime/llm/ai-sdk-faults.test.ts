import type { ErrorCode } from '../../../runtime/domain/errors.ts';
import { createAiSdkLlm } from '../../../runtime/adapters/llm/ai-sdk.ts';
import { type HostedProvider, hostedProviders } from '../../../runtime/adapters/llm/provider-model.ts';
import type { FailureName } from '../../support/fake-provider-wires.ts';
import { type FakeProvider, type FakeReply, startFakeProvider } from '../../support/fake-provider.ts';
import { everythingOf, llmRequest, patient, rejection } from '../../support/llm-request.ts';

const key = 'sk-planted-secret-1234';
const prompt = 'planted-prompt: the unpublished plan';
const asked = () => llmRequest({ messages: [{ role: 'user', content: prompt }] });

const codes: Readonly<Record<Exclude<FailureName, 'filter'>, ErrorCode>> = {
  'rate-limit': 'LLM_OVERLOADED',
  quota: 'LLM_DENIED',
  server: 'LLM_SERVER_ERROR',
  overloaded: 'LLM_SERVER_ERROR',
  auth: 'LLM_DENIED',
  missing: 'LLM_DENIED',
  context: 'LLM_CONTEXT_TOO_LONG',
  invalid: 'LLM_REQUEST_INVALID',
};

let fake: FakeProvider;
beforeAll(async () => {
  fake = await startFakeProvider();
});
afterAll(() => fake.close());

const open = (provider: HostedProvider = 'openai', over: { maxBodyBytes?: number; baseUrl?: string } = {}) =>
  createAiSdkLlm({ provider, model: 'some-model', apiKey: key, baseUrl: fake.baseUrl(provider), answers: 'native', ...over });

async function failureOf(reply: FakeReply, provider: HostedProvider = 'openai', deadlineMs = 5000): Promise<unknown> {
  fake.reply(() => reply);
  const llm = await open(provider);
  const before = fake.received;
  const error = await rejection(llm.complete(asked(), { abort: new AbortController().signal, deadlineMs }));
  expect(fake.received - before).toBe(1);
  expect(everythingOf(error)).not.toMatch(/planted|127\.0\.0\.1/);
  return error;
}

describe('the failures of a hosted provider', () => {
  for (const provider of hostedProviders) {
    for (const [failure, code] of Object.entries(codes)) {
      const expected = provider === 'anthropic' && failure === 'overloaded' ? 'LLM_OVERLOADED' : code;
      it(`of ${provider}: ${failure} becomes ${expected} after one request, unbilled, without key or prompt`, async () => {
        const error = await failureOf({ failure: failure as FailureName }, provider);
        expect(error).toMatchObject({ name: 'NireonError', code: expected, maybeBilled: false });
      });
    }

    it(`of ${provider}: a prompt stopped by a filter is a refusal`, async () => {
      fake.reply(() => ({ failure: 'filter' }));
      const answer = await (await open(provider)).complete(asked(), patient());
      expect(answer).toMatchObject({ outcome: 'refused', usage: { inputTokens: 0, outputTokens: 0 } });
    });
  }

  it('keep how long the provider asks to be left alone: in seconds, as a date, in milliseconds, or in the body', async () => {
    const waits: [FakeReply, HostedProvider, number | undefined][] = [
      [{ failure: 'rate-limit', headers: { 'retry-after': '12' } }, 'openai', 12_000],
      [{ failure: 'rate-limit', headers: { 'retry-after': '0.5' } }, 'anthropic', 500],
      [{ failure: 'rate-limit', headers: { 'retry-after-ms': '350', 'retry-after': '1' } }, 'openai', 350],
      [
        { failure: 'overloaded', headers: { date: 'Tue, 03 Nov 2026 10:00:00 GMT', 'retry-after': 'Tue, 03 Nov 2026 10:00:09 GMT' } },
        'mistral',
        9000,
      ],
      [{ failure: 'rate-limit' }, 'google', 7000],
      [{ failure: 'rate-limit' }, 'openai', undefined],
      [{ failure: 'rate-limit', headers: { 'retry-after': 'soon' } }, 'openai', undefined],
    ];
    for (const [reply, provider, retryAfterMs] of waits) expect(await failureOf(reply, provider)).toMatchObject({ retryAfterMs });
  });

  it('are told by status alone where the body says nothing', async () => {
    const expected: Readonly<Record<number, ErrorCode>> = {
      400: 'LLM_REQUEST_INVALID',
      402: 'LLM_DENIED',
      403: 'LLM_DENIED',
      404: 'LLM_DENIED',
      408: 'LLM_OVERLOADED',
      413: 'LLM_CONTEXT_TOO_LONG',
      418: 'LLM_REQUEST_INVALID',
      425: 'LLM_OVERLOADED',
      429: 'LLM_OVERLOADED',
      500: 'LLM_SERVER_ERROR',
      503: 'LLM_SERVER_ERROR',
      529: 'LLM_OVERLOADED',
    };
    for (const [status, code] of Object.entries(expected)) {
      expect(await failureOf({ status: Number(status), raw: `<html>${prompt}</html>` })).toMatchObject({ code, maybeBilled: false });
    }
  });

  it('count as maybe billed where a gateway gave up waiting for the model', async () => {
    expect(await failureOf({ status: 504 })).toMatchObject({ code: 'LLM_SERVER_ERROR', maybeBilled: true });
  });

  it('are found under status 200 too, as some relays send them', async () => {
    const error = await failureOf({ raw: JSON.stringify({ error: { code: 429, message: prompt } }) }, 'openai-compatible');
    expect(error).toMatchObject({ code: 'LLM_OVERLOADED', maybeBilled: false });
  });

  it('name a reset connection, before and within the answer, which may have been billed', async () => {
    for (const reset of ['before-headers', 'in-body'] as const) {
      expect(await failureOf({ reset })).toMatchObject({ code: 'LLM_CONNECTION_LOST', maybeBilled: true, retryable: true });
    }
  });

  it('name a refused connection and an unknown host, which cannot have been billed', async () => {
    const gone = await startFakeProvider();
    await gone.close();
    for (const baseUrl of [gone.baseUrl('openai'), 'http://nowhere.invalid/v1']) {
      const llm = await open('openai', { baseUrl });
      expect(await rejection(llm.complete(asked(), patient()))).toMatchObject({ code: 'LLM_CONNECTION_LOST', maybeBilled: false });
    }
  });

  it('hold the deadline for the whole answer, not for its first byte', async () => {
    const error = await failureOf({ drip: { bytes: 8, everyMs: 20 } }, 'openai', 150);
    expect(error).toMatchObject({ code: 'LLM_TIMEOUT', maybeBilled: true });
  });

  it('cut off an answer larger than the bound', async () => {
    const llm = await open('openai', { maxBodyBytes: 4096 });
    for (const sent of [{}, { gzip: true }, { drip: { bytes: 1000, everyMs: 1 } }]) {
      fake.reply(() => ({ text: 'x'.repeat(5000), ...sent }));
      const error = await rejection(llm.complete(asked(), patient()));
      expect(error).toMatchObject({ code: 'LLM_SERVER_ERROR', maybeBilled: true, message: expect.stringContaining('4096') });
      fake.reply(() => ({ text: '"short"', ...sent }));
      expect(await llm.complete(asked(), patient())).toMatchObject({ text: '"short"' });
    }
  });

  it('name an answer that cannot be read, which may have been billed', async () => {
    for (const raw of ['not json', '{}', '{"choices":[]}', '']) {
      expect(await failureOf({ raw })).toMatchObject({ code: 'LLM_SERVER_ERROR', maybeBilled: true });
    }
  });

  it('name a request that cannot be made, without the key that spoils it', async () => {
    const llm = await createAiSdkLlm({
      provider: 'openai',
      model: 'm',
      apiKey: `sk\n${key}`,
      baseUrl: fake.baseUrl('openai'),
      answers: 'native',
    });
    const error = await rejection(llm.complete(asked(), patient()));
    expect(error).toMatchObject({ code: 'LLM_REQUEST_INVALID', maybeBilled: false });
    expect(everythingOf(error)).not.toContain('planted');
  });

  it('begin at the start: a missing key or address is CONFIG_INVALID and names the model', async () => {
    expect(await rejection(createAiSdkLlm({ provider: 'anthropic', model: 'some-model', answers: 'native' }))).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('some-model'),
    });
    const error = await rejection(createAiSdkLlm({ provider: 'openai-compatible', model: 'some-model', answers: 'native' }));
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
  });
});
