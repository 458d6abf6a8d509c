import { apply, type ApplyRequest, remove } from '../../../operator/kube/apply.ts';
import { createKubeClient, type KubeClient } from '../../../operator/kube/client.ts';
import { collectionPath, type KubeObject, objectPath } from '../../../operator/kube/resource.ts';
import { configMaps, deployments } from '../../support/kinds.ts';
import { type KubeFaultProxy, kubeConfigOf, startKubeFaultProxy } from '../../support/kube-fault-proxy.ts';
import { type ControlPlane, findControlPlane, startControlPlane } from '../../testbed/control-plane.ts';

const whereBuilt = findControlPlane() === undefined ? describe.skip : describe;

whereBuilt('apply and remove, on a real API server', () => {
  let plane: ControlPlane;
  let client: KubeClient;
  let proxy: KubeFaultProxy;
  let proxied: KubeClient;
  let count = 0;
  let name = '';

  beforeAll(async () => {
    plane = await startControlPlane();
    client = createKubeClient({ config: () => kubeConfigOf(plane), userAgent: 'test' });
    proxy = await startKubeFaultProxy(plane);
    proxied = createKubeClient({ config: proxy.config, userAgent: 'test' });
  }, 60_000);
  afterAll(async () => {
    client?.close();
    proxied?.close();
    await proxy?.stop();
    await plane?.stop();
  });
  beforeEach(() => {
    name = `c${count++}`;
    proxy.fault = () => undefined;
  });

  type ConfigMap = KubeObject & { readonly data?: Readonly<Record<string, string>> };
  const configMap = (data: Record<string, string>): ConfigMap => ({ metadata: { namespace: 'default', name }, data });
  const write = (data: Record<string, string>, more: Partial<ApplyRequest> = {}, by = client) =>
    apply(by, { kind: configMaps, object: configMap(data), manager: 'ours', force: true, expect: 'new', ...more });
  const read = async (): Promise<ConfigMap> =>
    (await client.request({ method: 'GET', path: objectPath(configMaps, { namespace: 'default', name }) })) as ConfigMap;
  const make = async (data: Record<string, string>): Promise<string> => {
    const made = await write(data);
    if (made.outcome !== 'applied') throw new Error(made.outcome);
    return made.object.metadata.uid!;
  };
  const removeIt = async (uid: string, resourceVersion?: string) =>
    remove(client, { kind: configMaps, namespace: 'default', name, uid, ...(resourceVersion === undefined ? {} : { resourceVersion }) });

  it('makes what is new, and leaves what exists untouched', async () => {
    await make({ a: '1' });
    expect(await write({ a: '2' })).toEqual({ outcome: 'exists' });
    expect((await read()).data).toEqual({ a: '1' });
  });

  it('changes the object that was held, and never makes it again', async () => {
    const uid = await make({ a: '1', b: '1' });
    expect(await write({ a: '2' }, { expect: { uid } })).toMatchObject({ outcome: 'applied', object: { data: { a: '2' } } });
    expect((await read()).data).toEqual({ a: '2' });
    expect(await removeIt(uid)).toBe('removed');
    expect(await write({ a: '3' }, { expect: { uid } })).toEqual({ outcome: 'gone' });
    const other = await make({ theirs: '1' });
    expect(other).not.toBe(uid);
    expect(await write({ a: '3' }, { expect: { uid } })).toEqual({ outcome: 'gone' });
    expect((await read()).data).toEqual({ theirs: '1' });
  });

  it('names the fields and managers of a conflict, or takes the fields over by force', async () => {
    const uid = await make({ a: '1' });
    await write({ a: '2' }, { expect: 'any', manager: 'theirs' });
    expect(await write({ a: '1' }, { expect: { uid }, force: false })).toEqual({
      outcome: 'conflict',
      conflicts: [{ field: '.data.a', manager: 'theirs' }],
    });
    expect(await write({ a: '1' }, { expect: { uid } })).toMatchObject({ outcome: 'applied' });
    expect((await read()).data).toEqual({ a: '1' });
  });

  it('writes nothing when nothing differs', async () => {
    const uid = await make({ a: '1' });
    const before = (await read()).metadata.resourceVersion;
    await write({ a: '1' }, { expect: { uid } });
    expect((await read()).metadata.resourceVersion).toBe(before);
  });

  it('keeps every field that it does not know', async () => {
    const object = {
      metadata: { namespace: 'default', name },
      spec: {
        selector: { matchLabels: { a: 'b' } },
        template: {
          metadata: { labels: { a: 'b' } },
          spec: { hostUsers: false, containers: [{ name: 'c', image: 'i', restartPolicyRules: null }] },
        },
      },
    };
    const made = await apply(client, { kind: deployments, object, manager: 'ours', force: true, expect: 'new' });
    expect(made).toMatchObject({ outcome: 'applied', object: { spec: { template: { spec: { hostUsers: false } } } } });
  });

  it('applies a status to the object that was held alone', async () => {
    const spec = {
      selector: { matchLabels: { a: 'b' } },
      template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    };
    const made = await apply(client, {
      ...{ kind: deployments, object: { metadata: { namespace: 'default', name }, spec } as KubeObject },
      ...{ manager: 'ours', force: true, expect: 'new' },
    });
    if (made.outcome !== 'applied') throw new Error(made.outcome);
    const status = (uid: string) =>
      apply(client, {
        ...{
          kind: deployments,
          object: { metadata: { namespace: 'default', name }, status: { observedGeneration: 1, replicas: 3 } } as KubeObject,
        },
        ...{ manager: 'ours-status', force: true, expect: { uid }, subresource: 'status' },
      });
    expect(await status(made.object.metadata.uid!)).toMatchObject({ outcome: 'applied', object: { status: { replicas: 3 } } });
    expect(await status('00000000-0000-0000-0000-000000000000')).toEqual({ outcome: 'gone' });
    await remove(client, { kind: deployments, namespace: 'default', name, uid: made.object.metadata.uid! });
    expect(await status(made.object.metadata.uid!)).toEqual({ outcome: 'gone' });
  });

  it('removes only the very object, and only as it was seen', async () => {
    const uid = await make({ a: '1' });
    const seen = (await read()).metadata.resourceVersion!;
    await write({ a: '2' }, { expect: { uid } });
    expect(await removeIt(uid, seen)).toBe('changed');
    expect(await removeIt('00000000-0000-0000-0000-000000000000')).toBe('gone');
    expect(await removeIt(uid)).toBe('removed');
    expect(await removeIt(uid)).toBe('gone');
  });

  it('throws what the server refuses, with its words', async () => {
    await expect(write({ 'not a key': '1' })).rejects.toMatchObject({ name: 'KubeError', status: 422, reason: 'Invalid' });
    await expect(client.request({ method: 'POST', path: collectionPath(configMaps, 'absent'), body: configMap({}) })).rejects.toMatchObject(
      { status: 400 },
    );
  });

  it('survives writes of others at the same moment', async () => {
    const uid = await make({ a: '0' });
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, i) => write({ [`k${i}`]: '1' }, { expect: { uid }, manager: `m${i}` })),
    );
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 20 }, () => 'applied'));
    expect(Object.keys((await read()).data ?? {})).toHaveLength(21);
  });

  it('waits as long as a 429 asks for, and tells of it when that is too long', async () => {
    let times = 0;
    proxy.fault = () => (times++ < 2 ? { status: 429, headers: { 'retry-after': '0' } } : undefined);
    expect(await write({ a: '1' }, {}, proxied)).toMatchObject({ outcome: 'applied' });
    expect(times).toBe(3);
    proxy.fault = () => ({ status: 429, headers: { 'retry-after': '3600' } });
    await expect(write({ a: '1' }, {}, proxied)).rejects.toMatchObject({ status: 429, retryAfterMs: 3_600_000 });
  });

  it('may be done again when its answer was lost', async () => {
    let times = 0;
    proxy.fault = () => (times++ === 0 ? { cutAfter: 0 } : undefined);
    await expect(write({ a: '1' }, {}, proxied)).rejects.toMatchObject({ reason: 'Unreachable' });
    expect(await write({ a: '1' }, {}, proxied)).toEqual({ outcome: 'exists' });
    expect(await write({ a: '1' }, { expect: { uid: (await read()).metadata.uid! } }, proxied)).toMatchObject({ outcome: 'applied' });
  });

  it('reads its credentials anew after a 401, once', async () => {
    const tokens = ['old', 'old', plane.token];
    const rotating = createKubeClient({ config: () => kubeConfigOf({ ...plane, token: tokens.shift()! }), userAgent: 'test' });
    try {
      await expect(rotating.request({ method: 'GET', path: '/api' })).rejects.toMatchObject({ status: 401 });
      expect(await rotating.request({ method: 'GET', path: '/api' })).toMatchObject({ kind: 'APIVersions' });
    } finally {
      rotating.close();
    }
  });

  it('says that a certificate is not trusted, and trusts the new authority once that is there', async () => {
    const authorities: (string | undefined)[] = [otherAuthority, plane.ca];
    const distrusting = createKubeClient({ config: () => kubeConfigOf({ ...plane, ca: authorities.shift()! }), userAgent: 'test' });
    const stubborn = createKubeClient({ config: () => kubeConfigOf({ ...plane, ca: otherAuthority }), userAgent: 'test' });
    try {
      expect(await distrusting.request({ method: 'GET', path: '/api' })).toMatchObject({ kind: 'APIVersions' });
      await expect(stubborn.request({ method: 'GET', path: '/api' })).rejects.toMatchObject({ status: 0, reason: 'Untrusted' });
    } finally {
      distrusting.close();
      stubborn.close();
    }
  });
});

/** Of nobody. */
const otherAuthority = `-----BEGIN CERTIFICATE-----
MIIBeDCCAR+gAwIBAgIUYqsWbSy/OZYKwf/ZbsIAombo95wwCgYIKoZIzj0EAwIw
ETEPMA0GA1UEAwwGbm9ib2R5MCAXDTI2MTEyMzE2MDgyNloYDzIxMjYxMDMwMTYw
ODI2WjARMQ8wDQYDVQQDDAZub2JvZHkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AAQLvA8TisE0Qoc4H7VZv2i5XPyhWcyMas/llceoTlVhsLk5anc/2hfVZAsgGnkg
ILfE8TxtIaDkU/dlJ1FVg2lGo1MwUTAdBgNVHQ4EFgQUoQymmYeKojp3RGWFW27W
yNPfYzcwHwYDVR0jBBgwFoAUoQymmYeKojp3RGWFW27WyNPfYzcwDwYDVR0TAQH/
BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiA0hpToBVfm2y+WAPbZMIrTfLYGRSWk
O/xJGXdSqCPXBgIgIRn/1IKAlIfzRymCwc/GJpWMXNwpkr9tD87p/F06AL4=
-----END CERTIFICATE-----
`;
