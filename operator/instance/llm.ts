import { z } from 'zod';
import { checkedBy, mapOf, namedSecretKey, text, whole } from './bounded.ts';
import { shortNames } from './roles.ts';

// Providers and stages are texts here, checked by the runtime that has them: a new one needs no new resource.
const model = z
  .strictObject({
    provider: text(1, 64, 'Who answers: openai, anthropic, google, mistral, openai-compatible, local, builtin'),
    model: z.exactOptional(text(1, 200, "The provider's name of the model")),
    file: z.exactOptional(text(1, 1000, 'A GGUF file, for the provider local')),
    baseUrl: z.exactOptional(text(1, 2000, "Address of the provider's interface").regex(/^https?:\/\//)),
    apiKeySecret: z.exactOptional(namedSecretKey("The provider's key")),
    contextTokens: z.exactOptional(whole(512, 10_000_000, 'What prompt and answer may take together, in tokens')),
    answers: z.exactOptional(text(1, 32, 'How an answer is held to its schema: native, grammar, prompt')),
    price: z.exactOptional(
      z
        .strictObject({
          inputMicroUsdPerMTok: whole(0, 1e12, 'Price of a million input tokens, in millionths of a US dollar'),
          outputMicroUsdPerMTok: whole(0, 1e12, 'Price of a million output tokens, in millionths of a US dollar'),
        })
        .describe('What the model costs; budgets are counted with it'),
    ),
    maxConcurrent: whole(1, 256, 'Calls at once from each pod').default(8),
    timeoutMs: whole(1000, 3_500_000, 'Longest time for one attempt, in milliseconds').default(60_000),
  })
  .describe('A language model');

const route = z
  .strictObject({
    stage: z.exactOptional(text(1, 64, 'Calls of this stage only')),
    role: z.exactOptional(text(1, 64, 'Calls of this role only, as sentinel-evaluator')),
    models: z
      .array(text(1, 20, 'Name of a model'))
      .min(1)
      .max(16)
      .describe('The first is asked, the others in turn when it fails')
      .meta({ 'x-kubernetes-list-type': 'atomic' }),
    temperature: z.exactOptional(z.number().min(0).max(2).describe("Replaces the call's own")),
    topP: z.exactOptional(z.number().min(0).max(1).describe("Replaces the call's own")),
    maxOutputTokens: z.exactOptional(whole(16, 32_768, "Replaces the call's own")),
  })
  .describe('Which models answer which calls');

export const llm = z
  .strictObject({
    models: z.exactOptional(mapOf(model, 16, 'The models, by names of your choice').meta(checkedBy(shortNames('model')))),
    routes: z.exactOptional(
      z
        .array(route)
        .max(32)
        .describe('Which models answer which calls; all calls go to all models by name unless said')
        .meta({ 'x-kubernetes-list-type': 'atomic' }),
    ),
  })
  .describe('The language models; builtin, which is none, answers unless said')
  .meta(
    checkedBy({
      rule: '!has(self.routes) || self.routes.all(t, t.models.all(m, has(self.models) && m in self.models))',
      message: 'a route names an unknown model',
    }),
  );
