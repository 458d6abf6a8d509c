import { request } from 'node:http';
import { sessionViewSchema } from '../../../runtime/engine/session-view.ts';
import { treeNodeSchema } from '../../../runtime/engine/idea-tree.ts';
import { reportSchema } from '../../../runtime/report/schema.ts';
import { ideaDetailSchema } from '../../../runtime/server/idea-detail.ts';
import { problemSchema } from '../../../runtime/server/problem.ts';
import { createApiDouble, listeningApi } from '../../support/api-double.ts';
import { fixtureSession } from '../../support/fixture-session.ts';

interface Page {
  items: { idea?: { id: string } }[];
  next?: string;
}
type Api = Awaited<ReturnType<typeof listeningApi>>;

describe('the API', () => {
  const finished = fixtureSession({ id: 'ses_done', experiments: true, hostile: true });
  const running = fixtureSession({ id: 'ses_running', rounds: 2, running: true });
  let api: Api;
  beforeAll(async () => {
    api = await listeningApi(createApiDouble(finished, running).engine);
  });
  afterAll(async () => {
    await api.server.close();
    expect(api.unexpected).toEqual([]);
  });

  const get = async (path: string) => fetch(api.url + path);
  const post = async (path: string, body?: unknown) =>
    fetch(api.url + path, {
      method: 'POST',
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
  const pageAt = async (path: string) => (await (await get(path)).json()) as Page;
  const problemOf = async (response: Response) => {
    expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    const problem = problemSchema.parse(await response.json());
    expect(problem.status).toBe(response.status);
    return problem;
  };

  it('begins a session, and says 200 when it is begun again', async () => {
    const body = { id: 'ses_begun', objective: 'find something', seeds: ['a first idea'] };
    const first = await post('/v1/sessions', body);
    expect([first.status, first.headers.get('location')]).toEqual([201, '/v1/sessions/ses_begun']);
    expect(sessionViewSchema.parse(await first.json()).objective).toBe('find something');
    expect((await post('/v1/sessions', body)).status).toBe(200);
    const conflict = await post('/v1/sessions', { ...body, objective: 'something else' });
    expect([conflict.status, (await problemOf(conflict)).code]).toEqual([409, 'SESSION_CONFLICT']);
  });

  it('names everything that is wrong with a request at once', async () => {
    const response = await post('/v1/sessions', {
      objective: 'x',
      seeds: ['ab', { text: 'good enough', tag: 1 }],
      polcy: {},
      limits: { llmCalls: -1 },
    });
    expect(response.status).toBe(400);
    const { problems, code } = await problemOf(response);
    expect(code).toBe('REQUEST_INVALID');
    expect(problems.map(({ path }) => path)).toEqual(['body.objective', 'body.seeds.0', 'body.seeds.1', 'body.limits.llmCalls', 'body']);
    expect(problems[1]!.message).toContain('3');
  });

  it.each([
    ['a session', '/v1/sessions/ses_done', sessionViewSchema],
    ['a tree', '/v1/sessions/ses_done/tree', treeNodeSchema.array()],
    ['a report', '/v1/sessions/ses_done/report', reportSchema],
    ['an idea', `/v1/sessions/ses_done/ideas/${finished.ideas[1]!.id}`, ideaDetailSchema],
  ])('answers for %s as its schema says', async (_, path, schema) => {
    const response = await get(path);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
    schema.parse(await response.json());
  });

  it('tells the effects behind an idea without its prompts', async () => {
    const detail = ideaDetailSchema.parse(await (await get(`/v1/sessions/ses_done/ideas/${finished.ideas[1]!.id}`)).json());
    expect(detail.parents.map(({ id }) => id)).toEqual([finished.ideas[0]!.id]);
    expect(detail.effects.map(({ name }) => name)).toEqual(expect.arrayContaining(['vary', 'judge']));
    expect(detail.effects[0]).toMatchObject({ model: 'mini', usage: { llmCalls: 1 } });
  });

  it('pages sessions and ideas with cursors, newest and best first', async () => {
    const first = await pageAt('/v1/sessions?limit=1&label=team%3Dcanteen');
    expect([first.items.length, typeof first.next]).toEqual([1, 'string']);
    const ids: string[] = [];
    for (let cursor: string | undefined = '0'; cursor !== undefined;) {
      const page: Page = await pageAt(`/v1/sessions/ses_done/ideas?limit=4&cursor=${encodeURIComponent(cursor)}`);
      ids.push(...page.items.map(({ idea }) => idea!.id));
      cursor = page.next;
    }
    expect(new Set(ids).size).toBe(finished.ideas.length - 1);
    const byAge = await pageAt('/v1/sessions/ses_done/ideas?sort=created&limit=200');
    expect(byAge.items).toHaveLength(finished.ideas.length);
  });

  it('writes the report in each format', async () => {
    const page = await get('/v1/sessions/ses_done/report?format=html');
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
    const markdown = await get('/v1/sessions/ses_done/report?format=markdown');
    expect(markdown.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
    expect(await markdown.text()).toMatch(/^# /);
  });

  it.each([
    ['an unknown session', 'GET', '/v1/sessions/ses_none', 404, 'SESSION_UNKNOWN'],
    ['an id that cannot be one', 'GET', '/v1/sessions/%00%3Cb%3E', 404, 'SESSION_UNKNOWN'],
    ['an idea of another session', 'GET', `/v1/sessions/ses_running/ideas/${finished.ideas[1]!.id}`, 404, 'IDEA_UNKNOWN'],
    ['a finished session to cancel', 'POST', '/v1/sessions/ses_done/cancel', 409, 'SESSION_FINISHED'],
    ['a foreign cursor', 'GET', '/v1/sessions?cursor=zzz', 400, 'CURSOR_INVALID'],
    ['a limit that is none', 'GET', '/v1/sessions?limit=0', 400, 'REQUEST_INVALID'],
    ['a parameter twice', 'GET', '/v1/sessions?limit=1&limit=2', 400, 'REQUEST_INVALID'],
    ['an unknown parameter', 'GET', '/v1/sessions?limt=1', 400, 'REQUEST_INVALID'],
    ['an unknown rule set', 'GET', `/v1/rules/${'0'.repeat(64)}`, 404, 'RULE_SET_UNKNOWN'],
    ['an unknown address', 'GET', '/v1/session', 404, 'NOT_FOUND'],
    ['another method', 'DELETE', '/v1/sessions/ses_done', 405, 'REQUEST_INVALID'],
    ['a store that cannot write', 'POST', '/v1/dead/wrk_1/retry', 500, 'STORE_READ_ONLY'],
    ['an unreadable address', 'GET', '/v1/sessions/%ff', 400, 'REQUEST_INVALID'],
    ['a position that is none', 'GET', '/v1/sessions/ses_done/events?after=x', 400, 'REQUEST_INVALID'],
  ])('refuses %s with its code', async (_, method, path, status, code) => {
    const response = await fetch(api.url + path, { method });
    expect(response.status).toBe(status);
    expect((await problemOf(response)).code).toBe(code);
  });

  it('checks rules and points at the line', async () => {
    const good = await post('/v1/rules?dryRun=true', { manifests: ['good'] });
    expect([good.status, await good.json()]).toEqual([200, { digest: 'a'.repeat(64) }]);
    const bad = await post('/v1/rules', { manifests: ['good', { name: 'mine.yaml', text: 'bad' }] });
    expect(bad.status).toBe(422);
    expect((await problemOf(bad)).problems).toEqual([{ path: 'mine.yaml:3', message: 'r: no such path', code: 'RULE_CEL_INVALID' }]);
  });

  it('cancels and replays', async () => {
    expect(await (await post('/v1/sessions/ses_running/cancel')).json()).toMatchObject({ status: 'stopping' });
    expect(await (await post('/v1/sessions/ses_done/replay')).json()).toMatchObject({ steps: 30, identical: 30 });
  });

  describe('with hostile bodies', () => {
    const send = async (body: string | Buffer, type = 'application/json') =>
      fetch(`${api.url}/v1/sessions`, { method: 'POST', body: new Uint8Array(Buffer.from(body)), headers: { 'content-type': type } });

    it.each<[string, string, number, string]>([
      ['nothing', '', 400, 'REQUEST_INVALID'],
      ['half of JSON', '{"objective": "a', 400, 'REQUEST_INVALID'],
      ['a list', '[]', 400, 'REQUEST_INVALID'],
      ['__proto__', '{"__proto__": {"polluted": true}, "objective": "abc", "seeds": ["abc"]}', 400, 'REQUEST_INVALID'],
      ['constructor.prototype', '{"constructor": {"prototype": {"polluted": true}}}', 400, 'REQUEST_INVALID'],
      ['deep nesting', `{"objective":${'['.repeat(200_000)}${']'.repeat(200_000)}}`, 400, 'REQUEST_INVALID'],
      ['10 MB', `{"objective": "${'a'.repeat(10_000_000)}"}`, 413, 'REQUEST_TOO_LARGE'],
    ])('refuses %s', async (_, body, status, code) => {
      const response = await send(body);
      expect(response.status).toBe(status);
      expect((await problemOf(response)).code).toBe(code);
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    });

    it('reads nothing but JSON, so that no form of a foreign page gets through', async () => {
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
        const response = await send('{"objective":"abc","seeds":["abc"]}', type);
        expect([response.status, (await problemOf(response)).code]).toEqual([415, 'REQUEST_INVALID']);
      }
    });
  });

  it('answers to local names only while it has no token and listens on this machine alone', async () => {
    const statusFor = async (host: string, url = api.url) =>
      new Promise<number | undefined>((resolve, reject) => {
        const { port } = new URL(url);
        request({ hostname: '127.0.0.1', port, path: '/v1/sessions', headers: { host } }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
          .on('error', reject)
          .end();
      });
    expect(await statusFor('evil.example')).toBe(401);
    expect(await statusFor('localhost:8080')).toBe(200);
    expect(await statusFor('[::1]:8080')).toBe(200);
    const open = await listeningApi(createApiDouble().engine, { host: '0.0.0.0' });
    expect(await statusFor('nireon.cluster.local', open.url)).toBe(200);
    await open.server.close();
  });
});

describe('the API with a token', () => {
  let api: Api;
  beforeAll(async () => {
    api = await listeningApi(createApiDouble().engine, { token: 'correct-horse' });
  });
  afterAll(async () => api.server.close());

  it.each([
    ['none', undefined, 401],
    ['another', 'Bearer wrong-horse!', 401],
    ['a longer one', 'Bearer correct-horse-battery', 401],
    ['another scheme', 'Basic correct-horse', 401],
    ['the right one', 'Bearer correct-horse', 200],
  ])('with %s answers as it should', async (_, authorization, status) => {
    for (const path of ['/v1/sessions', '/v1/openapi.json']) {
      const response = await fetch(api.url + path, { headers: authorization === undefined ? {} : { authorization } });
      expect(response.status).toBe(status);
      if (status === 401) expect(response.headers.get('www-authenticate')).toBe('Bearer');
    }
    const unknown = await fetch(`${api.url}/nowhere`, { headers: authorization === undefined ? {} : { authorization } });
    expect(unknown.status).toBe(status === 401 ? 401 : 404);
  });
});
