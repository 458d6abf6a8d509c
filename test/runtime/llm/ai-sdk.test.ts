import { createAiSdkLlm } from '../../../runtime/adapters/llm/ai-sdk.ts';
import type { HostedProvider } from '../../../runtime/adapters/llm/provider-model.ts';
import { type FakeProvider, startFakeProvider } from '../../support/fake-provider.ts';
import { answerSchema, llmRequest, patient } from '../../support/llm-request.ts';

let fake: FakeProvider;
beforeEach(async () => {
  fake = await startFakeProvider();
});
afterEach(() => fake.close());

const open = (provider: HostedProvider, answers: 'native' | 'prompt' | 'grammar' = 'native') =>
  createAiSdkLlm({ provider, model: 'some-model', apiKey: 'sk-1', baseUrl: fake.baseUrl(provider), answers });

async function bodyFor(provider: HostedProvider, answers?: 'native' | 'prompt' | 'grammar', over: Parameters<typeof llmRequest>[0] = {}) {
  await (await open(provider, answers)).complete(llmRequest(over), patient());
  return fake.calls.at(-1)?.body ?? {};
}

describe('a request to a hosted provider', () => {
  it('carries messages, temperature, top p and the output limit, and no other setting', async () => {
    const body = await bodyFor('openai-compatible', 'native', {
      temperature: 0.7,
      topP: 0.9,
      maxOutputTokens: 321,
      schema: undefined as never,
    });
    expect(Object.keys(body).sort()).toEqual(['max_tokens', 'messages', 'model', 'temperature', 'top_p']);
    expect(body).toMatchObject({ model: 'some-model', max_tokens: 321, temperature: 0.7, top_p: 0.9 });
    expect(body['messages'].map((m: { role: string }) => m.role)).toEqual(['system', 'user']);
  });

  it('sends the key where the provider wants it, and none where there is none', async () => {
    await bodyFor('openai');
    expect(fake.calls.at(-1)?.headers.authorization).toBe('Bearer sk-1');
    await bodyFor('anthropic');
    expect(fake.calls.at(-1)?.headers['x-api-key']).toBe('sk-1');
    const llm = await createAiSdkLlm({
      provider: 'openai-compatible',
      model: 'm',
      baseUrl: fake.baseUrl('openai-compatible'),
      answers: 'prompt',
    });
    await llm.complete(llmRequest(), patient());
    expect(fake.calls.at(-1)?.headers.authorization).toBeUndefined();
  });

  it('holds the answer to the schema by the mode of each provider', async () => {
    const openai = (await bodyFor('openai'))['response_format'].json_schema;
    expect(openai).toMatchObject({
      strict: true,
      schema: { additionalProperties: false, properties: { grade: { minimum: 0, maximum: 4 } } },
    });
    expect(openai.schema.properties.title).toEqual({ type: 'string', description: 'at least 3 characters, at most 60 characters.' });
    const google = (await bodyFor('google'))['generationConfig'];
    expect(google.responseSchema.properties.grade).toEqual({ type: 'integer', description: 'at least 0, at most 4.' });
    expect((await bodyFor('anthropic'))['tools'][0].input_schema.properties.title.maxLength).toBe(60);
    for (const provider of ['mistral', 'openai-compatible'] as const) {
      const format = (await bodyFor(provider))['response_format'].json_schema;
      expect(format.schema.properties).toEqual(answerSchema.properties);
    }
  });

  it('does not ask for strictness where the schema has an open object', async () => {
    const schema = { ...answerSchema, properties: { ...answerSchema.properties, inputs: { type: 'object', additionalProperties: {} } } };
    expect((await bodyFor('openai', 'native', { schema }))['response_format'].json_schema.strict).toBe(false);
  });

  it('writes the schema for grammar-based servers with enums for small ranges', async () => {
    const { properties } = (await bodyFor('openai-compatible', 'grammar'))['response_format'].json_schema.schema;
    expect(properties.grade).toEqual({ enum: [0, 1, 2, 3, 4] });
  });

  it('puts the schema at the end of the last message, and into no mode, with answers prompt', async () => {
    const body = await bodyFor('openai', 'prompt');
    expect(body['response_format']).toBeUndefined();
    expect(body['messages'][0].content).toBe('You judge ideas.');
    const { $schema: _dialect, ...said } = answerSchema;
    expect(body['messages'][1].content.endsWith(`JSON schema:\n${JSON.stringify(said)}`)).toBe(true);
  });
});

describe('an answer of a hosted provider', () => {
  it('tells usage and model as the provider does', async () => {
    fake.reply(() => ({ text: 'x'.repeat(40) }));
    const answer = await (await open('openai')).complete(llmRequest({ schema: undefined as never }), patient());
    expect(answer).toMatchObject({ text: 'x'.repeat(40), model: 'some-model', usage: { outputTokens: 10 } });
    expect(answer.usage.inputTokens).toBe(Math.ceil((fake.calls[0]?.text.length ?? 0) / 4));
  });

  it('is charged by size where the provider reports no usage', async () => {
    fake.reply(() => ({ text: 'é'.repeat(30), withoutUsage: true }));
    const request = llmRequest({ messages: [{ role: 'user', content: 'y'.repeat(31) }] });
    expect((await (await open('openai-compatible')).complete(request, patient())).usage).toEqual({ inputTokens: 11, outputTokens: 20 });
  });

  it('is a refusal when the prompt was blocked (Google)', async () => {
    fake.reply(() => ({ finish: 'filter' }));
    expect((await (await open('google')).complete(llmRequest(), patient())).outcome).toBe('refused');
  });
});
