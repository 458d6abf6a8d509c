import { createServer, connect, type Socket } from 'node:net';

/** What the proxy does to connections that it carries, from now on. */
export type Fault =
  /** Carries on. */
  | 'none'
  /** Carries nothing, either way, and says nothing: what arrives meanwhile is carried when the fault ends. */
  | 'blackhole'
  /** Carries what the client says; when the server answers, drops the answer and resets both ends: the client cannot know what was done. */
  | 'cut-at-answer'
  /** New connections are reset at once; those that are there go on. */
  | 'refuse';

/** A TCP proxy on a loopback port in front of a server, which a test makes ill. */
export interface TcpProxy {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** Connections that it carries now. */
  connections(): number;
  /** How often an answer was dropped by `cut-at-answer`. */
  cutAnswers(): number;
  set(fault: Fault): void;
  /** Milliseconds that each piece waits, each way; order is kept. */
  delay(ms: number): void;
  /** Resets all connections. */
  cut(): void;
  /** Resets all and frees the port. */
  close(): Promise<void>;
}

export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  let fault: Fault = 'none';
  let delayMs = 0;
  let cutAnswers = 0;
  const pairs = new Set<{ near: Socket; far: Socket }>();

  const server = createServer((near) => {
    near.on('error', () => undefined);
    if (fault === 'refuse') return void near.resetAndDestroy();
    const far = connect(target);
    const pair = { near, far };
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      near.resetAndDestroy();
      far.resetAndDestroy();
    };
    const carry = (from: Socket, to: Socket, isAnswer: boolean): void => {
      from.on('error', end);
      from.on('close', () => pairs.delete(pair));
      from.on('data', (piece) => {
        if (isAnswer && fault === 'cut-at-answer') {
          cutAnswers += 1;
          end();
          return;
        }
        if (delayMs === 0) return void to.write(piece);
        from.pause();
        setTimeout(() => {
          to.write(piece);
          if (fault !== 'blackhole') from.resume();
        }, delayMs);
      });
      from.on('end', () => to.end());
      if (fault === 'blackhole') from.pause();
    };
    carry(near, far, false);
    carry(far, near, true);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    for (const { near, far } of pairs) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
    pairs.clear();
  };
  return {
    host: '127.0.0.1',
    port: (server.address() as { port: number }).port,
    connections: () => pairs.size,
    cutAnswers: () => cutAnswers,
    set(next) {
      fault = next;
      for (const socket of [...pairs].flatMap(({ near, far }) => [near, far])) {
        if (next === 'blackhole') socket.pause();
        else socket.resume();
      }
    },
    delay: (ms) => void (delayMs = ms),
    cut,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    },
  };
}
