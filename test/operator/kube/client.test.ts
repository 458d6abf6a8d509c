import { createKubeClient, type KubeClient } from '../../../operator/kube/client.ts';
import { createFencedClient } from '../../../operator/kube/fenced-client.ts';
import { KubeError } from '../../../operator/kube/kube-error.ts';
import { type KubeFaultProxy, startKubeFaultProxy } from '../../support/kube-fault-proxy.ts';
import { until } from '../../support/until.ts';

describe('requests to the API server', () => {
  let proxy: KubeFaultProxy;
  let client: KubeClient;
  const answers: string[] = [];
  const get = (more: { deadlineMs?: number; signal?: AbortSignal } = {}) => client.request({ method: 'GET', path: '/api', ...more });

  beforeAll(async () => {
    // Nothing stands behind it: it answers itself, or cannot pass anything on.
    proxy = await startKubeFaultProxy({ server: 'https://127.0.0.1:1', ca: '', token: 't' });
    client = createKubeClient({
      ...{
        config: proxy.config,
        userAgent: 'test',
        patienceMs: 5000,
        onAnswer: ({ method, code }) => void answers.push(`${method} ${code}`),
      },
    });
  });
  afterAll(async () => {
    client.close();
    await proxy.stop();
  });
  beforeEach(() => {
    proxy.seen.length = answers.length = 0;
  });
  const each = (...faults: ReturnType<KubeFaultProxy['fault']>[]): void => {
    proxy.fault = () => faults.shift();
  };

  it('end with Timeout when no answer comes in time, and with the reason of the caller who ends them', async () => {
    each({ silent: true }, { silent: true });
    await expect(get({ deadlineMs: 100 })).rejects.toMatchObject({ name: 'KubeError', status: 0, reason: 'Timeout' });
    const end = new AbortController();
    const asked = get({ signal: end.signal });
    await until('it has come', () => proxy.seen.length === 2);
    end.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
  });

  it('say what came instead of an answer', async () => {
    each(
      undefined,
      { status: 200, body: '{"cut":' },
      { status: 502, body: '<html>' },
      { status: 404, body: '{"kind":"Status","reason":"NotFound","message":"no"}' },
    );
    await expect(get()).rejects.toMatchObject({ status: 0, reason: 'Unreachable' });
    await expect(get()).rejects.toMatchObject({ status: 0, reason: 'Malformed' });
    await expect(get()).rejects.toMatchObject({ status: 502, reason: 'HTTP 502' });
    await expect(get()).rejects.toMatchObject({ status: 404, reason: 'NotFound', message: 'no' });
    expect(answers).toEqual(['GET <error>', 'GET 200', 'GET 502', 'GET 404']);
  });

  it('are tried again after a 429, and after a 5xx only where it names a time', async () => {
    each({ status: 429, headers: { 'retry-after': '0' } }, { status: 503, headers: { 'retry-after': '0' } }, { status: 500 });
    await expect(get()).rejects.toMatchObject({ status: 500 });
    expect(proxy.seen).toHaveLength(3);
  });

  it('are given up after ten attempts', async () => {
    proxy.fault = () => ({ status: 429, headers: { 'retry-after': '0' } });
    await expect(get()).rejects.toMatchObject({ status: 429 });
    expect(proxy.seen).toHaveLength(10);
  });

  it('carry the token, and once more after a 401', async () => {
    proxy.fault = () => ({ status: 401 });
    await expect(get()).rejects.toMatchObject({ status: 401 });
    expect(proxy.seen.map(({ authorization }) => authorization)).toEqual(['Bearer t', 'Bearer t']);
  });

  it('are asked for at each attempt to write, and only then, when they are fenced', async () => {
    let left = 1;
    const fenced = createFencedClient(client, () => {
      if (left-- <= 0) throw new KubeError(0, 'NotLeader', 'no');
    });
    each({ status: 429, headers: { 'retry-after': '0' } });
    await expect(fenced.request({ method: 'PATCH', path: '/x', body: {} })).rejects.toMatchObject({ reason: 'NotLeader' });
    expect(proxy.seen.map(({ method, url }) => `${method} ${url}`)).toEqual(['PATCH /x?timeout=4000ms']);
    each({ status: 200, body: '{"a":1}' });
    expect(await fenced.request({ method: 'GET', path: '/y' })).toEqual({ a: 1 });
  });
});
