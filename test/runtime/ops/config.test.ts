import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { loadRuntimeConfig, type RuntimeConfig, type RuntimeConfigRequest, runtimeConfigSchema } from '../../../runtime/config.ts';

const folder = mkdtempSync(join(tmpdir(), 'nireon-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function load(text: string, env: Record<string, string> = {}, more: Partial<RuntimeConfigRequest> = {}) {
  const file = join(folder, 'nireon.yaml');
  writeFileSync(file, text);
  return loadRuntimeConfig({ files: [file], env: { HOME: '/home/joe', ...env }, ...more });
}
function configOf(text: string, env?: Record<string, string>, more?: Partial<RuntimeConfigRequest>): RuntimeConfig {
  const result = load(text, env, more);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.config;
}
function problemsOf(text: string, env?: Record<string, string>, more?: Partial<RuntimeConfigRequest>): string[] {
  const result = load(text, env, more);
  return result.ok
    ? []
    : result.problems.map(({ path, message }) => `${path.replace(folder, '')}: ${message.replaceAll(`${folder}/`, '')}`);
}
const priced = 'price: { inputMicroUsdPerMTok: 1, outputMicroUsdPerMTok: 2 }';

describe('loadRuntimeConfig', () => {
  it('needs nothing: the embedded defaults are complete', () => {
    const result = loadRuntimeConfig({ env: { HOME: '/home/joe' } });
    expect(result).toMatchObject({
      ok: true,
      notices: [],
      config: {
        instance: 'nireon',
        role: 'all',
        mechanisms: ['explorer', 'sentinel', 'planner', 'catalyst', 'stagnation', 'quantifier', 'proto'],
        worker: {
          concurrency: 8,
          leaseMs: 3000,
          renewMs: 1000,
          sweepMs: 500,
          maxFailures: 5,
          maxCrashes: 10,
          backoffMs: 1000,
          backoffMaxMs: 60_000,
        },
        store: { sqlite: { file: './nireon.db' } },
        llm: { models: { builtin: { provider: 'builtin' } }, routes: [{ models: ['builtin'] }] },
        embedder: { provider: 'onnx', file: 'all-MiniLM-L6-v2.onnx', dims: 384 },
        models: { dir: '/home/joe/.nireon/models' },
        api: { port: 8080, host: '127.0.0.1' },
        ops: { port: 8081, host: '127.0.0.1' },
        log: { level: 'info', format: 'json' },
      },
    });
  });

  it('takes the example of the design page as it stands', () => {
    const text = `
llm:
  models:
    local: { provider: local, file: qwen2.5-0.5b-instruct-q4_k_m.gguf, contextTokens: 4096, answers: grammar, maxConcurrent: 1, timeoutMs: 120000 }
    mini:  { provider: openai, model: gpt-4o-mini, apiKeyEnv: OPENAI_API_KEY, contextTokens: 128000, answers: native, maxConcurrent: 8, timeoutMs: 60000,
             price: { inputMicroUsdPerMTok: 150000, outputMicroUsdPerMTok: 600000 } }
  routes:
    - { models: [local] }
    - { stage: critique, models: [mini, local], temperature: 0.2, maxOutputTokens: 700 }
embedder: { provider: onnx, file: all-MiniLM-L6-v2.onnx, dims: 384, maxTokens: 256, batchTokens: 4096, threads: 2 }`;
    const result = load(text, { OPENAI_API_KEY: 'sk-1' });
    expect(result.ok && [...result.modelKeys]).toEqual([['mini', 'sk-1']]);
    expect(problemsOf(text)).toEqual(['llm.models.mini.apiKeyEnv: variable OPENAI_API_KEY is not set; it must hold the key of openai']);
    expect(problemsOf(text, {}, { keys: 'ignored' })).toEqual([]);
  });

  it('lets the only model answer everything, and asks which of several does', () => {
    const model = (name: string) => `    ${name}: { provider: mistral, model: m, ${priced} }\n`;
    const env = { LLM_API_KEY_A: 'k', LLM_API_KEY_B_2: 'k' };
    expect(configOf(`llm:\n  models:\n${model('a')}`, env).llm.routes).toEqual([{ models: ['a'] }]);
    expect(problemsOf(`llm:\n  models:\n${model('a')}${model('b-2')}`, env)).toEqual([
      'llm.routes: must say which of a, b-2 answers, as [{models: [a]}] (nireon.yaml:1)',
    ]);
  });

  it('takes the model that is handed in when none is configured', () => {
    const model = {
      provider: 'local',
      file: 'q.gguf',
      answers: 'grammar',
      contextTokens: 4096,
      maxConcurrent: 1,
      timeoutMs: 1000,
    } as const;
    expect(configOf('', {}, { embedded: { name: 'local', model } }).llm).toEqual({
      models: { local: model },
      routes: [{ models: ['local'] }],
    });
  });

  it.each([
    ['an unknown model', 'routes: [{ models: [b] }]', 'llm.routes[0].models[0]: "b" is not a key of llm.models (nireon.yaml:3)'],
    ['a model twice in a chain', 'routes: [{ models: [a, a] }]', 'llm.routes[0].models[1]: "a" stands twice in one chain'],
    [
      'an unknown stage',
      'routes: [{ models: [a] }, { stage: criticism, models: [a] }]',
      'llm.routes[1].stage: must be one of exploration,',
    ],
    ['an unknown role', 'routes: [{ models: [a] }, { role: judge, models: [a] }]', 'llm.routes[1].role: must be one of idea-generator,'],
    ['no default', 'routes: [{ stage: critique, models: [a] }]', 'llm.routes: needs a default: a route without stage and role'],
    ['two for one place', 'routes: [{ models: [a] }, { models: [a] }]', 'llm.routes[1]: another route serves the same stage and role'],
  ])('refuses routes with %s', (_, routes, problem) => {
    const text = `llm:\n  models: { a: { provider: local, file: a.gguf } }\n  ${routes}`;
    expect(problemsOf(text)).toEqual([expect.stringContaining(problem)]);
  });

  it('keeps the name builtin for what is no language model, so that reports can say who wrote', () => {
    const kept = 'the name builtin is kept for the provider builtin, which has no other (nireon.yaml:1)';
    expect(problemsOf('llm: { models: { fast: { provider: builtin } } }')).toEqual([`llm.models.fast: ${kept}`]);
    expect(problemsOf('llm: { models: { builtin: { provider: local, file: a.gguf } } }')).toEqual([`llm.models.builtin: ${kept}`]);
  });

  it('wants a price for every model that does not run here, and says so of one that does', () => {
    const text = (url: string) => `llm: { models: { own: { provider: openai-compatible, model: q, baseUrl: "${url}" } } }`;
    expect(problemsOf(text('http://vllm.models:8000/v1'))).toEqual([
      'llm.models.own.price: own needs a price, else its spending is not counted; 0 if it is free (nireon.yaml:1)',
    ]);
    for (const url of ['http://localhost:11434/v1', 'http://127.0.0.1:1/v1', 'http://[::1]:1/v1']) {
      const result = load(text(url));
      expect(result.ok && result.notices).toEqual([expect.stringContaining('Model own runs on this machine and has no price')]);
    }
    for (const url of ['http://127.0.0.1.evil.example/v1', 'http://localhost@evil.example/v1', 'ftp://localhost/v1', 'localhost']) {
      expect([url, load(text(url)).ok]).toEqual([url, false]);
    }
  });

  it.each([
    ['worker: { leaseMs: 1500, renewMs: 1000 }', /^worker\.renewMs: must be at most half of leaseMs \(1500\)/],
    ['worker: { backoffMs: 5000, backoffMaxMs: 10 }', /^worker\.backoffMaxMs: must not be below backoffMs/],
    ['mechanisms: [explorer, explorer]', /^mechanisms: names a mechanism twice/],
    [
      'llm: { models: { a: { provider: local, file: q.gguf, answers: native } } }',
      /^llm\.models\.a\.answers: must be one of grammar, prompt/,
    ],
    ['mechanisms: [explorr]', /^mechanisms\[0\]: /],
    ['instance: "Lab One"', /^instance: lower-case letters/],
    ['api: { token: short }', /^api\.token: /],
    ['store: { mysql: { url: x } }', /^store\.mysql: is not a setting/],
    ['store: { postgres: { url: secret } }', /^store\.postgres\.url: is no address: (?!.*secret)/],
    ['store: { postgres: { url: "http://u:secret@h/d" } }', /^store\.postgres\.url: must begin with postgres:(?!.*secret)/],
    ['store: { postgres: { url: "postgres://u:sec%ret@h/d" } }', /^store\.postgres\.url: holds a % that stands for no sign(?!.*ret)/],
    ['store: { postgres: { url: "postgres://h/d?ssl=1" } }', /^store\.postgres\.url: has the parameter ssl: only sslmode/],
    ['store: { postgres: { url: "postgres://h/d", user: u } }', /^store\.postgres\.user: is said by store\.postgres\.url already/],
    ['store: { postgres: { tls: { mode: disable, caFile: ca.crt } } }', /^store\.postgres\.tls\.caFile: is for a connection with TLS/],
    ['store: { postgres: { schema: "my-schema" } }', /^store\.postgres\.schema: lower-case letters/],
    ['sentinel: { weights: { align: 0.5 } }', /^sentinel\.weights: the three weights must sum to 1/],
    ['sentinel: { noveltyNear: 0.2 }', /^sentinel\.noveltyNear: must be greater than noveltyFar/],
    ['quantifier: { block: { cpuSeconds: 61 } }', /^quantifier\.block\.cpuSeconds: must be at most sandbox\.maxBlock\.cpuSeconds \(60\)/],
    ['catalyst: { shareLow: 0.6 }', /^catalyst\.shareLow: must not be greater than shareHigh/],
    ['explorer: { minLength: 200, maxLength: 100 }', /^explorer\.minLength: must be less than maxLength/],
    ['planner: { minTrst: 1 }', /^planner\.minTrst: is not a setting; did you mean minTrust\?/],
    ['limits: { sesion: {} }', /^limits\.sesion: is not a setting; did you mean session\?/],
  ])('refuses %p', (text, problem) => {
    expect(problemsOf(text)).toEqual([expect.stringMatching(problem)]);
  });

  it('tells of every problem of file, variables and keys at once', () => {
    expect(
      problemsOf('wrker: {}\nllm: { models: { a: { provider: openai, model: m } } }', { NIREON_OPS_PORT: '70000', NIREON_OPS_PROT: '1' }),
    ).toEqual([
      'NIREON_OPS_PROT: is not a variable of a setting; did you mean NIREON_OPS_PORT?',
      expect.stringMatching(/^llm\.models\.a\.price: .*\(nireon\.yaml:2\)$/),
      expect.stringMatching(/^ops\.port: .* \(NIREON_OPS_PORT\)$/),
      'wrker: is not a setting; did you mean worker? (nireon.yaml:1)',
    ]);
  });

  it('names a file that cannot be read', () => {
    const result = loadRuntimeConfig({ files: ['/nowhere/nireon.yaml'], env: {} });
    expect(result).toEqual({ ok: false, problems: [{ path: '/nowhere/nireon.yaml', message: 'cannot be read (ENOENT)' }] });
  });

  it('warns of an API that anyone can reach', () => {
    const open = load('api: { host: 0.0.0.0 }');
    expect(open.ok && open.notices).toEqual([expect.stringContaining('without a token')]);
    const closed = load('api: { host: 0.0.0.0, token: long-enough }');
    expect(closed.ok && closed.notices).toEqual([]);
  });

  it('survives any value at any place', () => {
    const keys = fc.constantFrom(...Object.keys(runtimeConfigSchema.shape), 'models', 'routes', 'price', 'provider', '__proto__');
    const value = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom('openai', 'local', 'builtin', -1, 1e308, null, true, [], {}),
        fc.string(),
        fc.dictionary(keys, tie('node'), { maxKeys: 4 }),
      ),
    })).node;
    fc.assert(
      fc.property(fc.dictionary(keys, value, { maxKeys: 4 }), (tree) => {
        const result = load(JSON.stringify(tree));
        if (!result.ok) expect(result.problems.length).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });
});
