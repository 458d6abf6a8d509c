import { fastify } from 'fastify';
import type { Registry } from 'prom-client';
import { createRedactor } from '../../platform/redact.ts';
import { codeOf, type ErrorCode, isNireonError } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';

/** `ok` with a code is degraded: named, but no reason to stop. */
export interface CheckResult {
  readonly ok: boolean;
  readonly code?: ErrorCode;
  /** One sentence. */
  readonly message?: string;
}
export interface Check {
  readonly name: string;
  /** Looks at what is known; makes no call that costs anything. */
  readonly check: () => CheckResult | Promise<CheckResult>;
}
export type ComponentHealth = () => Promise<{ readonly ok: boolean; readonly detail: string }>;

export interface OpsServerOptions {
  readonly registry: Registry;
  readonly clock: Pick<Clock, 'isoNow'>;
  /** Failing ones mean: start this process anew. */
  readonly live: readonly Check[];
  /** Failing ones mean: send nobody here. */
  readonly ready: readonly Check[];
  /** health() of each component, by its name. */
  readonly components: Readonly<Record<string, ComponentHealth>>;
  /** Values that no answer may show. */
  readonly secrets?: Iterable<string>;
}

export interface OpsServer {
  /** Resolves to the address, `http://127.0.0.1:8081`. */
  listen(place: { readonly host: string; readonly port: number }): Promise<string>;
  close(): Promise<void>;
}

/** A component that takes longer counts as failing, so that every answer comes within 50 ms. */
const patienceMs = 40;

/**
 * GET /metrics (Prometheus text), /livez and /readyz (200 or 503, `{live or ready, checks: [{name, ok, code?, message?}]}`) and /health
 * (200 or 503, `{status, components: {name: {status, since, detail}}}`). Nothing here needs a token, spends one, or shows a secret.
 */
export function createOpsServer({ registry, clock, live, ready, components, secrets = [] }: OpsServerOptions): OpsServer {
  const redact = createRedactor(secrets);
  const server = fastify({ forceCloseConnections: true, bodyLimit: 1024, exposeHeadRoutes: false });
  const since = new Map<string, { status: string; at: string }>();

  async function run({ name, check }: Check): Promise<CheckResult & { name: string }> {
    const { ok, code, message } = await inTime(async () => await check());
    return { name, ok, ...(code === undefined ? {} : { code }), ...(message === undefined ? {} : { message: redact(message) }) };
  }

  async function look(
    name: string,
    health: ComponentHealth,
  ): Promise<readonly [string, { status: string; since: string; detail: string }]> {
    const { ok, message } = await inTime(async () => {
      const { ok, detail } = await health();
      return { ok, message: detail };
    });
    const status = ok ? 'up' : 'down';
    let entry = since.get(name);
    if (entry?.status !== status) {
      entry = { status, at: clock.isoNow() };
      since.set(name, entry);
    }
    return [name, { status, since: entry.at, detail: redact(message ?? '') }];
  }

  const probe = (path: string, word: string, checks: readonly Check[]): void => {
    server.get(path, async (_, reply) => {
      const results = await Promise.all(checks.map(run));
      const fine = results.every(({ ok }) => ok);
      return await reply.code(fine ? 200 : 503).send({ [word]: fine, checks: results });
    });
  };
  probe('/livez', 'live', live);
  probe('/readyz', 'ready', ready);
  server.get('/health', async (_, reply) => {
    const seen = await Promise.all(Object.entries(components).map(([name, health]) => look(name, health)));
    const fine = seen.every(([, { status }]) => status === 'up');
    return await reply.code(fine ? 200 : 503).send({ status: fine ? 'up' : 'down', components: Object.fromEntries(seen) });
  });
  server.get('/metrics', async (_, reply) => await reply.type(registry.contentType).send(await registry.metrics()));
  server.setNotFoundHandler((_, reply) => reply.code(404).send({ code: 'NOT_FOUND' }));
  server.setErrorHandler(({ statusCode = 500 }: { statusCode?: number }, _, reply) =>
    reply.code(statusCode).send({ code: statusCode < 500 ? 'REQUEST_INVALID' : 'INTERNAL' }),
  );

  return {
    listen: async ({ host, port }) => await server.listen({ host, port }),
    close: async () => await server.close(),
  };
}

async function inTime(ask: () => Promise<CheckResult>): Promise<CheckResult> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<CheckResult>((resolve) => {
    timer = setTimeout(() => resolve({ ok: false, code: 'HEALTH_TIMEOUT', message: `no answer within ${patienceMs} ms` }), patienceMs);
  });
  try {
    return await Promise.race([ask(), late]);
  } catch (error) {
    return { ok: false, code: codeOf(error), message: isNireonError(error) ? error.message : 'the check failed' };
  } finally {
    clearTimeout(timer);
  }
}
