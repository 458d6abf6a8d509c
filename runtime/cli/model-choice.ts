import { didYouMean } from '../../platform/did-you-mean.ts';
import { NireonError } from '../domain/errors.ts';

/** What `--model`, `--base-url` and `--price` ask for: a key of the configuration, or a model that is added to it. */
export type ModelChoice =
  { readonly kind: 'key'; readonly key: string } | { readonly kind: 'added'; readonly key: string; readonly llm: object };

interface Provider {
  readonly provider: string;
  readonly baseUrl?: string;
  /** Variables that may hold the key, in order of preference. */
  readonly keys: readonly string[];
  readonly hosted: boolean;
}

const providers: Readonly<Record<string, Provider>> = {
  openai: { provider: 'openai', keys: ['OPENAI_API_KEY'], hosted: true },
  anthropic: { provider: 'anthropic', keys: ['ANTHROPIC_API_KEY'], hosted: true },
  google: { provider: 'google', keys: ['GEMINI_API_KEY', 'GOOGLE_API_KEY', 'GOOGLE_GENERATIVE_AI_API_KEY'], hosted: true },
  mistral: { provider: 'mistral', keys: ['MISTRAL_API_KEY'], hosted: true },
  ollama: { provider: 'openai-compatible', baseUrl: 'http://localhost:11434/v1', keys: [], hosted: false },
  lmstudio: { provider: 'openai-compatible', baseUrl: 'http://localhost:1234/v1', keys: [], hosted: false },
  llamacpp: { provider: 'openai-compatible', baseUrl: 'http://localhost:8080/v1', keys: [], hosted: false },
  vllm: { provider: 'openai-compatible', baseUrl: 'http://localhost:8000/v1', keys: [], hosted: false },
  'openai-compatible': { provider: 'openai-compatible', keys: ['LLM_API_KEY'], hosted: false },
  local: { provider: 'local', keys: [], hosted: false },
  scripted: { provider: 'scripted', keys: [], hosted: false },
};

/** How to change who answers: the end of the first line that a run prints. */
export const howToChange = 'change it with --model ollama:qwen3 or --model openai:gpt-4o-mini --price 0.15/0.60';

interface Asked {
  readonly model: string;
  readonly baseUrl?: string | undefined;
  readonly price?: string | undefined;
}

/** USAGE where the three do not fit together; whether a key names something is for the configuration to say. */
export function chooseModel({ model, baseUrl, price }: Asked, env: Readonly<Record<string, string | undefined>>): ModelChoice {
  const colon = model.indexOf(':');
  if (colon < 0) {
    if (baseUrl !== undefined || price !== undefined)
      throw new NireonError('USAGE', '--base-url and --price go with --model provider:model');
    return model === 'builtin' ? added('builtin', { provider: 'builtin' }) : { kind: 'key', key: model };
  }
  const [name, rest] = [model.slice(0, colon), model.slice(colon + 1)];
  const known = Object.hasOwn(providers, name) ? providers[name] : undefined;
  if (known === undefined) {
    const meant = didYouMean(name, Object.keys(providers));
    throw new NireonError(
      'USAGE',
      `--model knows no provider "${name}"${meant === undefined ? `; it knows ${Object.keys(providers).join(', ')}` : `; did you mean ${meant}?`}`,
    );
  }
  if (rest === '') throw new NireonError('USAGE', `--model ${name}: needs the name of a model behind the colon`);
  const key = keyFrom(rest);
  if (known.provider === 'local' || known.provider === 'scripted') return added(key, { provider: known.provider, file: rest });
  const address = baseUrl ?? known.baseUrl;
  if (known.provider === 'openai-compatible' && address === undefined) {
    throw new NireonError('USAGE', '--model openai-compatible:… needs --base-url http://host:port/v1');
  }
  const variable = known.keys.find((each) => env[each]?.trim()) ?? (known.hosted ? known.keys[0] : undefined);
  if (known.hosted && price === undefined) {
    throw new NireonError(
      'CONFIG_INVALID',
      `--model ${model} needs --price in/out, its US dollars for a million tokens read and written, else money could not be counted (0/0 if it is free)`,
    );
  }
  return added(key, {
    ...{ provider: known.provider, model: rest },
    ...(address === undefined ? {} : { baseUrl: address }),
    ...(variable === undefined ? {} : { apiKeyEnv: variable }),
    ...(price === undefined ? {} : { price: priceFrom(price) }),
  });
}

const added = (key: string, model: object): ModelChoice => ({
  kind: 'added',
  key,
  llm: { models: { [key]: model }, routes: [{ models: [key] }] },
});

/** `Org/Model-7B.gguf` as `model-7b`: what a report calls it. */
function keyFrom(model: string): string {
  const word = model
    .slice(model.lastIndexOf('/') + 1)
    .toLowerCase()
    .replace(/\.gguf$/, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return (/^[a-z]/.test(word) ? word : `model-${word}`).slice(0, 40).replace(/-+$/, '');
}

/** `0.15/0.60`, US dollars per million tokens in and out. */
function priceFrom(text: string): { inputMicroUsdPerMTok: number; outputMicroUsdPerMTok: number } {
  const [, read, written] = /^(\d+(?:\.\d+)?)\/(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (read === undefined || written === undefined) {
    throw new NireonError('USAGE', `--price must be in/out in US dollars for a million tokens, like 0.15/0.60, not "${text}"`);
  }
  return { inputMicroUsdPerMTok: Math.round(Number(read) * 1e6), outputMicroUsdPerMTok: Math.round(Number(written) * 1e6) };
}
