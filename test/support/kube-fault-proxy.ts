import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request as ask } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { KubeConfig } from '@kubernetes/client-node';

/** What goes wrong with one request. */
export type Fault =
  /** Answered in the server's place. */
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** Never answered. */
  | { readonly silent: true }
  /** Done by the server, but the connection is reset after so many bytes of the answer. */
  | { readonly cutAfter: number }
  /** Done by the server; each line of the answer becomes what this gives: another, several, none. */
  | { readonly lines: (line: string) => readonly string[] };

export interface SeenRequest {
  readonly method: string;
  /** With the query. */
  readonly url: string;
  readonly watch: boolean;
  readonly authorization: string | undefined;
}

export interface KubeFaultProxy {
  /** Leads through the proxy. */
  readonly config: () => KubeConfig;
  /** All requests that came. */
  readonly seen: SeenRequest[];
  /** Asked for each request; undefined lets it through. */
  fault: (request: SeenRequest) => Fault | undefined;
  /** Resets all open connections. */
  cut(): void;
  stop(): Promise<void>;
}

/** Stands between a client and a real API server, and does to requests and answers what a test says. */
export async function startKubeFaultProxy(to: {
  readonly server: string;
  readonly ca: string;
  readonly token: string;
}): Promise<KubeFaultProxy> {
  const agent = new Agent({ keepAlive: true, ca: to.ca });
  const sockets = new Set<Socket>();

  function pass(incoming: IncomingMessage, answer: ServerResponse, fault: Fault | undefined): void {
    const { host: _, ...headers } = incoming.headers;
    const upstream = ask(new URL(incoming.url ?? '/', to.server), { method: incoming.method, headers, agent }, (response) => {
      if (fault === undefined) {
        answer.writeHead(response.statusCode ?? 502, response.headers);
        answer.flushHeaders();
        pipeline(response, answer, () => answer.destroy());
        return;
      }
      const { 'content-length': _length, 'transfer-encoding': _encoding, ...rest } = response.headers;
      answer.writeHead(response.statusCode ?? 502, rest);
      answer.flushHeaders();
      if ('lines' in fault) void rewrite(response, answer, fault.lines);
      else if ('cutAfter' in fault) cutAfter(response, answer, fault.cutAfter);
    });
    upstream.on('error', () => answer.destroy());
    answer.on('close', () => upstream.destroy());
    incoming.pipe(upstream);
  }

  const server = createServer((incoming, answer) => {
    const { method = 'GET', url = '/' } = incoming;
    const request = { method, url, watch: /[?&]watch=true/.test(url), authorization: incoming.headers.authorization };
    proxy.seen.push(request);
    const fault = proxy.fault(request);
    if (fault === undefined || 'cutAfter' in fault || 'lines' in fault) pass(incoming, answer, fault);
    else if ('status' in fault) {
      incoming.resume();
      answer.writeHead(fault.status, fault.headers).end(fault.body);
    }
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const proxy: KubeFaultProxy = {
    config: () => kubeConfigOf({ server: url, token: to.token }),
    seen: [],
    fault: () => undefined,
    cut: () => sockets.forEach((socket) => socket.resetAndDestroy()),
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      proxy.cut();
      agent.destroy();
      await closed;
    },
  };
  return proxy;
}

/** A KubeConfig of one server and one token. */
export function kubeConfigOf({ server, ca, token }: { readonly server: string; readonly ca?: string; readonly token: string }): KubeConfig {
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'test', server, skipTLSVerify: ca === undefined, ...(ca === undefined ? {} : { caData: Buffer.from(ca).toString('base64') }) },
    { name: 'test', token },
  );
  return config;
}

async function rewrite(response: IncomingMessage, answer: ServerResponse, lines: (line: string) => readonly string[]): Promise<void> {
  let rest = '';
  try {
    for await (const chunk of response) {
      const parts = (rest + String(chunk)).split('\n');
      rest = parts.pop() ?? '';
      for (const line of parts.flatMap(lines)) answer.write(`${line}\n`);
    }
  } catch {
    // The client has gone.
  }
  answer.end();
}

function cutAfter(response: IncomingMessage, answer: ServerResponse, bytes: number): void {
  let left = bytes;
  response.on('data', (chunk: Buffer) => {
    answer.write(chunk.subarray(0, left));
    left -= chunk.length;
    if (left <= 0) setImmediate(() => answer.socket?.resetAndDestroy());
  });
  // An answer that is shorter is cut at its end.
  response.on('end', () => setImmediate(() => answer.socket?.resetAndDestroy()));
}
