import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { until } from '../../support/until.ts';
import { startTcpProxy, type TcpProxy } from '../../testbed/tcp-proxy.ts';

/** A client that notes what it hears and whether it was cut. */
function clientOf(port: number): { socket: Socket; heard(): string; isCut(): boolean } {
  const socket = connect(port, '127.0.0.1');
  let heard = '';
  let isCut = false;
  socket.on('data', (piece) => (heard += piece.toString()));
  socket.on('error', () => undefined);
  socket.on('close', () => (isCut = true));
  return { socket, heard: () => heard, isCut: () => isCut };
}

describe('the TCP fault proxy', () => {
  let server: Server;
  let served: string;
  let proxy: TcpProxy;
  beforeEach(async () => {
    served = '';
    server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (piece) => {
        served += piece.toString();
        socket.write(piece.toString().toUpperCase());
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    proxy = await startTcpProxy({ host: '127.0.0.1', port: (server.address() as { port: number }).port });
  });
  afterEach(async () => {
    await proxy.close();
    await new Promise((resolve) => server.close(resolve));
  });

  it('carries both ways, and pieces that it delays in their order', async () => {
    const client = clientOf(proxy.port);
    client.socket.write('a');
    await until('it is answered', () => client.heard() === 'A');
    proxy.delay(30);
    for (const letter of 'bcdef') client.socket.write(letter);
    await until('all is answered', () => client.heard().length === 6);
    expect(client.heard()).toBe('ABCDEF');
  });

  it('cuts all connections, and takes new ones', async () => {
    const client = clientOf(proxy.port);
    client.socket.write('a');
    await until('it is answered', () => client.heard() === 'A');
    proxy.cut();
    await until('it is cut', client.isCut);
    const next = clientOf(proxy.port);
    next.socket.write('b');
    await until('the next is answered', () => next.heard() === 'B');
  });

  it('cuts after the server has answered, so that what was asked is done and nobody heard of it', async () => {
    proxy.set('cut-at-answer');
    const client = clientOf(proxy.port);
    client.socket.write('order');
    await until('it is cut', client.isCut);
    expect([served, client.heard(), proxy.cutAnswers()]).toEqual(['order', '', 1]);
  });

  it('carries nothing while it is a black hole, and what waited afterwards', async () => {
    const client = clientOf(proxy.port);
    client.socket.write('a');
    await until('it is answered', () => client.heard() === 'A');
    proxy.set('blackhole');
    client.socket.write('b');
    const other = clientOf(proxy.port);
    other.socket.write('c');
    await until('both are connected', () => proxy.connections() === 2);
    expect([served, client.isCut()]).toEqual(['a', false]);
    proxy.set('none');
    await until('both are answered', () => client.heard() === 'AB' && other.heard() === 'C');
  });

  it('refuses new connections, and leaves those that are there', async () => {
    const client = clientOf(proxy.port);
    client.socket.write('a');
    await until('it is answered', () => client.heard() === 'A');
    proxy.set('refuse');
    const refused = clientOf(proxy.port);
    await until('the new one is cut', refused.isCut);
    client.socket.write('b');
    await until('the old one is answered', () => client.heard() === 'AB');
  });
});
