import { z } from 'zod';
import { checkRoutes } from './engine/llm-router/route.ts';
import { llmStages } from './ports/llm.ts';

/** Who asks a model. */
export const llmRoles = ['idea-generator', 'idea-synthesizer', 'sentinel-evaluator', 'quantifier-analyst', 'proto-author'] as const;
/** Places of an OpenAI-compatible server on this machine cost nothing by nature. */
const localHosts = new Set(['localhost', '127.0.0.1', '[::1]', 'host.docker.internal']);

const price = z
  .strictObject({
    inputMicroUsdPerMTok: z.int().min(0).max(1e12).describe('Price of a million input tokens').meta({ unit: 'millionths of a US dollar' }),
    outputMicroUsdPerMTok: z
      .int()
      .min(0)
      .max(1e12)
      .describe('Price of a million output tokens')
      .meta({ unit: 'millionths of a US dollar' }),
  })
  .describe('What the model costs; budgets are counted with it');

const answersSay =
  "How an answer is held to its schema: native, the provider's schema mode; grammar, a grammar made of it; prompt, the schema in the text";
const contextTokens = (standard: number) =>
  z.int().min(512).max(10_000_000).default(standard).describe('What prompt and answer may take together').meta({ unit: 'tokens' });
const maxConcurrent = (standard: number) =>
  z.int().min(1).max(1024).default(standard).describe('Calls at once; further ones wait, fair between sessions').meta({ unit: 'calls' });
const timeoutMs = (standard: number) =>
  z.int().min(100).max(3_600_000).default(standard).describe('Longest time for one attempt').meta({ unit: 'ms' });

const apiKeyEnv = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'the name of an environment variable, never the key itself')
  .describe("Name of the environment variable that holds the provider's key")
  .meta({ defaultText: '`LLM_API_KEY_<NAME>`' });
const baseUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https address' })
  .max(2000)
  .refine((url) => !URL.canParse(url) || new URL(url).username + new URL(url).password === '', 'must not hold a user name or password')
  .describe("Address of the provider's interface, up to and with its version");

const hosted = {
  model: z.string().min(1).max(200).describe("The provider's name of the model"),
  apiKeyEnv: z.exactOptional(apiKeyEnv),
  price: z.exactOptional(price),
  answers: z.enum(['native', 'grammar', 'prompt']).default('native').describe(answersSay),
  maxConcurrent: maxConcurrent(8),
  timeoutMs: timeoutMs(60_000),
};

const model = z.discriminatedUnion('provider', [
  z.strictObject({
    provider: z.enum(['openai', 'anthropic', 'google', 'mistral']).describe('Who answers'),
    ...hosted,
    baseUrl: z.exactOptional(baseUrl.meta({ defaultText: "the provider's own" })),
    contextTokens: contextTokens(128_000),
  }),
  z.strictObject({
    provider: z.literal('openai-compatible').describe('Who answers'),
    ...hosted,
    baseUrl,
    contextTokens: contextTokens(32_768),
  }),
  z.strictObject({
    provider: z.literal('local').describe('Who answers'),
    file: z.string().min(1).max(1000).describe('A GGUF file, in `models.dir` unless absolute'),
    answers: z.enum(['grammar', 'prompt']).default('grammar').describe(answersSay),
    contextTokens: contextTokens(4096),
    maxConcurrent: maxConcurrent(1),
    timeoutMs: timeoutMs(120_000),
  }),
  z.strictObject({
    provider: z.literal('builtin').describe('Who answers'),
    contextTokens: contextTokens(128_000),
    maxConcurrent: maxConcurrent(8),
    timeoutMs: timeoutMs(60_000),
  }),
  z.strictObject({
    provider: z.literal('scripted').describe('Who answers'),
    file: z.string().min(1).max(1000).describe('Table of the answers (YAML or JSON); for tests of an installation'),
    price: z.exactOptional(price),
    contextTokens: contextTokens(128_000),
    maxConcurrent: maxConcurrent(64),
    timeoutMs: timeoutMs(60_000),
  }),
]);
export type ModelConfig = z.infer<typeof model>;

const route = z.strictObject({
  stage: z.exactOptional(z.enum(llmStages).describe('Calls of this stage only')),
  role: z.exactOptional(z.enum(llmRoles).describe('Calls of this role only')),
  models: z.array(z.string()).min(1).max(16).describe('Keys of `llm.models`: the first is asked, the others in turn when it fails'),
  temperature: z.exactOptional(z.number().min(0).max(2).describe("Replaces the call's own").meta({ defaultText: "the call's" })),
  topP: z.exactOptional(z.number().min(0).max(1).describe("Replaces the call's own").meta({ defaultText: "the call's" })),
  maxOutputTokens: z.exactOptional(
    z.int().min(16).max(32_768).describe("Replaces the call's own").meta({ unit: 'tokens', defaultText: "the call's" }),
  ),
});

/** Models and who of them answers what. Without any model the embedded one answers. */
export const llmSchema = z
  .strictObject({
    models: z
      .record(z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'lower-case letters, digits and -, at most 40'), model)
      .refine((models) => Object.keys(models).length <= 64, 'at most 64 models')
      .default({})
      .describe('The models, by names of your choice'),
    routes: z.array(route).max(64).default([]).describe('Which models answer which calls'),
  })
  .superRefine(({ models, routes }, context) => {
    const say = (path: (string | number)[], message: string): void => context.addIssue({ code: 'custom', path, message });
    const names = Object.keys(models);
    for (const [name, entry] of Object.entries(models)) {
      // Reports say by this name that no language model wrote.
      if ((name === 'builtin') !== (entry.provider === 'builtin'))
        say(['models', name], 'the name builtin is kept for the provider builtin, which has no other');
      if (needsPrice(entry)) say(['models', name, 'price'], `${name} needs a price, else its spending is not counted; 0 if it is free`);
    }
    if (routes.length > 0) {
      for (const { path, message } of checkRoutes(routes, { models: new Set(names), roles: new Set(llmRoles) })) {
        // llm.routes[0].models, as a path of this section.
        say(
          path
            .split(/[.[\]]+/)
            .slice(1)
            .filter((key) => key !== ''),
          message,
        );
      }
    }
    if (routes.length === 0 && names.length > 1)
      say(['routes'], `must say which of ${names.join(', ')} answers, as [{models: [${names[0] ?? ''}]}]`);
  });
export type LlmConfig = z.infer<typeof llmSchema>;

function needsPrice(entry: ModelConfig): boolean {
  return 'model' in entry && entry.price === undefined && !isOnThisMachine(entry);
}

const isOnThisMachine = (entry: ModelConfig): boolean =>
  'baseUrl' in entry && entry.baseUrl !== undefined && URL.canParse(entry.baseUrl) && localHosts.has(new URL(entry.baseUrl).hostname);

/** Models without a price that are taken to be free, since they run here. */
export const freeByPlace = (llm: LlmConfig): string[] =>
  Object.entries(llm.models).flatMap(([name, entry]) =>
    'model' in entry && entry.price === undefined && isOnThisMachine(entry) ? [name] : [],
  );

/** The variable that holds a model's key: the one named, else LLM_API_KEY_<NAME>. */
export function keyVariable(name: string, entry: ModelConfig): string {
  return ('apiKeyEnv' in entry ? entry.apiKeyEnv : undefined) ?? `LLM_API_KEY_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** With one model and no routes that model answers everything; without models, `embedded` does. */
export function completeLlm(llm: LlmConfig, embedded: LlmConfig): LlmConfig {
  const names = Object.keys(llm.models);
  if (names.length === 0) return embedded;
  return llm.routes.length > 0 ? llm : { ...llm, routes: [{ models: names }] };
}
