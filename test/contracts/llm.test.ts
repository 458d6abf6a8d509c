import { setTimeout as delay } from 'node:timers/promises';
import { createAiSdkLlm } from '../../runtime/adapters/llm/ai-sdk.ts';
import { hostedProviders } from '../../runtime/adapters/llm/provider-model.ts';
import { createBuiltinLlm } from '../../runtime/adapters/llm/builtin/index.ts';
import { createScriptedLlm, type ScriptedReply } from '../../runtime/adapters/llm/scripted.ts';
import { startFakeProvider } from '../support/fake-provider.ts';
import { describeLlm } from './llm-contract.ts';

for (const provider of hostedProviders) {
  for (const answers of ['native', 'prompt'] as const) {
    describeLlm(`${provider} with answers ${answers}`, async () => {
      const fake = await startFakeProvider();
      const llm = await createAiSdkLlm({ provider, model: 'some-model', apiKey: 'sk-planted', baseUrl: fake.baseUrl(provider), answers });
      return {
        llm,
        slow: () => {
          fake.reply(() => ({ hang: true }));
          return undefined;
        },
        // Mistral has no refusal of its own; a filter in front of it answers as others' do.
        refuse: () =>
          fake.reply(() => (provider === 'mistral' ? { failure: 'filter' } : { text: 'I cannot help with that.', finish: 'refusal' })),
        truncate: () => fake.reply(() => ({ text: '{"title": "half of', finish: 'length' })),
        repeats: true,
        release: () => fake.close(),
      };
    });
  }
}

const wallClock = {
  nowMs: () => performance.now(),
  isoNow: () => new Date().toISOString(),
  sleep: (ms: number, signal?: AbortSignal) => delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined),
};

describeLlm('scripted', async () => {
  const answer = { title: 'a plain title', grade: 3, weaknesses: ['none that was found'] };
  let reply: ScriptedReply = { json: answer, delayMs: 5 };
  return {
    llm: createScriptedLlm({ script: () => reply, clock: wallClock }),
    slow: () => {
      reply = { json: answer, delayMs: 60_000 };
      return undefined;
    },
    refuse: () => (reply = { outcome: 'refused', text: 'no' }),
    truncate: () => (reply = { outcome: 'truncated', text: '{"title": "half of' }),
    repeats: true,
    release: async () => undefined,
  };
});

describeLlm('builtin', async () => ({ llm: createBuiltinLlm(), repeats: true, release: async () => undefined }));
