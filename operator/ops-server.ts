import { fastify } from 'fastify';
import type { Registry } from 'prom-client';

export interface OpsCheck {
  readonly name: string;
  /** One sentence if it fails. */
  readonly failure: () => string | undefined;
}

export interface OpsServerOptions {
  readonly registry: Registry;
  /** Failing ones mean: start this process anew. */
  readonly live: readonly OpsCheck[];
  /** Failing ones mean: it is not at work yet, or no more. */
  readonly ready: readonly OpsCheck[];
}

export interface OpsServer {
  /** Resolves to the address, `http://127.0.0.1:8081`. */
  listen(place: { readonly host: string; readonly port: number }): Promise<string>;
  close(): Promise<void>;
}

/** GET /metrics (Prometheus text), /livez and /readyz: 200 or 503, `{live or ready, checks: [{name, ok, message?}]}`. */
export function createOpsServer({ registry, live, ready }: OpsServerOptions): OpsServer {
  const server = fastify({ forceCloseConnections: true, bodyLimit: 1024, exposeHeadRoutes: false });
  const probe = (path: string, word: string, checks: readonly OpsCheck[]): void => {
    server.get(path, async (_, reply) => {
      const results = checks.map(({ name, failure }) => {
        const message = failure();
        return { name, ok: message === undefined, ...(message === undefined ? {} : { message }) };
      });
      const fine = results.every(({ ok }) => ok);
      return await reply.code(fine ? 200 : 503).send({ [word]: fine, checks: results });
    });
  };
  probe('/livez', 'live', live);
  probe('/readyz', 'ready', ready);
  server.get('/metrics', async (_, reply) => await reply.type(registry.contentType).send(await registry.metrics()));
  return {
    listen: async ({ host, port }) => await server.listen({ host, port }),
    close: async () => await server.close(),
  };
}
