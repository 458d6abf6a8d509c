import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as ask } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CliRun, startCli } from '../../support/run-cli.ts';

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}
interface Case extends Asked {
  readonly status: number;
  readonly code: string;
  readonly says: RegExp;
}

const token = 'a-token-for-the-tests';
const good = { id: 'ses_kept', objective: 'Find the way.', seeds: ['A seed to grow from.'], policy: { depth: 1, variations: 1 } };
const post = (body: unknown): Asked => ({
  method: 'POST',
  path: '/v1/sessions',
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const get = (path: string): Asked => ({ method: 'GET', path });

const cases: Readonly<Record<string, Case>> = {
  'no token': { ...get('/v1/sessions'), headers: { authorization: '' }, status: 401, code: 'UNAUTHORIZED', says: /bearer token/ },
  'a wrong token': {
    ...get('/v1/sessions'),
    headers: { authorization: 'Bearer no' },
    status: 401,
    code: 'UNAUTHORIZED',
    says: /bearer token/,
  },
  'a body that is no JSON': { ...post('{"objective": '), status: 400, code: 'REQUEST_INVALID', says: /JSON/ },
  'no body': { ...post(''), status: 400, code: 'REQUEST_INVALID', says: /./ },
  'a list in place of a request': { ...post([]), status: 400, code: 'REQUEST_INVALID', says: /must be a map, not a list/ },
  'a body of another kind': {
    ...{ ...post('objective=x'), headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    ...{ status: 415, code: 'REQUEST_INVALID', says: /application\/json/ },
  },
  'a body of 2 MB': { ...post({ ...good, objective: 'x'.repeat(2_000_000) }), status: 413, code: 'REQUEST_TOO_LARGE', says: /./ },
  'an objective of 1 MB less its frame': {
    ...post({ ...good, objective: 'x'.repeat(1_000_000) }),
    status: 400,
    code: 'REQUEST_INVALID',
    says: /at most 2000 characters/,
  },
  'an empty objective': {
    ...post({ ...good, objective: '' }),
    status: 400,
    code: 'REQUEST_INVALID',
    says: /objective: must have at least 3 characters/,
  },
  'half a character in the objective': {
    ...post('{"objective":"Find \\ud800 way","seeds":["A seed."]}'),
    status: 400,
    code: 'REQUEST_INVALID',
    says: /objective/,
  },
  'no seeds': { ...post({ ...good, seeds: [] }), status: 400, code: 'REQUEST_INVALID', says: /seeds: must have at least 1 item/ },
  'an unknown key': { ...post({ ...good, policcy: {} }), status: 400, code: 'REQUEST_INVALID', says: /has no .*policcy/ },
  'a negative limit': {
    ...post({ ...good, limits: { llmCalls: -1 } }),
    status: 400,
    code: 'REQUEST_INVALID',
    says: /limits\.llmCalls: must be at least/,
  },
  'a limit that is text': {
    ...post({ ...good, limits: { llmCalls: 'all' } }),
    status: 400,
    code: 'REQUEST_INVALID',
    says: /must be a number, not a text/,
  },
  'a limit that pays for nothing': {
    ...post({ ...good, id: 'ses_poor', limits: { llmCalls: 1 } }),
    status: 400,
    code: 'BUDGET_TOO_SMALL',
    says: /llmCalls/,
  },
  'a limit above what the server allows': {
    ...post({ ...good, id: 'ses_rich', limits: { llmCalls: 10_000_000 } }),
    status: 400,
    code: 'REQUEST_INVALID',
    says: /limits\.llmCalls/,
  },
  'another request under a known id': {
    ...post({ ...good, objective: 'Another way.' }),
    status: 409,
    code: 'SESSION_CONFLICT',
    says: /another id/,
  },
  'a rule set that is not stored': {
    ...post({ ...good, id: 'ses_rules', ruleSet: 'f'.repeat(64) }),
    status: 404,
    code: 'RULE_SET_UNKNOWN',
    says: /rule set/,
  },
  'a session that is not there': { ...get('/v1/sessions/ses_none'), status: 404, code: 'SESSION_UNKNOWN', says: /no session ses_none/ },
  'an address that is none': { ...get('/v1/nothing'), status: 404, code: 'NOT_FOUND', says: /./ },
  'a method that is none': { method: 'PATCH', path: '/v1/sessions', status: 405, code: 'REQUEST_INVALID', says: /./ },
  'a cursor of nobody': { ...get('/v1/sessions?cursor=abc'), status: 400, code: 'CURSOR_INVALID', says: /./ },
  'a page of nothing': { ...get('/v1/sessions?limit=0'), status: 400, code: 'REQUEST_INVALID', says: /limit: must be at least 1/ },
  'an unknown parameter': { ...get('/v1/sessions?limt=1'), status: 400, code: 'REQUEST_INVALID', says: /limt/ },
  'a Last-Event-ID that is no number': {
    ...get('/v1/sessions/ses_kept/events'),
    headers: { 'last-event-id': 'x' },
    status: 400,
    code: 'REQUEST_INVALID',
    says: /./,
  },
  'rules that are no rules': {
    ...{ method: 'POST', path: '/v1/rules', body: JSON.stringify({ manifests: [{ name: 'a.yaml', text: 'rules: 4' }] }) },
    ...{ status: 422, code: 'RULES_INVALID', says: /rules/ },
  },
  'a dead item that is not there': { method: 'POST', path: '/v1/dead/none/retry', status: 404, code: 'WORK_UNKNOWN', says: /./ },
};

describe('bad input over HTTP', () => {
  let folder = '';
  let server: CliRun;
  let url: URL;

  function send({ method, path, body, headers = {} }: Asked): Promise<{ status: number; type: string; text: string }> {
    return new Promise((resolve, reject) => {
      const all = { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers };
      const sent = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
      const call = ask(new URL(path, url), { method, headers: sent }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', text }));
      });
      call.on('error', reject);
      call.end(body);
    });
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nireon-bad-http-'));
    const config = join(folder, 'nireon.json');
    await writeFile(
      config,
      JSON.stringify({
        ...{ embedder: { provider: 'hashing' }, store: { sqlite: { file: join(folder, 'a.db') } }, ops: { port: 0 } },
        api: { port: 0, token },
        llm: { models: { builtin: { provider: 'builtin' } } },
      }),
    );
    server = startCli(['serve', '--config', config], { cwd: folder, env: { HOME: folder } });
    url = new URL((JSON.parse(await server.line('API listens')) as { address: string }).address);
    expect((await send(post(good))).status).toBe(201);
  }, 30_000);
  afterAll(async () => {
    server.process.kill('SIGTERM');
    expect((await server.ended).code).toBe(0);
    await rm(folder, { recursive: true });
  });

  it.each(Object.entries(cases))('%s', async (_, one) => {
    const { status, type, text } = await send(one);
    expect({ status, type: type.split(';')[0] }).toEqual({ status: one.status, type: 'application/problem+json' });
    const problem = JSON.parse(text) as { code: string; detail: string; problems: unknown };
    expect(problem.code).toBe(one.code);
    expect(text).toMatch(one.says);
    expect(text).not.toMatch(/node:|\.ts:|\n\s+at /);
    expect(text).not.toContain(token);
  });

  it('nothing of all this was kept, nothing was lost, and the log shows neither a bug nor the token', async () => {
    const kept = JSON.parse((await send(get('/v1/sessions/ses_kept'))).text) as { objective: string };
    expect(kept.objective).toBe(good.objective);
    const all = JSON.parse((await send(get('/v1/sessions'))).text) as { items: { id: string }[] };
    expect(all.items.map(({ id }) => id)).toEqual(['ses_kept']);
    expect(server.out()).not.toContain(token);
    expect(server.out()).not.toMatch(/"code":"INTERNAL"/);
  });
});
