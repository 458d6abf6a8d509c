import fc from 'fast-check';
import { request } from 'node:http';
import { createApiDouble, listeningApi } from '../../support/api-double.ts';
import { fixtureSession } from '../../support/fixture-session.ts';

describe('the API under arbitrary requests', () => {
  const history = fixtureSession({ id: 'ses_done', rounds: 2 });
  let api: Awaited<ReturnType<typeof listeningApi>>;
  beforeAll(async () => {
    api = await listeningApi(createApiDouble(history).engine);
  });
  afterAll(async () => {
    await api.server.close();
    expect(api.unexpected).toEqual([]);
  });

  /** By hand, since fetch would mend the address first. */
  const ask = async (method: string, path: string, body?: string) =>
    new Promise<{ status: number; type: string; text: string }>((resolve, reject) => {
      const { hostname, port } = new URL(api.url);
      const headers = body === undefined ? {} : { 'content-type': 'application/json' };
      const sent = request({ hostname, port, method, path, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode!, type: response.headers['content-type'] ?? '', text }));
      });
      sent.on('error', reject).end(body);
    });
  const expectAnswer = ({ status, type, text }: { status: number; type: string; text: string }) => {
    expect(status).toBeLessThan(500);
    if (status >= 400) expect([type, typeof JSON.parse(text).code]).toEqual(['application/problem+json; charset=utf-8', 'string']);
  };

  const almost = fc.record(
    {
      id: fc.oneof(fc.constant('ses_fuzz'), fc.string(), fc.jsonValue()),
      objective: fc.oneof(fc.string({ minLength: 3 }), fc.jsonValue()),
      seeds: fc.oneof(fc.array(fc.oneof(fc.string({ minLength: 3 }), fc.record({ text: fc.string() }), fc.jsonValue())), fc.jsonValue()),
      policy: fc.oneof(
        fc.record({ depth: fc.integer(), strategy: fc.string(), variations: fc.double() }, { requiredKeys: [] }),
        fc.jsonValue(),
      ),
      limits: fc.oneof(fc.dictionary(fc.constantFrom('llmCalls', 'costMicroUsd', '__proto__', 'x'), fc.integer()), fc.jsonValue()),
      labels: fc.oneof(fc.dictionary(fc.string(), fc.string()), fc.jsonValue()),
      ruleSet: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );

  it('never fails for a body', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(almost, fc.jsonValue()),
        fc.constantFrom('/v1/sessions', '/v1/rules', '/v1/rules?dryRun=true'),
        async (body, path) => expectAnswer(await ask('POST', path, JSON.stringify(body))),
      ),
      { numRuns: 300 },
    );
  });

  it('never fails for text that is no JSON', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1 }), async (text) => expectAnswer(await ask('POST', '/v1/sessions', text))),
      { numRuns: 100 },
    );
  });

  const segment = fc.oneof(
    fc.constantFrom(
      'v1',
      'sessions',
      'ses_done',
      'ideas',
      'tree',
      'report',
      'rules',
      'dead',
      '..',
      '%2e%2e',
      '%00',
      '%ff',
      history.ideas[1]!.id,
    ),
    fc.string({ unit: 'binary' }).map((text) => encodeURIComponent(text.toWellFormed())),
  );
  const parameter = fc.tuple(
    fc.constantFrom('limit', 'cursor', 'sort', 'status', 'label', 'format', 'seeds', 'after', '__proto__', 'x[]'),
    fc.oneof(
      fc.constantFrom('1', '-1', '1e3', 'trust', 'html', 'a=b', '', 'null'),
      fc.string().map((text) => encodeURIComponent(text.toWellFormed())),
    ),
  );
  it('never fails for an address', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('GET', 'GET', 'DELETE', 'PUT', 'PATCH'),
        fc.oneof(
          fc.array(segment, { maxLength: 6 }).map((parts) => `/${parts.join('/')}`),
          fc.constantFrom('/v1/sessions', '/v1/sessions/ses_done/ideas', '/v1/sessions/ses_done/report', '/v1/dead'),
        ),
        fc.array(parameter, { maxLength: 3 }),
        async (method, path, parameters) => {
          const query = parameters.map(([name, value]) => `${name}=${value}`).join('&');
          const answer = await ask(method, query === '' ? path : `${path}?${query}`);
          // The double refuses to change dead work: that is its 500, not the server's.
          if (!/STORE_READ_ONLY/.test(answer.text)) expectAnswer(answer);
        },
      ),
      { numRuns: 400 },
    );
  });
});
