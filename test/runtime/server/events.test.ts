import { connect } from 'node:net';
import { createApiDouble, listeningApi } from '../../support/api-double.ts';
import { fixtureSession } from '../../support/fixture-session.ts';

interface Event {
  readonly id: number;
  readonly event: string;
  readonly data: { type: string; sequence: number };
}

/** Events of a response as they come. */
async function* eventsOf(response: Response): AsyncGenerator<Event> {
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const fields = new Map(text.slice(0, end).split('\n').map((line) => line.split(/: ?(.*)/, 2) as [string, string])); // prettier-ignore
      text = text.slice(end + 2);
      if (fields.has('data')) yield { id: Number(fields.get('id')), event: fields.get('event')!, data: JSON.parse(fields.get('data')!) };
    }
  }
}

async function all(response: Response): Promise<Event[]> {
  const events: Event[] = [];
  for await (const event of eventsOf(response)) events.push(event);
  return events;
}

describe('the event stream', () => {
  const opened: Awaited<ReturnType<typeof listeningApi>>[] = [];
  afterEach(async () => {
    for (const api of opened.splice(0)) await api.server.close();
  });
  const setUp = async (running: boolean, hostile = false) => {
    const history = fixtureSession({ id: 'ses_events', rounds: 3, running, hostile });
    const double = createApiDouble(history);
    const api = await listeningApi(double.engine);
    opened.push(api);
    return { history, double, api, url: `${api.url}/v1/sessions/ses_events/events` };
  };

  it('carries every signal in order and ends after session.finished', async () => {
    const { history, url } = await setUp(false, true);
    const response = await fetch(url);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const events = await all(response);
    expect(events.map(({ data }) => data)).toEqual(JSON.parse(JSON.stringify(history.signals)));
    expect(events.every(({ id, event, data }) => id === data.sequence && event === data.type)).toBe(true);
  });

  it('goes on after the last event without a gap, live', async () => {
    const { history, double, url } = await setUp(true);
    const seen: number[] = [];
    for await (const { id } of eventsOf(await fetch(url))) {
      seen.push(id);
      if (seen.length === 5) break;
    }
    const { sequence: _, ...last } = fixtureSession({ id: 'ses_events', rounds: 3 }).signals.at(-1)!;
    const resumed = await fetch(url, { headers: { 'last-event-id': '5' } });
    setImmediate(() => double.tell('ses_events', last));
    for await (const { id } of eventsOf(resumed)) seen.push(id);
    expect(seen).toEqual(Array.from({ length: history.signals.length + 1 }, (_, i) => i + 1));
  });

  it('tells a client that saw the end not to come back', async () => {
    const { history, url } = await setUp(false);
    const response = await fetch(url, { headers: { 'last-event-id': String(history.signals.length) } });
    expect(response.status).toBe(204);
  });

  it('asks for no more than a slow client takes', async () => {
    const { double, url } = await setUp(true);
    const { sequence: _, ...signal } = fixtureSession({ id: 'ses_events' }).signals[0]!;
    const large = { ...signal, type: 'seed.planted', data: { ...(signal.data as object), text: 'x'.repeat(1_000_000) } } as typeof signal;
    const { hostname, port, pathname } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.pause();
    socket.write(`GET ${pathname} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
    for (let i = 0; i < 100; i++) double.tell('ses_events', large);
    // The count stands still long before all hundred are taken: wait until it does.
    let before = -1;
    for (let still = 0; still < 20; still = before === double.pulled() ? still + 1 : 0) {
      before = double.pulled();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(60);
    socket.destroy();
  });

  it('lets a closing server go, however many listen', async () => {
    const { api, url } = await setUp(true);
    const listening = await Promise.all(Array.from({ length: 5 }, async () => fetch(url)));
    const reading = listening.map(async (response) => all(response));
    await api.server.close();
    const ends = await Promise.all(reading);
    expect(ends).toHaveLength(5);
  });
});
