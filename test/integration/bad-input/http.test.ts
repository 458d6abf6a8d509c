import { writeFile } from 'node:fs/promises';
import { request as ask } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { startServing, type Serving } from '../../chaos/serving.ts';
import { type KeptDatabase, keptDatabase, stackLine } from '../../support/kept-database.ts';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}
interface Sent {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Bare, since fetch forbids a Host of one's own. */
function send(url: string, { path = '/v1/sessions', method, headers = {}, body }: Sent): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const json = body === undefined ? {} : { 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const options = { hostname, port, path, method: method ?? (body === undefined ? 'GET' : 'POST'), headers: { ...json, ...headers } };
    const request = ask({ ...options, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (more: string) => (text += more));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

const session = (more: object = {}) =>
  JSON.stringify({ objective: 'Halve the waste', seeds: ['Weigh the trays'], policy: { depth: 1 }, ...more });
const raw = (field: string) => `{"objective": "Halve the waste", "seeds": ["Weigh the trays"], ${field}}`;
const described = 'GET /v1/openapi.json describes every request.';
const notJson = 'the request cannot be read: the body must be one JSON value';

interface Case extends Sent {
  readonly what: string;
  readonly status: number;
  readonly code: string;
  /** In `detail` or `problems`. */
  readonly says: string;
  /** In `next`, or in what is said. */
  readonly next: string;
}

// prettier-ignore
const cases: readonly Case[] = [
  { what: 'a body that is no JSON', body: '{bad', status: 400, code: 'REQUEST_INVALID', says: notJson, next: described },
  { what: 'NaN', body: raw('"limits": {"llmCalls": NaN}'), status: 400, code: 'REQUEST_INVALID', says: notJson, next: described },
  { what: 'a body that would change prototypes', body: raw('"__proto__": {"a": 1}'), status: 400, code: 'REQUEST_INVALID', says: notJson, next: described },
  { what: 'no body', body: '', status: 400, code: 'REQUEST_INVALID', says: 'body: is required', next: described },
  { what: 'a body that is a text', body: '"x"', status: 400, code: 'REQUEST_INVALID', says: 'body: must be a map, not a text', next: described },
  { what: 'an unknown field', body: session({ objektive: 'x' }), status: 400, code: 'REQUEST_INVALID', says: 'has no "objektive"', next: described },
  { what: 'an objective of a megabyte', body: session({ objective: 'x'.repeat(1_000_000) }), status: 400, code: 'REQUEST_INVALID', says: 'body.objective: must have at most 2000 characters', next: described },
  { what: 'a body of two megabytes', body: session({ objective: 'x'.repeat(2_000_000) }), status: 413, code: 'REQUEST_TOO_LARGE', says: 'the body is larger than api.bodyLimitBytes', next: 'send less, or raise it' },
  { what: 'a blank objective', body: session({ objective: '   ' }), status: 400, code: 'REQUEST_INVALID', says: 'body.objective: must have at least 3 characters', next: described },
  { what: 'half a character in the objective', body: raw('"id": "ses_x"').replace('Halve', '\\ud800'), status: 400, code: 'REQUEST_INVALID', says: 'objective: holds half a character (a lone surrogate)', next: described },
  { what: 'half a character in a rule', path: '/v1/rules', body: '{"manifests": [{"name": "a.yaml", "text": "version: nireon.rules/v1\\nname: \\"\\\\ud800\\""}]}', status: 422, code: 'RULES_INVALID', says: 'half a character', next: 'POST /v1/rules?dryRun=true checks them' },
  { what: 'a negative budget', body: session({ limits: { llmCalls: -1 } }), status: 400, code: 'REQUEST_INVALID', says: 'body.limits.llmCalls: must be at least 0', next: described },
  { what: 'an endless budget', body: raw('"limits": {"llmCalls": 1e400}'), status: 400, code: 'REQUEST_INVALID', says: 'body.limits.llmCalls: must be a number, not no number at all', next: described },
  { what: 'a budget above the ceiling', body: session({ limits: { llmCalls: 1e15 } }), status: 400, code: 'REQUEST_INVALID', says: 'limits.llmCalls: at most 10000 on this instance (limits.session.llmCalls)', next: described },
  { what: 'a budget for nothing', body: session({ limits: { llmCalls: 1 } }), status: 400, code: 'BUDGET_TOO_SMALL', says: 'llmCalls', next: 'Raise limits' },
  { what: 'an unknown rule set', body: session({ ruleSet: '0'.repeat(64) }), status: 404, code: 'RULE_SET_UNKNOWN', says: '000000', next: 'POST /v1/rules' },
  { what: 'an id that another question has', body: session({ id: 'ses_kept', objective: 'Something else' }), status: 409, code: 'SESSION_CONFLICT', says: 'session ses_kept exists with another request', next: 'Take another id' },
  { what: 'a form of a web page', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'objective=x', status: 415, code: 'REQUEST_INVALID', says: 'send the body as application/json', next: described },
  { what: 'a wrong method', method: 'PUT', status: 405, code: 'REQUEST_INVALID', says: 'this address takes GET and POST only', next: described },
  { what: 'an unknown address', path: '/v2/sessions', status: 404, code: 'NOT_FOUND', says: 'there is nothing at /v2/sessions', next: 'GET /v1/openapi.json lists every address' },
  { what: 'an address that is none', path: '/v1/sessions/%E0%A4%A', status: 400, code: 'REQUEST_INVALID', says: 'the address is not a valid one', next: 'check its % signs' },
  { what: 'an unknown session', path: '/v1/sessions/ses_none', status: 404, code: 'SESSION_UNKNOWN', says: 'there is no session ses_none', next: 'GET /v1/sessions lists' },
  { what: 'an id that climbs', path: '/v1/sessions/..%2f..%2fetc%2fpasswd', status: 404, code: 'SESSION_UNKNOWN', says: 'there is no session', next: 'GET /v1/sessions lists' },
  { what: 'a word for Last-Event-ID', path: '/v1/sessions/ses_kept/events', headers: { 'last-event-id': 'x1' }, status: 400, code: 'REQUEST_INVALID', says: 'Last-Event-ID is not the id of an event of this stream', next: 'a whole number' },
  { what: 'a negative Last-Event-ID', path: '/v1/sessions/ses_kept/events', headers: { 'last-event-id': '-5' }, status: 400, code: 'REQUEST_INVALID', says: 'Last-Event-ID is not the id of an event of this stream', next: 'a whole number' },
  { what: 'a limit that is no number', path: '/v1/sessions?limit=NaN', status: 400, code: 'REQUEST_INVALID', says: 'query.limit: must be a number', next: described },
  { what: 'a cursor of one\'s own', path: '/v1/sessions?cursor=abc', status: 400, code: 'CURSOR_INVALID', says: 'this cursor was not made by this query', next: 'Read the list again from its beginning' },
  { what: 'a foreign name for this machine', headers: { host: 'evil.example' }, status: 401, code: 'UNAUTHORIZED', says: 'answers to local names only', next: 'ask at http://127.0.0.1' },
];

const tokenCases = [
  ['no token', {}],
  ['a wrong token', { authorization: 'Bearer not-the-right-one' }],
  ['a token in another scheme', { authorization: 'Basic the-right-token' }],
] as const;

describe('what callers get wrong over HTTP', () => {
  let kept: KeptDatabase;
  let before: string;
  let open: Serving;
  let closed: Serving;
  const logged: string[] = [];
  beforeAll(async () => {
    kept = await keptDatabase();
    before = await kept.recorded();
    const serving = async (name: string, file: string, api: object): Promise<Serving> => {
      const config = join(kept.folder, `${name}.json`);
      const ports = { api: { port: 0, ...api }, ops: { port: 0 } };
      await writeFile(config, JSON.stringify({ ...ports, embedder: { provider: 'hashing' }, store: { sqlite: { file } } }));
      return startServing({ config, pod: name, onLine: (line) => logged.push(JSON.stringify(line)) });
    };
    [open, closed] = await Promise.all([
      serving('open', kept.file, {}),
      serving('closed', await kept.copy('closed.db'), { token: 'the-right-token' }),
    ]);
  }, 60_000);
  afterAll(async () => {
    await Promise.all([open.stop(), closed.stop()]);
    await kept.remove();
  });

  function expectProblem(answer: Answer, wanted: Pick<Case, 'status' | 'code' | 'says' | 'next'>): void {
    const problem = JSON.parse(answer.text) as { code: string; status: number; detail: string; problems: { path: string; message: string }[]; next?: string }; // prettier-ignore
    const said = [problem.detail, ...problem.problems.map(({ path, message }) => `${path}: ${message}`)].join('\n');
    expect(said).toContain(wanted.says);
    expect(`${said}\n${problem.next ?? ''}`).toContain(wanted.next);
    expect({ status: answer.status, code: problem.code, type: answer.headers['content-type'] }).toEqual({
      ...{ status: wanted.status, code: wanted.code, type: 'application/problem+json; charset=utf-8' },
    });
    expect(problem.status).toBe(wanted.status);
    expect(answer.text).not.toMatch(stackLine);
  }

  it.each(cases)('is told for $what, with what to do next, and nothing is lost', async (wanted) => {
    expectProblem(await send(open.url, wanted), wanted);
    expect(await kept.recorded()).toBe(before);
  });

  it.each(tokenCases)('is told for %s', async (_, headers) => {
    const says = 'send the token of the server as "Authorization: Bearer …"';
    expectProblem(await send(closed.url, { headers }), { status: 401, code: 'UNAUTHORIZED', says, next: 'Ask whoever runs this server' });
    expect((await send(closed.url, { headers: { authorization: 'Bearer the-right-token' } })).status).toBe(200);
  });

  it('answers a Last-Event-ID from the future of a finished session with nothing more', async () => {
    expect(await send(open.url, { path: '/v1/sessions/ses_kept/events', headers: { 'last-event-id': '99999' } })).toMatchObject({
      status: 204,
    });
  });

  it('still works and has made no session of all this', async () => {
    const { items } = JSON.parse((await send(open.url, {})).text) as { items: { id: string }[] };
    expect(items.map(({ id }) => id)).toEqual(['ses_kept']);
    expect(logged.filter((line) => stackLine.test(line) || line.includes('"INTERNAL"'))).toEqual([]);
  });

  it.each([
    ['the API', '--port', {}],
    ['health', 'NIREON_OPS_PORT', { NIREON_API_PORT: '0' }],
  ] as const)('is told when another program has the port of %s', async (what, next, env) => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const ports = what === 'health' ? { NIREON_OPS_PORT: String(port) } : { NIREON_OPS_PORT: '0', NIREON_API_PORT: String(port) };
    const ended = await kept.run(['serve', '--db', join(kept.folder, 'port.db')], { ...env, ...ports });
    other.close();
    expect(ended.err).toContain(`nireon: 127.0.0.1:${port} cannot be listened at: it is in use by another program`);
    expect([ended.code, ended.err]).toEqual([1, expect.stringContaining(next)]);
    expect(ended.err + ended.out).not.toMatch(stackLine);
  });
});
