import { createHash, timingSafeEqual } from 'node:crypto';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { z } from 'zod';
import { isNireonError, messageOf, NireonError } from '../domain/errors.ts';
import type { Observe } from '../ports/observer.ts';
import type { ApiEngine, Replay } from './api-engine.ts';
import { openApiDocument } from './openapi.ts';
import { otherRoutes } from './other-routes.ts';
import { httpStatus, parseRequest, problemDocument } from './problem.ts';
import { pathNames, type Route, route, type RouteReply } from './route.ts';
import { sessionRoutes } from './session-routes.ts';

export interface ApiServerOptions {
  readonly engine: ApiEngine;
  readonly replay: Replay;
  /** What every request must carry as bearer; absent: anyone may ask, on this machine only under its own names. */
  readonly token?: string | undefined;
  readonly bodyLimitBytes: number;
  readonly version: string;
  readonly observe: Observe;
}

export interface ApiServer {
  /** Resolves to the address, `http://127.0.0.1:8080`. */
  listen(place: { readonly host: string; readonly port: number }): Promise<string>;
  /** Ends event streams and waits for the other requests, 3 s at most. */
  close(): Promise<void>;
}

/** Requests under way may take so long when the server closes; then their connections are cut. */
const closingMs = 3000;
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** The HTTP API: every answer is JSON, a report, an event stream or application/problem+json. */
export function createApiServer(options: ApiServerOptions): ApiServer {
  const { engine, token, observe } = options;
  const closing = new AbortController();
  const routes = [...sessionRoutes(engine), ...otherRoutes(engine, options.replay)];
  const document = openApiRoute(() => routes, options.version);
  routes.push(document);

  const app = fastify({
    bodyLimit: options.bodyLimitBytes,
    requestTimeout: 60_000,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: (error, _request, reply) => void fail(reply, error),
  });
  readJsonOnly(app);
  let loopback = false;
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-content-type-options', 'nosniff').header('cache-control', 'no-store');
    if (token === undefined) {
      if (loopback && !isLocalName(request.host))
        throw new NireonError(
          'UNAUTHORIZED',
          'without a token this API answers to local names only: ask at http://127.0.0.1 or http://localhost, or set api.token',
        );
    } else if (!carries(request.headers.authorization, token)) {
      reply.header('www-authenticate', 'Bearer');
      throw new NireonError('UNAUTHORIZED', 'send the token of the server as "Authorization: Bearer …"');
    }
  });
  app.setErrorHandler((error, _request, reply) => fail(reply, error));
  app.setNotFoundHandler((request, reply) =>
    fail(reply, new NireonError('NOT_FOUND', `there is nothing at ${request.url.slice(0, 200)}; GET /v1/openapi.json lists every address`)),
  );

  for (const each of routes) {
    app.route({
      method: each.method,
      url: each.path.replace(/\{(\w+)\}/g, ':$1'),
      handler: async (request, reply) => answer(each, request, reply),
    });
  }
  for (const path of new Set(routes.map((each) => each.path))) {
    const allowed = methods.filter((method) => routes.some((each) => each.path === path && each.method === method));
    app.route({
      method: methods.filter((method) => !allowed.includes(method)),
      url: path.replace(/\{(\w+)\}/g, ':$1'),
      handler: (_request, reply) => fail(reply.header('allow', allowed.join(', ')), new NireonError('REQUEST_INVALID', `this address takes ${allowed.join(' and ')} only`), 405), // prettier-ignore
    });
  }

  async function answer(each: Route, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const params = request.params as Record<string, string>;
    for (const [name, value] of Object.entries(params)) {
      if (!/^[\w-]{1,100}$/.test(value)) throw new NireonError(pathNames[name]?.unknown ?? 'NOT_FOUND');
    }
    const query = each.query === undefined ? {} : parseRequest(each.query, request.query, 'query');
    const body = each.body === undefined ? undefined : parseRequest(each.body, request.body, 'body');
    const header = (name: string): string | undefined => [request.headers[name]].flat()[0];
    return send(await each.handle({ params, query, body, header }), reply);
  }

  function send(result: RouteReply, reply: FastifyReply): FastifyReply {
    if ('stream' in result) {
      reply.hijack();
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      result.stream(reply.raw, AbortSignal.any([gone.signal, closing.signal])).catch((error: unknown) => {
        tellUnexpected(error);
        reply.raw.destroy();
      });
      return reply;
    }
    if ('nothing' in result) return reply.code(204).send();
    reply.code(result.status).headers(result.headers ?? {});
    return 'text' in result ? reply.type(result.mediaType).send(result.text) : reply.send(result.json);
  }

  function fail(reply: FastifyReply, thrown: unknown, status?: number): FastifyReply {
    const error = asNireonError(thrown);
    if (error.code === 'INTERNAL') tellUnexpected(thrown);
    const shown = error.code === 'INTERNAL' ? new NireonError('INTERNAL') : error;
    const document = problemDocument(shown, status ?? statusFrom(thrown) ?? httpStatus(error));
    if (document.status === 503) reply.header('retry-after', Math.ceil((error.retryAfterMs ?? 1000) / 1000));
    return reply.code(document.status).type('application/problem+json; charset=utf-8').send(JSON.stringify(document));
  }

  function tellUnexpected(error: unknown): void {
    observe({ type: 'internal-error', code: 'INTERNAL', message: messageOf(error), error });
  }

  return {
    async listen(place) {
      // Of what was asked for: bound to all addresses, the server still names one of this machine.
      loopback = isLocalName(place.host) || place.host === '::1';
      return app.listen(place);
    },
    async close() {
      closing.abort();
      const impatient = setTimeout(() => app.server.closeAllConnections(), closingMs);
      await app.close();
      clearTimeout(impatient);
    },
  };
}

function openApiRoute(routes: () => readonly Route[], version: string): Route {
  let made: unknown;
  return route({
    method: 'GET',
    path: '/v1/openapi.json',
    name: 'getOpenApi',
    says: 'This document.',
    answers: { 200: { says: 'OpenAPI 3.1', schema: z.looseObject({ openapi: z.string() }) } },
    errors: [],
    handle: async () => ({ status: 200, json: (made ??= openApiDocument(routes(), version)) }),
  });
}

/** No other media type is read: so no form of a foreign page can reach a call that changes something. */
function readJsonOnly(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text, done) => {
    if (text === '') done(null, undefined);
    else void parse(request, text as string, done);
  });
}

/** Compares digests: the time says nothing of the token, not even its length. */
function carries(authorization: string | undefined, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const given = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
  return timingSafeEqual(digest(given), digest(token));
}

/** Of a host as a request names it. A foreign name that resolves to this machine is how a web page would reach a local API. */
function isLocalName(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i.test(host);
}

function statusFrom(error: unknown): number | undefined {
  const status = isNireonError(error) ? undefined : (error as { statusCode?: unknown }).statusCode;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}

/** What the framework finds wrong with a request, in our codes. */
function asNireonError(error: unknown): NireonError {
  if (isNireonError(error)) return error;
  const status = statusFrom(error);
  if (status === 413) return new NireonError('REQUEST_TOO_LARGE', 'the body is larger than api.bodyLimitBytes: send less, or raise it');
  if (status === undefined) return new NireonError('INTERNAL');
  if ((error as { code?: unknown }).code === 'FST_ERR_BAD_URL')
    return new NireonError('REQUEST_INVALID', 'the address is not a valid one: check its % signs');
  const message = status === 415 ? 'send the body as application/json' : 'the request cannot be read: the body must be one JSON value';
  return new NireonError('REQUEST_INVALID', message, { problems: [{ path: 'body', message }] });
}
