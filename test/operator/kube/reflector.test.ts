import { createKubeClient, type KubeClient } from '../../../operator/kube/client.ts';
import { createReflector, type ReflectorEvent, type ReflectorOptions } from '../../../operator/kube/reflector.ts';
import { collectionPath, type KubeObject, objectPath } from '../../../operator/kube/resource.ts';
import { createStore } from '../../../operator/kube/store.ts';
import { type ControlPlane, findControlPlane, startControlPlane } from '../../testbed/control-plane.ts';
import { configMaps } from '../../support/kinds.ts';
import { type KubeFaultProxy, kubeConfigOf, startKubeFaultProxy } from '../../support/kube-fault-proxy.ts';
import { until } from '../../support/until.ts';

const whereBuilt = findControlPlane() === undefined ? describe.skip : describe;

whereBuilt('the reflector, on a real API server', () => {
  let plane: ControlPlane;
  let direct: KubeClient;
  let proxy: KubeFaultProxy;
  let client: KubeClient;
  const running: (() => Promise<void>)[] = [];
  let namespaces = 0;
  let namespace = '';

  beforeAll(async () => {
    plane = await startControlPlane();
    direct = createKubeClient({ config: () => kubeConfigOf(plane), userAgent: 'test' });
  }, 60_000);
  afterAll(async () => {
    direct?.close();
    await plane?.stop();
  });
  beforeEach(async () => {
    proxy = await startKubeFaultProxy(plane);
    client = createKubeClient({ config: proxy.config, userAgent: 'test' });
    namespace = `n${namespaces++}`;
    await direct.request({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: namespace } } });
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((end) => end()));
    client.close();
    await proxy.stop();
  });

  const create = (name: string, value = '1') =>
    direct.request({ method: 'POST', path: collectionPath(configMaps, namespace), body: { metadata: { name }, data: { value } } });
  const change = (name: string, value: string) =>
    direct.request({
      method: 'PATCH',
      path: objectPath(configMaps, { namespace, name }),
      body: { data: { value } },
      contentType: 'application/merge-patch+json',
    });
  const remove = (name: string) => direct.request({ method: 'DELETE', path: objectPath(configMaps, { namespace, name }) });

  type ConfigMap = KubeObject & { readonly data?: Readonly<Record<string, string>> };

  function reflect(options: Partial<ReflectorOptions<ConfigMap>> = {}) {
    const store = createStore<ConfigMap>();
    const events: ReflectorEvent[] = [];
    const reflector = createReflector<ConfigMap>({
      ...{ client, store, kind: configMaps, namespace, random: () => 0, onEvent: (event) => void events.push(event) },
      ...options,
    });
    const end = new AbortController();
    const ended = reflector.run(end.signal);
    running.push(async () => {
      end.abort();
      await ended;
    });
    const held = (): string =>
      [...store.values()]
        .map(({ metadata, data }) => `${metadata.name}=${data?.['value'] ?? ''}`)
        .sort()
        .join(' ');
    const lists = (): number => events.filter(({ type }) => type === 'listed').length;
    const watching = (): boolean => proxy.seen.some(({ watch }) => watch);
    return {
      ...{ store, reflector, events, lists, held, watching },
      holds: (what: string) =>
        until(
          `the store holds "${what}" (${held()})`,
          () =>
            held()
              .replace(/kube-root-ca.crt= ?/, '')
              .trim() === what,
        ),
    };
  }
  /** Fails the first request that fits, and no later one. */
  const once = (fits: (request: { watch: boolean }) => boolean, fault: ReturnType<KubeFaultProxy['fault']>): void => {
    let done = false;
    proxy.fault = (request) => {
      if (done || !fits(request)) return undefined;
      done = true;
      return fault;
    };
  };

  it('lists in pages, then follows every coming, change and going, without managedFields', async () => {
    await Promise.all(Array.from({ length: 7 }, (_, i) => create(`a${i}`)));
    const { holds, store, lists } = reflect({ pageSize: 3 });
    await holds('a0=1 a1=1 a2=1 a3=1 a4=1 a5=1 a6=1');
    expect(proxy.seen.filter(({ watch }) => !watch).length).toBeGreaterThanOrEqual(3);
    await create('b');
    await change('a0', '2');
    for (let i = 1; i < 7; i++) await remove(`a${i}`);
    await holds('a0=2 b=1');
    expect(lists()).toBe(1);
    expect(store.get({ namespace, name: 'b' })?.metadata).not.toHaveProperty('managedFields');
  });

  it('holds metadata alone where no more is asked for', async () => {
    await create('a');
    const none = reflect({ metadataOnly: true, labelSelector: 'nobody=has' });
    await until('nothing is listed', () => none.reflector.isSynced());
    const { store } = reflect({ metadataOnly: true });
    await until('a is held', () => store.get({ namespace, name: 'a' }) !== undefined);
    await create('b');
    await until('b is held', () => store.get({ namespace, name: 'b' }) !== undefined);
    expect(store.get({ namespace, name: 'b' })).not.toHaveProperty('data');
  });

  it.each([
    ['a reset', { cutAfter: 0 }],
    ['a line cut in the middle', { cutAfter: 40 }],
    ['a 500', { status: 500, body: 'oops' }],
    ['a 503 without a time', { status: 503 }],
    ['an end at once', { status: 200, body: '' }],
    ['a line that is no JSON', { status: 200, body: '{"type":"ADD\n' }],
    ['a line of another shape', { status: 200, body: '{"type":"ADDED","object":"?"}\n' }],
    [
      'a line of an unknown type',
      { status: 200, body: '{"type":"WHAT","object":{"metadata":{"name":"x","resourceVersion":"999999999"}}}\n' },
    ],
  ] as const)('goes on from the last version, without a list, after %s', async (_, fault) => {
    await create('a');
    once(({ watch }) => watch, fault);
    const { holds, lists, events } = reflect();
    await holds('a=1');
    await create('b');
    await holds('a=1 b=1');
    await change('b', '2');
    await holds('a=1 b=2');
    expect(lists()).toBe(1);
    expect(events.filter(({ type }) => type === 'interrupted')).toHaveLength(1);
  });

  it.each([
    ['HTTP', { status: 410, body: '{"kind":"Status","code":410,"reason":"Expired"}' }],
    ['the watch', { status: 200, body: '{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}\n' }],
  ])('lists again after a 410 that comes by %s', async (_, fault) => {
    once(({ watch }) => watch, fault);
    const { holds, lists } = reflect();
    await create('a');
    await holds('a=1');
    await until('it has listed twice', () => lists() === 2);
  });

  it('goes on after a connection that says nothing more', async () => {
    once(({ watch }) => watch, { silent: true });
    const { holds, watching } = reflect({ silenceMs: 300 });
    await until('it watches', watching);
    await create('a');
    await holds('a=1');
  });

  it('starts its pages again when they have expired, then asks for all at once', async () => {
    await Promise.all(Array.from({ length: 5 }, (_, i) => create(`a${i}`)));
    proxy.fault = ({ url }) =>
      url.includes('continue=') ? { status: 410, body: '{"kind":"Status","code":410,"reason":"Expired"}' } : undefined;
    const { holds } = reflect({ pageSize: 2 });
    await holds('a0=1 a1=1 a2=1 a3=1 a4=1');
  });

  it('finds what a watch has lost by its audit, and counts it', async () => {
    await create('a');
    proxy.fault = ({ watch }) => (watch ? { lines: (line) => (line.includes('"lost') ? [] : [line]) } : undefined);
    const { holds, events } = reflect({ auditMs: 2000 });
    await holds('a=1');
    await until('it watches', () => proxy.seen.some(({ watch }) => watch));
    await create('lost');
    await create('b');
    await holds('a=1 b=1 lost=1');
    await until('an audit found one', () => events.some((event) => event.type === 'listed' && event.missed === 1));
  });

  it('ignores events that are sent again', async () => {
    const sent: string[] = [];
    proxy.fault = ({ watch }) =>
      watch
        ? {
            lines: (line) => {
              sent.push(line);
              return [...sent];
            },
          }
        : undefined;
    const { holds, store, watching } = reflect();
    const seen: string[] = [];
    store.onChange(({ before, after }) => seen.push(`${before ? '-' : '+'}${after ? '+' : '-'}${(after ?? before).metadata.name}`));
    await until('it watches', watching);
    await create('a');
    await change('a', '2');
    await remove('a');
    await create('b');
    await holds('b=1');
    expect(seen.filter((what) => !what.includes('kube-root-ca'))).toEqual(['++a', '-+a', '--a', '++b']);
  });

  it('refuses a list from the past for as long as it may, then takes it for a restored cluster', async () => {
    const past = (await direct.request({ method: 'GET', path: collectionPath(configMaps, namespace) })) as object;
    await create('a');
    const { holds, lists, events, store } = reflect({ auditMs: 1000, refuseOlderMs: 2500 });
    await holds('a=1');
    proxy.fault = ({ watch }) => (watch ? undefined : { status: 200, body: JSON.stringify(past) });
    await until('it has refused one', () =>
      events.some((event) => event.type === 'interrupted' && (event.error as { reason?: string }).reason === 'Stale'),
    );
    expect(lists()).toBe(1);
    const gone: string[] = [];
    store.onChange(({ before, after }) => after ?? gone.push(before.metadata.name));
    // The server behind is of the present, and its watch brings back at once what the list from the past had not.
    await until('it has taken one', () => gone.length > 0);
    expect(gone).toEqual(['a']);
  });

  it('comes back after the API server was killed, and stays bounded in its requests meanwhile', async () => {
    await create('a');
    const { holds, reflector, events } = reflect();
    await holds('a=1');
    proxy.seen.length = 0;
    await plane.kill('kube-apiserver');
    const interruptions = (): number => events.filter(({ type }) => type === 'interrupted').length;
    await until('it has failed three times', () => interruptions() >= 3);
    expect(proxy.seen.length).toBeLessThanOrEqual(interruptions() + 1);
    await plane.restart('kube-apiserver');
    await change('a', '2');
    await holds('a=2');
    expect(reflector.isSynced()).toBe(true);
  }, 60_000);
});
