import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { createSystemClock } from './adapters/clock.ts';
import { createSystemEntropy } from './adapters/entropy.ts';
import type { RuntimeConfig } from './config.ts';
import type { ModelConfig } from './config-llm.ts';
import { parseConceptBank } from './domain/concept-bank.ts';
import { NireonError } from './domain/errors.ts';
import type { Rule } from './domain/rule-set.ts';
import { createEngine, type Engine, type RuleFile } from './engine/engine.ts';
import { createLlmRouter } from './engine/llm-router/create-llm-router.ts';
import type { RouterModel } from './engine/llm-router/llm-router.ts';
import { operationsOf, requireRules } from './engine/rules/check.ts';
import { replaySession, type ReplayResult } from './engine/replay.ts';
import { mechanisms } from './mechanisms.ts';
import type { Embedder } from './ports/embedder.ts';
import type { Llm } from './ports/llm.ts';
import type { Observe } from './ports/observer.ts';
import type { Store } from './ports/store.ts';
import type { ComponentHealth } from './server/ops.ts';
import { llamaFolder, modelFile } from './wiring/model-files.ts';
import { readScript } from './wiring/read-script.ts';
import { createBus } from './wiring/create-bus.ts';
import { awaitStore, openStore } from './wiring/open-store.ts';

export const clock = createSystemClock();
export const entropy = createSystemEntropy();

/** Beside the program: rules, concepts. */
const shipped = (path: string): URL => new URL(`../${path}`, import.meta.url);

export interface WiredEngine {
  readonly engine: Engine;
  /** Of the rule set that new sessions pin. */
  readonly rules: readonly Rule[];
  readonly components: Readonly<Record<string, ComponentHealth>>;
  /** Closes models and store; after `engine.drain`. */
  close(): Promise<void>;
}

export interface EngineWiring {
  readonly config: RuntimeConfig;
  readonly modelKeys: ReadonlyMap<string, string>;
  readonly observe: Observe;
  readonly abort: AbortSignal;
  /** Whether a store that does not answer yet is waited for, until the abort. */
  readonly waitsForStore?: boolean;
}

/** A prepared engine over the adapters that the settings name; what was opened is closed again if anything fails. */
export async function wireEngine({ config, modelKeys, observe, abort, waitsForStore = false }: EngineWiring): Promise<WiredEngine> {
  const opened: { close(): Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    for (const each of opened.splice(0).reverse()) await each.close();
  };
  const keep = <T extends { close(): Promise<void> }>(each: T): T => {
    opened.push(each);
    return each;
  };
  const during = async <T>(phase: 'store' | 'models' | 'bus', work: () => Promise<T>): Promise<T> => {
    const began = clock.nowMs();
    const result = await work();
    observe({ type: 'phase-finished', phase, durationMs: Math.round(clock.nowMs() - began) });
    return result;
  };
  try {
    const store = keep(
      await during('store', () => (waitsForStore ? awaitStore(config, { clock, observe, abort }) : openStore(config, 'write'))),
    );
    const bus = keep(await during('bus', () => createBus(config, observe)));
    const { createRefusingSandbox } = await import('./adapters/sandbox/refusing.ts');
    const sandbox = keep(createRefusingSandbox());
    const { embedder, models } = await during('models', async () => {
      const embedder = keep(await createEmbedder(config));
      const models: Record<string, RouterModel> = {};
      for (const [name, model] of Object.entries(config.llm.models)) {
        const llm = keep(await createModel(model, { key: modelKeys.get(name), folder: config.models.dir }));
        const price = 'price' in model && model.price !== undefined ? { price: model.price } : {};
        const { contextTokens, maxConcurrent, timeoutMs } = model;
        models[name] = { llm, contextTokens, maxConcurrent, timeoutMs, ...price };
      }
      return { embedder, models };
    });
    const facts = await engineFacts(config);
    const engine = createEngine({
      ...facts,
      store,
      bus,
      outside: {
        router: createLlmRouter({ models, routes: config.llm.routes, clock, entropy, observe }),
        embedder,
        sandbox,
        embedTimeoutMs: 60_000,
      },
      models: new Set(Object.keys(models)),
      group: config.role,
      observe,
    });
    await engine.prepare(abort);
    const llms = Object.entries(models).map(([name, { llm }]) => [`llm ${name}`, () => llm.health()] as const);
    const components = {
      store: () => store.health(),
      bus: () => bus.health(),
      embedder: () => embedder.health(),
      sandbox: () => sandbox.health(),
    };
    return { engine, rules: facts.rules.rules, close, components: { ...components, ...Object.fromEntries(llms) } };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What an engine takes from the settings and the shipped files alone. */
async function engineFacts(config: RuntimeConfig) {
  return {
    instance: config.instance,
    worker: `${config.pod ?? hostname()}-${process.pid}-${Buffer.from(entropy.bytes(4)).toString('hex')}`,
    mechanisms,
    enabled: config.mechanisms,
    rules: requireRules(await ruleFiles(config), operationsOf(mechanisms.values())),
    mechanismConfig: config,
    bank: parseConceptBank(await readFile(shipped('rules/concepts.yaml'), 'utf8'), 'rules/concepts.yaml'),
    ceiling: config.limits.session,
    settings: config.worker,
    retention: config.retention,
    clock,
    entropy,
  };
}

/** The manifests of the settings, or the default set. CONFIG_INVALID for one that cannot be read. */
export async function ruleFiles({ rules }: Pick<RuntimeConfig, 'rules'>): Promise<RuleFile[]> {
  if (rules.files.length === 0) return [{ name: 'default.yaml', text: await readFile(shipped('rules/default.yaml'), 'utf8') }];
  return Promise.all(
    rules.files.map(async (name) => {
      const text = await readFile(name, 'utf8').catch((error: unknown) => {
        throw new NireonError('CONFIG_INVALID', `rules.files: ${name} cannot be read`, { cause: error });
      });
      return { name, text };
    }),
  );
}

export async function replay(store: Store, sessionId: string): Promise<ReplayResult> {
  return replaySession(sessionId, { store, mechanisms });
}

/** Ends what a stopping session still holds, where nobody else works on it. Calls no model. */
export async function endStopping(store: Store, config: RuntimeConfig, sessionId: string): Promise<void> {
  const { createLocalBus } = await import('./adapters/bus/local.ts');
  const { createRefusingSandbox } = await import('./adapters/sandbox/refusing.ts');
  const bus = createLocalBus();
  const refuse = async (): Promise<never> => Promise.reject(new NireonError('SESSION_STOPPED'));
  const well = async () => ({ ok: true, detail: 'not used' });
  const nobody = { model: { name: 'none', digest: 'none', dims: 1 }, embed: refuse, health: well, close: async () => undefined };
  const engine = createEngine({
    ...(await engineFacts(config)),
    store,
    bus,
    outside: {
      router: createLlmRouter({ models: {}, routes: [], clock, entropy, observe: () => undefined }),
      embedder: nobody,
      sandbox: createRefusingSandbox(),
      embedTimeoutMs: 1000,
    },
    models: new Set(),
    observe: () => undefined,
  });
  const patience = AbortSignal.timeout(30_000);
  await engine.start({ sessionId });
  for await (const _signal of engine.follow(sessionId, 0, patience));
  await engine.drain(1000);
  await bus.close();
}

async function createEmbedder({ embedder, models }: RuntimeConfig): Promise<Embedder> {
  const { provider, ...settings } = embedder;
  if (provider === 'hashing') return (await import('./adapters/embedder/hashing.ts')).createHashingEmbedder();
  const file = modelFile(models.dir, embedder.file);
  return (await import('./adapters/embedder/onnx.ts')).createOnnxEmbedder({ ...settings, file });
}

async function createModel(model: ModelConfig, { key, folder }: { key: string | undefined; folder: string }): Promise<Llm> {
  switch (model.provider) {
    case 'openai':
    case 'anthropic':
    case 'google':
    case 'mistral':
    case 'openai-compatible': {
      const { createAiSdkLlm } = await import('./adapters/llm/ai-sdk.ts');
      const { provider, model: name, answers, baseUrl } = model;
      return createAiSdkLlm({ provider, model: name, answers, ...(key && { apiKey: key }), ...(baseUrl && { baseUrl }) });
    }
    case 'local': {
      const { createLocalLlm } = await import('./adapters/llm/local.ts');
      const { contextTokens, answers } = model;
      return createLocalLlm({ file: modelFile(folder, model.file), contextTokens, answers, packageFolder: llamaFolder(folder) });
    }
    case 'scripted': {
      const { createScriptedLlm } = await import('./adapters/llm/scripted.ts');
      return createScriptedLlm({ script: await readScript(model.file), clock });
    }
    case 'builtin':
      return (await import('./adapters/llm/builtin/index.ts')).createBuiltinLlm();
  }
}
