import { createController, itself, ownersOf } from '../../operator/controller.ts';
import { apply } from '../../operator/kube/apply.ts';
import { createKubeClient, type KubeClient } from '../../operator/kube/client.ts';
import { createFencedClient } from '../../operator/kube/fenced-client.ts';
import { KubeError } from '../../operator/kube/kube-error.ts';
import { createReflector } from '../../operator/kube/reflector.ts';
import { collectionPath, type KubeObject, objectPath, type ObjectName } from '../../operator/kube/resource.ts';
import { createStore } from '../../operator/kube/store.ts';
import type { OperatorEvent } from '../../operator/operator-event.ts';
import { configMaps } from '../support/kinds.ts';
import { type Fault, type KubeFaultProxy, kubeConfigOf, startKubeFaultProxy } from '../support/kube-fault-proxy.ts';
import { until } from '../support/until.ts';
import { type ControlPlane, findControlPlane, startControlPlane } from '../testbed/control-plane.ts';

const whereBuilt = findControlPlane() === undefined ? describe.skip : describe;

type ConfigMap = KubeObject & { readonly data?: Readonly<Record<string, string>> };

/** Gives each ConfigMap with the label `copy: source` a copy that it owns: a controller as small as one can be. */
function createCopier(client: KubeClient, namespace: string, events: OperatorEvent[], auditMs: number) {
  const reflect = (labelSelector: string) => {
    const store = createStore<ConfigMap>();
    return {
      store,
      reflector: createReflector<ConfigMap>({ client, store, kind: configMaps, namespace, labelSelector, auditMs, silenceMs: 2000 }),
    };
  };
  const sources = reflect('copy=source');
  const copies = reflect('copy=copy');

  async function reconcile({ namespace, name }: ObjectName, writer: KubeClient): Promise<undefined> {
    const source = sources.store.get({ namespace, name });
    if (source === undefined) return undefined;
    const held = copies.store.get({ namespace, name: `${name}-copy` });
    if (held?.data?.['value'] === source.data?.['value']) return undefined;
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name, uid: source.metadata.uid!, controller: true };
    const outcome = await apply(writer, {
      ...{ kind: configMaps, manager: 'copier', force: true, expect: held === undefined ? 'new' : { uid: held.metadata.uid! } },
      object: {
        metadata: { name: `${name}-copy`, namespace: namespace!, labels: { copy: 'copy' }, ownerReferences: [owner] },
        data: source.data,
      } as KubeObject,
    });
    if (outcome.outcome !== 'applied') throw new Error(`the view is old: ${outcome.outcome}`);
    return undefined;
  }

  return createController({
    ...{ name: 'copier', client, concurrency: 4, reconcile, observe: (event: OperatorEvent) => void events.push(event) },
    watched: [
      { ...sources, concerns: itself },
      { ...copies, concerns: ownersOf('ConfigMap') },
    ],
  });
}

whereBuilt('a controller, on a real API server', () => {
  let plane: ControlPlane;
  let direct: KubeClient;
  let proxy: KubeFaultProxy;
  let namespace = '';
  const ending: (() => Promise<unknown>)[] = [];

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
    namespace = `n${Math.random().toString(36).slice(2, 10)}`;
    await direct.request({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: namespace } } });
  });
  afterEach(async () => {
    for (const end of ending.splice(0)) await end();
    await proxy.stop();
  });

  function start(may = (): void => undefined, auditMs = 3_600_000) {
    const client = createKubeClient({ config: proxy.config, userAgent: 'test', patienceMs: 500 });
    const events: OperatorEvent[] = [];
    const controller = createCopier(createFencedClient(client, may), namespace, events, auditMs);
    const end = new AbortController();
    const running = controller.run(end.signal);
    ending.push(async () => {
      end.abort();
      await running;
      client.close();
    });
    return { controller, events };
  }
  const edit = (name: string, value: string) =>
    apply(direct, {
      ...{ kind: configMaps, manager: 'user', force: true, expect: 'any' },
      object: { metadata: { name, namespace, labels: { copy: 'source' } }, data: { value } } as KubeObject,
    });
  const list = async (label: string): Promise<readonly ConfigMap[]> =>
    (
      (await direct.request({ method: 'GET', path: collectionPath(configMaps, namespace), query: { labelSelector: `copy=${label}` } })) as {
        items: ConfigMap[];
      }
    ).items;
  const values = (objects: readonly ConfigMap[]): string =>
    objects.map(({ metadata, data }) => `${metadata.name}=${data?.['value']}`).join(' ');

  it('brings about what is asked, repairs what others change, and writes nothing when nothing differs', async () => {
    await edit('a', '1');
    const { controller, events } = start();
    controller.lead();
    await until('it is copied', async () => values(await list('copy')) === 'a-copy=1');
    await edit('a', '2');
    await until('the edit is copied', async () => values(await list('copy')) === 'a-copy=2');
    await apply(direct, {
      ...{ kind: configMaps, manager: 'stranger', force: true, expect: 'any' },
      object: { metadata: { name: 'a-copy', namespace }, data: { value: 'wrong' } } as KubeObject,
    });
    await until('it is repaired', async () => values(await list('copy')) === 'a-copy=2');
    await direct.request({ method: 'DELETE', path: objectPath(configMaps, { namespace, name: 'a-copy' }) });
    await until('it is made again', async () => values(await list('copy')) === 'a-copy=2');
    expect(proxy.seen.filter(({ method }) => method === 'PATCH').length).toBe(4);
    expect(events.some((event) => event.type === 'reconciled' && event.result === 'error')).toBe(false);
  });

  it('writes nothing while another leads, and nothing any more once it has lost', async () => {
    await edit('a', '1');
    let leads = true;
    const { controller } = start(() => {
      if (!leads) throw new KubeError(0, 'NotLeader', 'no');
    });
    await until('its stores are whole', controller.isSynced);
    expect(proxy.seen.filter(({ method }) => method === 'PATCH')).toEqual([]);
    controller.lead();
    await until('it is copied', async () => values(await list('copy')) === 'a-copy=1');
    leads = false;
    await edit('a', '2');
    await until('it has tried', () => controller.queue().waiting + controller.queue().workingMs.length === 0);
    await controller.follow();
    leads = true;
    await edit('a', '3');
    expect(proxy.seen.filter(({ method }) => method === 'PATCH').length).toBe(1);
    controller.lead();
    await until('it is copied after all', async () => values(await list('copy')) === 'a-copy=3');
  });

  it('converges with bounded requests through resets, cuts, 410, 429, 500, lost and repeated events', async () => {
    let seed = 20261123;
    const dice = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    const expired = '{"kind":"Status","code":410,"reason":"Expired","message":"too old"}';
    const faults: readonly Fault[] = [
      { cutAfter: 0 },
      { cutAfter: 300 },
      { status: 500, body: 'oops' },
      { status: 503, headers: { 'retry-after': '0' } },
      { status: 429, headers: { 'retry-after': '0' } },
      { status: 410, body: expired },
      { lines: (line) => (dice() < 0.3 ? [] : dice() < 0.3 ? [line, line] : [line]) },
    ];
    const draw = (watch: boolean): Fault | undefined => {
      const fault = faults[Math.floor(dice() * faults.length)]!;
      return dice() < (watch ? 0.5 : 0.4) && (watch || !('lines' in fault || ('status' in fault && fault.status === 410)))
        ? fault
        : undefined;
    };
    proxy.fault = ({ watch }) => draw(watch);
    const { controller } = start(undefined, 1500);
    controller.lead();
    const began = performance.now();
    for (let round = 0; round < 4; round++) {
      await Promise.all(Array.from({ length: 8 }, (_, i) => edit(`s${i}`, `${round}`)));
      await until('some are copied', async () => (await list('copy')).some(({ data }) => data?.['value'] === `${round}`), 45_000);
      proxy.cut();
    }
    const wanted = Array.from({ length: 8 }, (_, i) => `s${i}-copy=3`).join(' ');
    await until('all are as they were edited last', async () => values(await list('copy')) === wanted, 45_000);
    const perSecond = proxy.seen.length / ((performance.now() - began) / 1000);
    expect(perSecond).toBeLessThan(200);
    proxy.fault = () => undefined;
    await until('nothing waits', () => controller.queue().waiting + controller.queue().workingMs.length === 0);
    expect((await list('copy')).every(({ metadata }) => metadata.ownerReferences?.length === 1)).toBe(true);
  }, 180_000);
});
