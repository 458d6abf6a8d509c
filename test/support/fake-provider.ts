import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { HostedProvider } from '../../runtime/adapters/llm/provider-model.ts';
import { type FailureName, type Finish, type WireBody, type WireRequest, wires } from './fake-provider-wires.ts';
import { drawsFrom, sampleJson, sampleText, topicsOf } from './json-sample.ts';

export interface FakeCall extends WireRequest {
  readonly provider: HostedProvider;
  /** Counts the calls of this server from 0. */
  readonly index: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Readonly<WireBody>;
}

/** What to do with one call. Without `text`, `failure` and `raw` the answer is plausible. */
export interface FakeReply {
  readonly text?: string;
  readonly finish?: Finish;
  /** Reports no usage. */
  readonly withoutUsage?: boolean;
  readonly failure?: FailureName;
  /** A status of one's own, with `raw` or an empty body. */
  readonly status?: number;
  readonly raw?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly delayMs?: number;
  /** Compresses the body, as real providers do for clients that take it. */
  readonly gzip?: boolean;
  /** Takes the request and never answers. */
  readonly hang?: boolean;
  /** Closes the connection: at once, or with half of the body sent. */
  readonly reset?: 'before-headers' | 'in-body';
  /** Sends the body in pieces of this size, so far apart. */
  readonly drip?: { readonly bytes: number; readonly everyMs: number };
}

export interface FakeProvider {
  readonly url: string;
  readonly port: number;
  /** The address to give to an adapter of this provider. */
  baseUrl(provider: HostedProvider): string;
  /** From the next call on. */
  reply(next: (call: FakeCall) => FakeReply): void;
  /** In order of arrival; the newest 10,000. */
  readonly calls: readonly FakeCall[];
  readonly received: number;
  /** The most calls that were open at once. */
  readonly mostAtOnce: number;
  close(): Promise<void>;
}

const prefixes: Readonly<Record<HostedProvider, string>> = {
  openai: '/openai/v1',
  anthropic: '/anthropic/v1',
  google: '/google/v1beta',
  mistral: '/mistral/v1',
  'openai-compatible': '/v1',
};

/** An answer that fits the schema, the same for the same request text; a sentence where there is no schema. */
export function plausibleAnswer(call: Pick<WireRequest, 'text' | 'schema'>): string {
  const draw = drawsFrom(call.text);
  const topics = topicsOf(call.text.slice(0, 2000));
  return call.schema === undefined ? sampleText(draw, 20, 200, topics) : JSON.stringify(sampleJson(call.schema, draw, topics));
}

/** A provider of language models on a free port of the loopback, in four wire formats, with faults on demand. It keeps no state. */
export async function startFakeProvider(options: { reply?: (call: FakeCall) => FakeReply; port?: number } = {}): Promise<FakeProvider> {
  let reply = options.reply ?? ((): FakeReply => ({}));
  const calls: FakeCall[] = [];
  let received = 0;
  let open = 0;
  let mostAtOnce = 0;

  async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const path = req.url ?? '/';
    const found = Object.entries(prefixes).find(([, prefix]) => path.startsWith(`${prefix}/`));
    if (found === undefined || req.method !== 'POST') {
      send(res, path.endsWith('/models') ? 200 : 404, path.endsWith('/models') ? '{"object":"list","data":[]}' : '{}', {});
      return;
    }
    const provider = found[0] as HostedProvider;
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as WireBody;
    const call: FakeCall = { ...wires[provider].read(body, path), provider, index: received++, headers: req.headers, body };
    if (calls.push(call) > 10_000) calls.shift();
    await perform(call, reply(call), res);
  }

  const server = createServer((req, res) => {
    mostAtOnce = Math.max(mostAtOnce, ++open);
    res.on('close', () => open--);
    handle(req, res).catch((error: unknown) => {
      if (!res.headersSent) send(res, 400, JSON.stringify({ error: { message: String(error), type: 'fake_provider' } }), {});
      else res.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    port,
    baseUrl: (provider) => url + prefixes[provider],
    reply: (next) => (reply = next),
    calls,
    get received() {
      return received;
    },
    get mostAtOnce() {
      return mostAtOnce;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function perform(call: FakeCall, reply: FakeReply, res: ServerResponse): Promise<void> {
  if (reply.delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, reply.delayMs));
  if (reply.hang || res.destroyed) return;
  if (reply.reset === 'before-headers') {
    res.destroy();
    return;
  }
  const [status, body] = content(call, reply);
  if (reply.reset === 'in-body') {
    res.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    res.write(body.slice(0, Math.floor(body.length / 2)), () => res.destroy());
  } else if (reply.drip !== undefined) {
    res.writeHead(status, { 'content-type': 'application/json', ...reply.headers });
    for (let at = 0; at < body.length && !res.destroyed; at += reply.drip.bytes) {
      res.write(body.slice(at, at + reply.drip.bytes));
      await new Promise((resolve) => setTimeout(resolve, reply.drip?.everyMs));
    }
    res.end();
  } else if (reply.gzip) {
    send(res, status, gzipSync(body), { ...reply.headers, 'content-encoding': 'gzip' });
  } else send(res, status, body, reply.headers ?? {});
}

function content(call: FakeCall, reply: FakeReply): readonly [number, string] {
  const wire = wires[call.provider];
  if (reply.raw !== undefined || reply.status !== undefined) return [reply.status ?? 200, reply.raw ?? ''];
  if (reply.failure !== undefined) {
    const [status, body] = wire.failures[reply.failure](call);
    return [status, JSON.stringify(body)];
  }
  const text = reply.text ?? plausibleAnswer(call);
  const answer = {
    text,
    finish: reply.finish ?? ('stop' as const),
    inputTokens: Math.ceil(call.text.length / 4),
    outputTokens: Math.ceil(text.length / 4),
    sayUsage: reply.withoutUsage !== true,
  };
  return [200, JSON.stringify(wire.write(call, answer))];
}

function send(res: ServerResponse, status: number, body: string | Buffer, headers: Readonly<Record<string, string>>): void {
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers });
  res.end(body);
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '0' }, 'delay-ms': { type: 'string', default: '0' } } });
  const delayMs = Number(values['delay-ms']);
  const provider = await startFakeProvider({ port: Number(values.port), reply: () => (delayMs > 0 ? { delayMs } : {}) });
  console.log(JSON.stringify({ url: provider.url, baseUrl: provider.baseUrl('openai-compatible'), pid: process.pid }));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void provider.close());
}
