import { Registry } from 'prom-client';
import { createMetrics } from '../../../platform/metrics.ts';
import { NireonError } from '../../../runtime/domain/errors.ts';
import { createOpsServer, type OpsServer, type OpsServerOptions } from '../../../runtime/server/ops.ts';

const fine = { ok: true } as const;
let servers: OpsServer[] = [];
afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  servers = [];
});

async function start(options: Partial<OpsServerOptions> = {}) {
  let at = 0;
  const clock = { isoNow: () => new Date(Date.UTC(2026, 0, 1, 0, 0, at++)).toISOString() };
  const server = createOpsServer({ registry: new Registry(), clock, live: [], ready: [], components: {}, ...options });
  servers.push(server);
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  return async (path: string, init?: RequestInit) => {
    const response = await fetch(`${url}${path}`, init);
    return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
  };
}

describe('createOpsServer', () => {
  it('is live and ready when no check fails, and names every check', async () => {
    const degraded = { ok: true, code: 'STORE_UNREACHABLE', message: 'no broker answers; the sweep goes on' } as const;
    const get = await start({
      ready: [
        { name: 'store', check: () => fine },
        { name: 'bus', check: async () => degraded },
      ],
    });
    const { status, text } = await get('/readyz');
    expect([status, JSON.parse(text)]).toEqual([
      200,
      {
        ready: true,
        checks: [
          { name: 'store', ok: true },
          { name: 'bus', ...degraded },
        ],
      },
    ]);
    expect(await get('/livez')).toMatchObject({ status: 200, text: '{"live":true,"checks":[]}' });
  });

  it('is not ready while a check fails, throws or does not answer, and says which, within 50 ms of waiting', async () => {
    const get = await start({
      ready: [
        { name: 'models', check: () => ({ ok: false, code: 'MODEL_MISSING', message: 'no file' }) },
        { name: 'store', check: () => Promise.reject(new NireonError('STORE_UNREACHABLE')) },
        { name: 'driver', check: () => Promise.reject(new Error('postgres://joe:hunter2@db')) },
        { name: 'bus', check: () => new Promise(() => undefined) },
      ],
    });
    const { status, text } = await get('/readyz');
    expect([status, JSON.parse(text)]).toEqual([
      503,
      {
        ready: false,
        checks: [
          { name: 'models', ok: false, code: 'MODEL_MISSING', message: 'no file' },
          { name: 'store', ok: false, code: 'STORE_UNREACHABLE', message: 'the store does not answer' },
          { name: 'driver', ok: false, code: 'INTERNAL', message: 'the check failed' },
          { name: 'bus', ok: false, code: 'HEALTH_TIMEOUT', message: 'no answer within 40 ms' },
        ],
      },
    ]);
  });

  it('shows how each component is, and since when', async () => {
    let ok = true;
    const get = await start({
      components: { store: async () => ({ ok, detail: 'sqlite' }), embedder: async () => ({ ok: true, detail: 'onnx' }) },
    });
    const look = async () => {
      const { status, text } = await get('/health');
      return { http: status, ...(JSON.parse(text) as { status: string; components: Record<string, { status: string; since: string }> }) };
    };
    const first = await look();
    expect(first).toMatchObject({
      http: 200,
      status: 'up',
      components: { store: { status: 'up', detail: 'sqlite' }, embedder: { detail: 'onnx' } },
    });
    expect((await look()).components['store']!.since).toBe(first.components['store']!.since);
    ok = false;
    const second = await look();
    expect(second).toMatchObject({ http: 503, status: 'down', components: { store: { status: 'down' }, embedder: { status: 'up' } } });
    expect(second.components['store']!.since > first.components['store']!.since).toBe(true);
  });

  it('gives metrics as Prometheus wants them', async () => {
    const { registry, counter } = createMetrics(new Registry());
    counter('things_total', 'Things', {}).add({}, 3);
    const { status, type, text } = await (await start({ registry }))('/metrics');
    expect([status, type]).toEqual([200, expect.stringContaining('text/plain; version=0.0.4')]);
    expect(text).toContain('# HELP things_total Things\n# TYPE things_total counter\nthings_total 3\n');
  });

  it('shows no secret in what components say', async () => {
    const get = await start({
      secrets: ['my-own-canary'],
      components: { store: async () => ({ ok: false, detail: 'postgres://joe:hunter2@db refused my-own-canary' }) },
      ready: [{ name: 'store', check: () => ({ ok: false, message: 'password=hunter2 my-own-canary' }) }],
    });
    for (const path of ['/health', '/readyz']) expect((await get(path)).text).not.toMatch(/hunter2|canary/);
  });

  it('answers nothing else', async () => {
    const get = await start();
    expect(await get('/')).toMatchObject({ status: 404, text: '{"code":"NOT_FOUND"}' });
    const headers = { 'content-type': 'application/json' };
    expect(await get('/livez', { method: 'POST', body: '{}', headers })).toMatchObject({ status: 404 });
    expect(await get('/livez', { method: 'POST', body: 'x'.repeat(5000), headers })).toMatchObject({
      status: 413,
      text: '{"code":"REQUEST_INVALID"}',
    });
    expect((await get(`/${'a/'.repeat(3000)}%ff`)).text).not.toContain('at ');
  });
});
