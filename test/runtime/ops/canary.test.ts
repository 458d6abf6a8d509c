import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { printConfig } from '../../../platform/print-config.ts';
import { schemaNodeOf } from '../../../platform/settings.ts';
import type { SpanRecord } from '../../../platform/tracing.ts';
import { tracingSecrets } from '../../../platform/tracing.ts';
import { loadRuntimeConfig, runtimeConfigSchema } from '../../../runtime/config.ts';
import { NireonError } from '../../../runtime/domain/errors.ts';
import { createObserver } from '../../../runtime/observe.ts';
import { createOpsServer } from '../../../runtime/server/ops.ts';
import { sampleEvents } from '../../support/engine-events.ts';
import { createMemoryLog } from '../../support/memory-log.ts';

/** Each secret holds this word, so that any piece of it that shows is found. */
const canary = (n: number): string => `Kanari${String(n).padStart(2, '0')}vogel`;

/** Secrets that a configuration knows of: masked wherever they stand, whatever they look like. */
const known = Array.from({ length: 10 }, (_, i) => `${canary(i)} "quoted" \\ & ${i}`);
/** Secrets that nobody announced, in shapes by which they are recognised. */
const shaped = [
  `sk-proj-${canary(10)}aaaa`,
  `sk-ant-api03-${canary(11)}`,
  `AIzaSyA${canary(12)}aaaaaaaaaaaaaaaaaaaa`,
  `ghp_${canary(13)}aaaa`,
  `github_pat_${canary(14)}`,
  `glpat-${canary(15)}`,
  `xoxb-${canary(16)}`,
  `hf_${canary(17)}`,
  `npm_${canary(18)}`,
  `postgres://joe:${canary(19)}@db:5432/nireon`,
  `postgresql://:${canary(20)}@db/nireon?sslmode=require`,
  `amqps://u:${canary(21)}@mq`,
  `redis://default:${canary(22)}@cache:6379/0`,
  `https://${canary(23)}:x@gateway.example/v1`,
  `mongodb+srv://a:${canary(24)}@cluster/x`,
  `Authorization: Bearer ${canary(25)}`,
  `Authorization: Basic ${canary(26)}==`,
  `authorization":"Bearer ${canary(27)}"`,
  `password=${canary(28)}`,
  `{"password":"${canary(29)}"}`,
  `PGPASSWORD=${canary(30)}`,
  `passphrase: ${canary(31)}`,
  `api_key=${canary(32)}`,
  `{"apiKey": "${canary(33)}"}`,
  `x-api-key: ${canary(34)}`,
  `?access_token=${canary(35)}&x=1`,
  `refresh_token=${canary(36)}`,
  `{\\"client_secret\\":\\"${canary(37)}\\"}`,
  `-----BEGIN PRIVATE KEY-----\n${canary(38)}\n-----END PRIVATE KEY-----`,
  `eyJ${canary(39)}.${canary(39)}.${canary(39)}`,
];
/** Texts of the user and of providers: no shape tells them, only the rule that nobody passes them on. */
const texts = Array.from({ length: 10 }, (_, i) => `the merger with ${canary(40 + i)} is planned for May`);

const folder = mkdtempSync(join(tmpdir(), 'nireon-canary-'));
afterAll(() => rmSync(folder, { recursive: true }));
const find = (text: string): string[] => text.match(/Kanari.{0,8}/g) ?? [];

describe('50 planted secrets', () => {
  expect(new Set([...known, ...shaped, ...texts]).size).toBe(50);

  const file = join(folder, 'nireon.yaml');
  const price = { inputMicroUsdPerMTok: 1, outputMicroUsdPerMTok: 1 };
  const providers = ['openai', 'anthropic', 'google', 'mistral', 'openai', 'anthropic', 'google', 'mistral'] as const;
  const models = Object.fromEntries(providers.map((provider, i) => [`m${i}`, { provider, model: 'x', price, apiKeyEnv: `KEY_${i}` }]));
  writeFileSync(file, JSON.stringify({ api: { token: known[8] }, llm: { models, routes: [{ models: ['m0'] }] } }));
  const env = {
    ...Object.fromEntries(providers.map((_, i) => [`KEY_${i}`, known[i]])),
    OTEL_EXPORTER_OTLP_HEADERS: `x-key=${encodeURIComponent(known[9]!)}`,
  };
  const loaded = loadRuntimeConfig({ files: [file], env });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const secrets = [...loaded.modelKeys.values(), loaded.config.api.token!, ...tracingSecrets(env)];

  it('are all known to the redactor where the configuration knows them', () => {
    expect(secrets.sort()).toEqual([...known].sort());
  });

  it('do not show in config print', () => {
    const printed = printConfig(loaded.config, schemaNodeOf(runtimeConfigSchema), loaded.originOf);
    expect(printed).toContain('token: "********"');
    expect(find(printed)).toEqual([]);
  });

  it('do not show in problems of a configuration, wherever they were written by mistake', () => {
    const said: string[] = [];
    for (const secret of [...known, ...shaped, ...texts]) {
      for (const text of [
        JSON.stringify({
          api: { token: [secret] },
          worker: { leaseMs: secret },
          log: { level: secret },
          llm: { models: { a: { provider: secret } } },
        }),
        `api:\n  token: ${secret}\n - x`,
        `api: {token: "${secret}`,
      ]) {
        writeFileSync(file, text);
        const result = loadRuntimeConfig({
          files: [file],
          env: { NIREON_API_PORT: secret, NIREON_MECHANISMS: secret, NIREON_EMBEDDER_PROVIDER: secret },
        });
        expect(result.ok).toBe(false);
        said.push(JSON.stringify(result));
      }
    }
    expect(find(said.join('\n'))).toEqual([]);
  });

  it('do not show in logs, metrics and spans', async () => {
    const { log, text, lines } = await createMemoryLog('info', secrets);
    const registry = new Registry();
    const spans: SpanRecord[] = [];
    const observe = createObserver({ log, registry, tracer: { record: (span) => void spans.push(span), close: async () => undefined } });
    for (const secret of [...known, ...shaped]) {
      // Messages of our own errors hold no user's texts, but may quote addresses and headers.
      observe({ ...sampleEvents['store-lost'], message: `cannot reach ${secret}` });
      observe({ ...sampleEvents['bus-failed'], message: `refused ${secret}.` });
      observe({ ...sampleEvents['work-retried'], message: `provider said: ${secret}` });
      observe({ ...sampleEvents['notice'], message: secret });
      observe({
        ...sampleEvents['internal-error'],
        error: new NireonError('STORE_UNREACHABLE', `for ${secret}`, { cause: new Error(secret) }),
      });
    }
    for (const secret of [...known, ...shaped, ...texts]) {
      const answer = new SyntaxError(`Unexpected token in JSON: ${secret}`);
      observe({ ...sampleEvents['internal-error'], message: answer.message, error: answer });
      observe({ ...sampleEvents['internal-error'], error: new NireonError('INTERNAL', undefined, { cause: answer }) });
      observe({ ...sampleEvents['work-retried'], code: 'MECHANISM_FAILED', message: answer.message });
    }
    expect(lines().length).toBe(40 * 5 + 50 * 3);
    expect(find(text())).toEqual([]);
    expect(find(await registry.metrics())).toEqual([]);
    expect(find(JSON.stringify(spans))).toEqual([]);
  });

  it('do not show in what the health endpoints answer', async () => {
    const all = [...known, ...shaped];
    const server = createOpsServer({
      registry: new Registry(),
      clock: { isoNow: () => '' },
      secrets,
      live: [],
      ready: all.map((secret, i) => ({ name: `c${i}`, check: () => ({ ok: false, message: `cannot reach ${secret}` }) })),
      components: {
        ...Object.fromEntries(all.map((secret, i) => [`c${i}`, async () => ({ ok: false, detail: secret })])),
        ...Object.fromEntries(texts.map((text, i) => [`t${i}`, () => Promise.reject(new Error(text))])),
      },
    });
    const url = await server.listen({ host: '127.0.0.1', port: 0 });
    try {
      for (const path of ['/health', '/readyz', '/livez', '/metrics', `/${encodeURIComponent(known[0]!)}`]) {
        expect([path, find(await (await fetch(url + path)).text())]).toEqual([path, []]);
      }
    } finally {
      await server.close();
    }
  });
});
