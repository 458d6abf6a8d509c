import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type ConfigLayer, type ConfigProblem, parseConfigFile } from '../platform/config-file.ts';
import { loadConfig as load } from '../platform/load-config.ts';
import { busSchema, misplacedBus } from './config-bus.ts';
import { completeLlm, freeByPlace, keyVariable, type LlmConfig, llmSchema, type ModelConfig } from './config-llm.ts';
import { storeSchema } from './config-store.ts';
import { blockLimitsSchema } from './domain/proto-block.ts';
import { catalystConfig } from './mechanisms/catalyst/config.ts';
import { explorerConfig } from './mechanisms/explorer/config.ts';
import { plannerConfig } from './mechanisms/planner/config.ts';
import { quantifierConfig } from './mechanisms/quantifier/config.ts';
import { sentinelConfig } from './mechanisms/sentinel/config.ts';
import { stagnationConfig } from './mechanisms/stagnation/config.ts';

/** Mechanisms that this program has. */
export const mechanismNames = ['explorer', 'sentinel', 'planner', 'catalyst', 'stagnation', 'quantifier', 'proto'] as const;

const count = (min: number, max: number, standard: number, says: string, unit?: string) =>
  z
    .int()
    .min(min)
    .max(max)
    .default(standard)
    .describe(says)
    .meta(unit === undefined ? {} : { unit });
const text = (max: number, says: string) => z.string().min(1).max(max).describe(says);
const host = (says: string) => text(253, says).default('127.0.0.1');

const ceiling = (standard: number, says: string, unit?: string) =>
  count(0, Number.MAX_SAFE_INTEGER, standard, `Most that one session may be given: ${says}`, unit);
const blockLimit = blockLimitsSchema.shape;

/** Everything that can be set in one runtime process. A default is what stands when nobody says anything. */
export const runtimeConfigSchema = z
  .strictObject({
    instance: z
      .string()
      .regex(/^[a-z0-9]([a-z0-9.-]{0,126}[a-z0-9])?$/, 'lower-case letters, digits, - and ., at most 128')
      .default('nireon')
      .describe('Name of this deployment, in logs, traces and the source of signals'),
    role: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,31}$/, 'lower-case letters, digits and -, at most 32')
      .default('all')
      .describe('Name of the part that this process plays, in logs and traces'),
    pod: z.exactOptional(text(253, 'Name of this process in logs').meta({ defaultText: 'the host name' })),
    mechanisms: z
      .array(z.enum(mechanismNames))
      .min(1)
      .max(mechanismNames.length)
      .refine((names) => new Set(names).size === names.length, 'names a mechanism twice')
      .default([...mechanismNames])
      .describe('Mechanisms whose work this process does'),
    worker: z
      .strictObject({
        concurrency: count(1, 256, 8, 'Work items that run at once', 'items'),
        leaseMs: count(
          500,
          60_000,
          3000,
          'How long a claimed item is safe from others; after a crash it runs elsewhere when this has passed',
          'ms',
        ),
        renewMs: count(100, 20_000, 1000, 'How often leases are renewed; at most half of leaseMs', 'ms'),
        sweepMs: count(50, 60_000, 500, 'How often an idle worker looks for work that no message announced', 'ms'),
        maxFailures: count(1, 100, 5, 'Retryable failures after which an item is dead', 'failures'),
        maxCrashes: count(1, 100, 10, 'Lost workers after which an item is dead', 'crashes'),
        backoffMs: count(1, 600_000, 1000, 'Longest wait before the first retry; doubled for each further one', 'ms'),
        backoffMaxMs: count(1, 3_600_000, 60_000, 'Longest wait before any retry; not below backoffMs', 'ms'),
      })
      .superRefine((worker, context) => {
        if (worker.renewMs * 2 > worker.leaseMs) {
          context.addIssue({ code: 'custom', path: ['renewMs'], message: `must be at most half of leaseMs (${worker.leaseMs})` });
        }
        if (worker.backoffMaxMs < worker.backoffMs) {
          context.addIssue({ code: 'custom', path: ['backoffMaxMs'], message: `must not be below backoffMs (${worker.backoffMs})` });
        }
      })
      .prefault({}),
    drain: z
      .strictObject({
        gracePeriodSeconds: count(
          6,
          3600,
          120,
          'After SIGTERM: running items may finish until 5 s before its end, then they are given back',
          's',
        ),
      })
      .prefault({}),
    store: storeSchema.prefault({}),
    bus: busSchema.prefault({}),
    llm: llmSchema.prefault({}),
    embedder: z
      .strictObject({
        provider: z.enum(['onnx', 'hashing']).default('onnx').describe('onnx: a model file; hashing: word hashes, for tests'),
        file: text(1000, 'The ONNX model, in `models.dir` unless absolute; its tokenizer stands beside it').default(
          'all-MiniLM-L6-v2.onnx',
        ),
        dims: count(8, 8192, 384, "Length of the model's vectors"),
        maxTokens: count(8, 8192, 256, 'A longer text is cut here', 'tokens'),
        batchTokens: count(64, 1_000_000, 4096, 'Largest batch, padding included', 'tokens'),
        threads: count(1, 64, 2, 'Threads that compute one batch', 'threads'),
      })
      .prefault({}),
    models: z.strictObject({ dir: text(1000, 'Folder of model files; `~/` is the home folder').default('~/.nireon/models') }).prefault({}),
    sandbox: z
      .strictObject({
        maxBlock: z
          .strictObject({
            cpuSeconds: blockLimit.cpuSeconds.default(60).describe('Most CPU time that a program may be given'),
            memoryMiB: blockLimit.memoryMiB.default(1024).describe('Most memory'),
            wallSeconds: blockLimit.wallSeconds.default(120).describe('Most wall time'),
            outputKiB: blockLimit.outputKiB.default(256).describe('Most output'),
          })
          .prefault({}),
      })
      .prefault({}),
    rules: z
      .strictObject({
        files: z
          .array(text(1000, 'A manifest'))
          .max(64)
          .default([])
          .describe('Rule manifests, merged; none: the default set')
          .meta({ defaultText: 'none' }),
      })
      .prefault({}),
    explorer: explorerConfig.prefault({}),
    sentinel: sentinelConfig.prefault({}),
    planner: plannerConfig.prefault({}),
    stagnation: stagnationConfig.prefault({}),
    catalyst: catalystConfig.prefault({}),
    quantifier: quantifierConfig.prefault({}),
    limits: z
      .strictObject({
        session: z
          .strictObject({
            llmCalls: ceiling(10_000, 'calls of models', 'calls'),
            inputTokens: ceiling(100_000_000, 'tokens read by models', 'tokens'),
            outputTokens: ceiling(25_000_000, 'tokens written by models', 'tokens'),
            costMicroUsd: ceiling(100_000_000, 'money', 'millionths of a US dollar'),
            embeddings: ceiling(500_000, 'embedded texts', 'texts'),
            protoRuns: ceiling(1000, 'programs run', 'runs'),
            protoCpuMs: ceiling(30_000_000, 'CPU time of programs', 'ms'),
          })
          .prefault({}),
      })
      .prefault({}),
    retention: z
      .strictObject({ sessionsDays: count(0, 3650, 0, 'Finished sessions are deleted after so long; 0 keeps them', 'days') })
      .prefault({}),
    api: z
      .strictObject({
        port: count(0, 65_535, 8080, 'Port of the API; 0 takes any free one'),
        host: host('Address that the API listens on; 0.0.0.0 for all'),
        token: z.exactOptional(
          z
            .string()
            .min(8)
            .max(1024)
            .describe('Bearer token that every request must carry')
            .meta({ secret: true, defaultText: 'none: anyone who reaches the port may use it' }),
        ),
        bodyLimitBytes: count(1024, 64 * 1024 * 1024, 1024 * 1024, 'Largest request body', 'bytes'),
      })
      .prefault({}),
    ops: z
      .strictObject({
        port: count(0, 65_535, 8081, 'Port of /metrics, /livez, /readyz and /health; 0 takes any free one'),
        host: host('Address that the port listens on; 0.0.0.0 for all'),
      })
      .prefault({}),
    log: z
      .strictObject({
        level: z
          .enum(['debug', 'info', 'warn', 'error'])
          .default('info')
          .describe('Least level that is written; at debug, error texts of other software are written too'),
        format: z.enum(['json', 'pretty']).default('json').describe('json: one object a line; pretty: for a terminal'),
      })
      .prefault({}),
  })
  .superRefine(({ bus, store }, context) => {
    const problem = misplacedBus(bus, store);
    if (problem !== undefined) context.addIssue({ code: 'custom', ...problem });
  })
  .superRefine(({ quantifier, sandbox }, context) => {
    for (const key of ['cpuSeconds', 'memoryMiB', 'wallSeconds', 'outputKiB'] as const) {
      const most = sandbox.maxBlock[key];
      if (quantifier.block[key] > most) {
        context.addIssue({
          code: 'custom',
          path: ['quantifier', 'block', key],
          message: `must be at most sandbox.maxBlock.${key} (${most})`,
        });
      }
    }
  });
/** All settings, complete, without secrets of models. */
export type RuntimeConfig = z.infer<typeof runtimeConfigSchema>;

export interface RuntimeConfigRequest {
  /** Paths of YAML or JSON files, later ones stronger. */
  readonly files?: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Of the command line, by the name that a problem shows (`--model`): parts of the configuration as they would stand in a file. */
  readonly overrides?: readonly { readonly name: string; readonly value: unknown }[];
  /** What answers when no model is configured; builtin if absent. */
  readonly embedded?: { readonly name: string; readonly model: ModelConfig };
  /** ignored: for commands that call no model. */
  readonly keys?: 'required' | 'ignored';
}

export type RuntimeConfigResult =
  | {
      readonly ok: true;
      readonly config: RuntimeConfig;
      /** Key of each model that has one. Secret. */
      readonly modelKeys: ReadonlyMap<string, string>;
      /** What the user should know, in sentences. */
      readonly notices: readonly string[];
      /** default, `file:line`, a variable or an option. */
      readonly originOf: (path: readonly string[]) => string;
    }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** Variables with our prefix that other parts of the program read through main. */
const otherVariables = ['NIREON_CONFIG', 'NIREON_SERVER', 'NIREON_TOKEN'];

/** Defaults, files, NIREON_ variables, options: a complete configuration, or everything that is wrong with it. Never throws. */
export function loadRuntimeConfig(request: RuntimeConfigRequest): RuntimeConfigResult {
  const { env, files = [], overrides = [] } = request;
  const read = files.map(readFile);
  const unread = read.flatMap((file) => file.problems);
  const loaded = load({
    schema: runtimeConfigSchema,
    prefix: 'NIREON',
    env,
    otherVariables,
    files: read.flatMap((file) => file.layer ?? []),
    overrides: overrides.map(({ name, value }) => ({ value, originOf: () => name })),
  });
  if (!loaded.ok) return { ok: false, problems: [...unread, ...loaded.problems] };

  const embedded = request.embedded ?? {
    name: 'builtin',
    model: llmSchema.parse({ models: { builtin: { provider: 'builtin' } } }).models['builtin']!,
  };
  const llm = completeLlm(loaded.config.llm, { models: { [embedded.name]: embedded.model }, routes: [{ models: [embedded.name] }] });
  const { modelKeys, problems } = findKeys(llm, env);
  const all = [...unread, ...(request.keys === 'ignored' ? [] : problems)];
  if (all.length > 0) return { ok: false, problems: all };
  const { models } = loaded.config;
  const config = { ...loaded.config, llm, models: { dir: models.dir.replace(/^~(?=\/)/, env['HOME'] ?? '.') } };
  return { ok: true, config, modelKeys, notices: noticesOf(config), originOf: loaded.originOf };
}

function readFile(path: string): { layer?: ConfigLayer; problems: readonly ConfigProblem[] } {
  try {
    return parseConfigFile(path, readFileSync(path, 'utf8'));
  } catch (error) {
    return { problems: [{ path, message: `cannot be read (${String((error as { code?: unknown }).code)})` }] };
  }
}

function findKeys(llm: LlmConfig, env: RuntimeConfigRequest['env']): { modelKeys: Map<string, string>; problems: ConfigProblem[] } {
  const modelKeys = new Map<string, string>();
  const problems: ConfigProblem[] = [];
  for (const [name, entry] of Object.entries(llm.models)) {
    if (!('model' in entry)) continue;
    const variable = keyVariable(name, entry);
    const key = env[variable]?.trim();
    if (key) modelKeys.set(name, key);
    else if (entry.provider !== 'openai-compatible' || entry.apiKeyEnv !== undefined) {
      problems.push({
        path: `llm.models.${name}.apiKeyEnv`,
        message: `variable ${variable} is not set; it must hold the key of ${entry.provider}`,
      });
    }
  }
  return { modelKeys, problems };
}

function noticesOf({ api, llm, embedder }: RuntimeConfig): string[] {
  const open = !['127.0.0.1', 'localhost', '::1'].includes(api.host) && api.token === undefined;
  return [
    ...freeByPlace(llm).map((name) => `Model ${name} runs on this machine and has no price: its calls are counted as free.`),
    ...(embedder.provider === 'hashing' ? ['The embedder hashes words: nearness of ideas means little. It is for tests.'] : []),
    ...(open ? [`The API listens on ${api.host} without a token: anyone who reaches it may use it.`] : []),
  ];
}
