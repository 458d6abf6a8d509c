import { createAiSdkLlm } from '../../runtime/adapters/llm/ai-sdk.ts';
import { hostedProviders } from '../../runtime/adapters/llm/provider-model.ts';
import { startFakeProvider } from '../support/fake-provider.ts';
import { describeLlm } from './llm-contract.ts';

for (const provider of hostedProviders) {
  for (const answers of ['native', 'prompt'] as const) {
    describeLlm(`${provider} with answers ${answers}`, async () => {
      const fake = await startFakeProvider();
      const llm = await createAiSdkLlm({ provider, model: 'some-model', apiKey: 'sk-planted', baseUrl: fake.baseUrl(provider), answers });
      return {
        llm,
        slow: () => fake.reply(() => ({ hang: true })),
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
