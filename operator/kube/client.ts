import http, { type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { type Clock, systemClock } from './clock.ts';
import { createCredentials } from './credentials.ts';
import { isKubeError, KubeError, kubeErrorOf } from './kube-error.ts';
import type { RateLimit } from './rate-limit.ts';
import { readLines } from './read-lines.ts';

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface KubeRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Begins with /. */
  readonly path: string;
  readonly query?: Query;
  readonly body?: unknown;
  /** Of the body; application/json unless said. */
  readonly contentType?: string;
  readonly accept?: string;
  /** For one attempt, all of its answer included: 30,000 unless said. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** Called before each attempt is sent; the KubeError that it throws ends the request. */
  readonly beforeAttempt?: () => void;
}

export interface WatchRequest extends Pick<KubeRequest, 'path' | 'query' | 'accept' | 'signal'> {
  /** So long may the server say nothing, from the start and between two lines. */
  readonly silenceMs: number;
}

/**
 * Plain JSON to and from the API server. Every failure is a KubeError, or the reason of the caller's signal. A 401 and an untrusted
 * certificate are tried once more with credentials read anew; a 429, and any 5xx that names a time, after that time, within `patienceMs`.
 */
export interface KubeClient {
  request(request: KubeRequest): Promise<unknown>;
  /** Lines of an answer without end; ends when the server ends it well, and throws for any other end. */
  watch(request: WatchRequest): AsyncIterable<string>;
  /** Ends idle connections; those in use end with what uses them. */
  close(): void;
}

export interface KubeClientOptions {
  /** Gives a new KubeConfig each time. */
  readonly config: () => KubeConfig;
  readonly userAgent: string;
  readonly clock?: Clock;
  /** Waited for before each attempt (createRateLimit). */
  readonly limit?: RateLimit;
  /** Told of each answer; `code` is HTTP's, or `<error>` when there was none. */
  readonly onAnswer?: (answer: { readonly method: string; readonly code: string; readonly host: string }) => void;
  /** Longest time in which the server's wishes to be asked later are obeyed here, in all: 30,000 unless said. */
  readonly patienceMs?: number;
}

const mostAttempts = 10;

export function createKubeClient(options: KubeClientOptions): KubeClient {
  const { userAgent, clock = systemClock, limit, onAnswer, patienceMs = 30_000 } = options;
  const credentials = createCredentials(options.config, clock);
  // No bound on connections: watches hold theirs for minutes. 30 s as client-go, below the idle time-outs of load balancers.
  const settings = { keepAlive: true, keepAliveMsecs: 30_000 };
  const secure = new https.Agent(settings);
  const plain = new http.Agent(settings);

  async function send(request: Omit<KubeRequest, 'deadlineMs'>, signal: AbortSignal): Promise<IncomingMessage> {
    await limit?.(signal);
    const { server, options: ours, agent } = await credentials.read();
    const url = new URL(request.path, server);
    if (server.pathname.length > 1) url.pathname = server.pathname.replace(/\/$/, '') + request.path;
    for (const [name, value] of Object.entries(request.query ?? {})) if (value !== undefined) url.searchParams.set(name, String(value));
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const all: RequestOptions = {
      ...ours,
      method: request.method,
      signal,
      agent: agent ?? (url.protocol === 'http:' ? plain : secure),
      headers: {
        ...(ours.headers as Record<string, string> | undefined),
        accept: request.accept ?? 'application/json',
        'user-agent': userAgent,
        ...(body === undefined
          ? {}
          : { 'content-type': request.contentType ?? 'application/json', 'content-length': Buffer.byteLength(body) }),
      },
    };
    request.beforeAttempt?.();
    const told = { method: request.method, host: url.host };
    try {
      const message = await new Promise<IncomingMessage>((resolve, reject) => {
        const sent = (url.protocol === 'http:' ? http : https).request(url, all, resolve);
        sent.on('error', reject);
        sent.end(body);
      });
      onAnswer?.({ ...told, code: String(message.statusCode) });
      return message;
    } catch (error) {
      onAnswer?.({ ...told, code: '<error>' });
      throw error;
    }
  }

  async function attempt(request: KubeRequest): Promise<unknown> {
    const deadline = AbortSignal.timeout(request.deadlineMs ?? 30_000);
    const signal = request.signal === undefined ? deadline : AbortSignal.any([request.signal, deadline]);
    try {
      const message = await send(request, signal);
      const text = await textOf(message);
      if (!isGood(message)) throw kubeErrorOf(message.statusCode ?? 0, text, message.headers['retry-after']);
      return parse(text);
    } catch (error) {
      throw failureOf(error, request.signal, deadline);
    }
  }

  async function request(asked: KubeRequest): Promise<unknown> {
    const began = clock.now();
    for (let attempts = 1, renewed = false; ; attempts++) {
      try {
        return await attempt(asked);
      } catch (error) {
        if (!isKubeError(error)) throw error;
        if (!renewed && mayBeStale(error)) {
          renewed = true;
          credentials.refused();
          continue;
        }
        const pauseMs = pauseAfter(error);
        if (pauseMs === undefined || attempts >= mostAttempts || clock.now() - began + pauseMs > patienceMs) throw error;
        await clock.wait(pauseMs, asked.signal);
      }
    }
  }

  async function* watch({ silenceMs, ...asked }: WatchRequest): AsyncGenerator<string> {
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(new KubeError(0, 'Timeout', `nothing came for ${silenceMs} ms`)), silenceMs);
    const signal = asked.signal === undefined ? silence.signal : AbortSignal.any([asked.signal, silence.signal]);
    try {
      const message = await send({ ...asked, method: 'GET' }, signal);
      if (!isGood(message)) {
        const error = kubeErrorOf(message.statusCode ?? 0, await textOf(message), message.headers['retry-after']);
        if (mayBeStale(error)) credentials.refused();
        throw error;
      }
      for await (const line of readLines(message)) {
        timer.refresh();
        yield line;
      }
    } catch (error) {
      throw failureOf(error, asked.signal, silence.signal);
    } finally {
      clearTimeout(timer);
      // Whoever stops reading early leaves no open connection.
      silence.abort();
    }
  }

  return {
    request,
    watch,
    close() {
      secure.destroy();
      plain.destroy();
    },
  };
}

const isGood = ({ statusCode = 0 }: IncomingMessage): boolean => statusCode >= 200 && statusCode < 300;

async function textOf(message: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch (cause) {
    throw new KubeError(0, 'Malformed', 'the API server sent what is no JSON', { cause });
  }
}

/** The certificate's authority or our own token may have been rotated since they were read. */
const mayBeStale = ({ status, reason }: KubeError): boolean => status === 401 || reason === 'Untrusted';

function pauseAfter({ status, retryAfterMs }: KubeError): number | undefined {
  if (status === 429) return retryAfterMs ?? 1000;
  return status >= 500 ? retryAfterMs : undefined;
}

const certificateCodes = /CERT|SIGNATURE|ISSUER|^ERR_TLS/;

function failureOf(error: unknown, callers: AbortSignal | undefined, ours: AbortSignal): unknown {
  if (callers?.aborted) return callers.reason;
  if (isKubeError(error)) return error;
  if (ours.aborted) return isKubeError(ours.reason) ? ours.reason : new KubeError(0, 'Timeout', 'the API server did not answer in time');
  const code = (error as { code?: unknown } | null)?.code;
  const said = typeof code === 'string' ? code : 'no answer';
  if (certificateCodes.test(said))
    return new KubeError(0, 'Untrusted', `the API server's certificate is not trusted (${said})`, { cause: error });
  return new KubeError(0, 'Unreachable', `the API server cannot be reached (${said})`, { cause: error });
}
