import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FileServer {
  readonly url: string;
  /** Path and range of each request, in order. */
  readonly requests: { path: string; range: string | undefined }[];
  /** By path. */
  readonly files: Map<string, Uint8Array>;
  /** Takes the next requests in place of the files, one each. */
  readonly faults: ((request: IncomingMessage, response: ServerResponse) => void)[];
  close(): Promise<void>;
}

/** Files over HTTP with ranges, as a hub of models serves them. */
export async function startFileServer(): Promise<FileServer> {
  const requests: FileServer['requests'] = [];
  const files: FileServer['files'] = new Map();
  const faults: FileServer['faults'] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const { range } = request.headers;
    requests.push({ path, range });
    const fault = faults.shift();
    if (fault) {
      fault(request, response);
      return undefined;
    }
    const file = files.get(path);
    if (!file) return response.writeHead(404).end('no such file');
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    const head = { 'content-length': file.length - from, 'content-range': `bytes ${from}-${file.length - 1}/${file.length}` };
    return response.writeHead(range === undefined ? 200 : 206, head).end(file.subarray(from));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    files,
    faults,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
