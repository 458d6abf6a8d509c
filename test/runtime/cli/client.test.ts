import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient } from '../../../runtime/cli/client.ts';
import { eventText } from '../../../runtime/server/sse.ts';
import { fixtureSession } from '../../support/fixture-session.ts';

describe('the client of the API', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close().closeAllConnections();
  });
  const serverThat = async (answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> => {
    const server = createServer(answer);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const never = new AbortController().signal;

  it('goes on after the last signal when the connection is lost, without a gap or a repetition', async () => {
    const { signals } = fixtureSession({ rounds: 2 });
    const asked: number[] = [];
    const server = await serverThat((request, response) => {
      const after = Number(request.headers['last-event-id']);
      asked.push(after);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const part = signals.slice(after, after + 4).map(eventText).join(''); // prettier-ignore
      // The last bytes of a lost connection may be half an event.
      response.write(after + 4 < signals.length ? `${part}${eventText(signals[after + 4]!).slice(0, 20)}` : part, () => response.destroy());
    });
    const seen: number[] = [];
    for await (const { sequence } of createClient({ server }).follow('ses_fixture', 0, never)) seen.push(sequence);
    expect(seen).toEqual(signals.map(({ sequence }) => sequence));
    expect(asked).toEqual(asked.map((_, i) => 4 * i));
  });

  it('gives up on a server that stays away', async () => {
    const server = await serverThat((_, response) => response.destroy());
    const follow = async () => {
      for await (const _signal of createClient({ server, patienceMs: 300 }).follow('ses_x', 0, never));
    };
    await expect(follow()).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' });
  });

  it('stops following when it is told to', async () => {
    const server = await serverThat((_, response) => response.writeHead(200).write(':\n\n'));
    const abort = new AbortController();
    setImmediate(() => abort.abort());
    for await (const _signal of createClient({ server }).follow('ses_x', 0, abort.signal)) throw new Error('nothing was sent');
    expect(abort.signal.aborted).toBe(true);
  });

  it.each([
    ['a page of something else', 200, '<html>', 'SERVER_UNREACHABLE'],
    ['an error of something else', 502, 'Bad Gateway', 'SERVER_UNREACHABLE'],
    ['an error of ours', 409, JSON.stringify({ code: 'SESSION_FINISHED', detail: 'it is over' }), 'SESSION_FINISHED'],
    ['a code that it does not know', 409, JSON.stringify({ code: 'toString', detail: 'x' }), 'SERVER_UNREACHABLE'],
  ])('takes %s for what it is', async (_, status, body, code) => {
    const server = await serverThat((_request, response) => response.writeHead(status).end(body));
    await expect(createClient({ server }).session('ses_x')).rejects.toMatchObject({ code });
  });
});
