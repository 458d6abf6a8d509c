import { createKubeClient, type KubeClient, type KubeRequest } from '../../../operator/kube/client.ts';
import { createEventRecorder, type RecordedEvent } from '../../../operator/kube/event-recorder.ts';
import { KubeError } from '../../../operator/kube/kube-error.ts';
import { kubeConfigOf } from '../../support/kube-fault-proxy.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { type ControlPlane, findControlPlane, startControlPlane } from '../../testbed/control-plane.ts';

const event = (more: Partial<RecordedEvent> = {}): RecordedEvent => ({
  regarding: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'default', name: 'a', uid: 'u1' } },
  ...{ type: 'Warning', reason: 'SecretMissing', action: 'Reconcile', note: 'Secret default/x does not exist; create it' },
  ...more,
});

function setUp() {
  const clock = createManualClock();
  const requests: KubeRequest[] = [];
  const dropped: string[] = [];
  const failures: KubeError[] = [];
  const client: KubeClient = {
    request: async (request) => {
      requests.push(request);
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      return undefined;
    },
    watch: async function* () {},
    close: () => undefined,
  };
  const recorder = createEventRecorder({
    ...{ client, controller: 'nireon.dev/operator', instance: 'pod-1', clock },
    onDropped: (_, why) => void dropped.push(why),
  });
  const methods = (): string => requests.map(({ method }) => method).join(' ');
  return { clock, recorder, requests, dropped, failures, methods };
}

describe('the event recorder', () => {
  it('makes equal events one object with a count, and others objects of their own', async () => {
    const { recorder, methods, requests } = setUp();
    recorder.record(event());
    await recorder.flush();
    recorder.record(event());
    await recorder.flush();
    recorder.record(event({ reason: 'Other' }));
    await recorder.flush();
    expect(methods()).toBe('POST PATCH POST');
    expect(requests[1]).toMatchObject({ body: { series: { count: 2 } } });
  });

  it('writes what repeats while a write is on its way once, with the whole count', async () => {
    const { recorder, methods, requests } = setUp();
    for (let i = 0; i < 10; i++) recorder.record(event());
    await recorder.flush();
    expect(methods()).toMatch(/^POST( PATCH)?$/);
    expect(requests.at(-1)).toMatchObject({ body: { series: { count: 10 } } });
  });

  it('starts a new object when nothing equal came for six minutes', async () => {
    const { clock, recorder, methods } = setUp();
    recorder.record(event());
    await clock.advance(360_000);
    recorder.record(event());
    await recorder.flush();
    expect(methods()).toBe('POST POST');
  });

  it('lets an object have 25 at once, then one each five minutes, and others theirs', async () => {
    const { clock, recorder, requests, dropped } = setUp();
    for (let i = 0; i < 100; i++) recorder.record(event({ note: `note ${i}` }));
    await recorder.flush();
    expect([requests.length, dropped.length]).toEqual([25, 75]);
    recorder.record(event({ regarding: { ...event().regarding, metadata: { namespace: 'default', name: 'b', uid: 'u2' } } }));
    await clock.advance(300_000);
    recorder.record(event({ note: 'later' }));
    await recorder.flush();
    expect(requests.length).toBe(27);
  });

  it('tries again what may help, and drops what the server refuses', async () => {
    const { clock, recorder, methods, dropped, failures } = setUp();
    failures.push(new KubeError(0, 'Unreachable', 'no'), new KubeError(500, 'InternalError', 'no'));
    recorder.record(event());
    await clock.advance(10_000);
    expect([methods(), dropped]).toEqual(['POST POST POST', []]);
    failures.push(new KubeError(403, 'Forbidden', 'the namespace is being terminated'));
    recorder.record(event({ reason: 'Other' }));
    await clock.advance(10_000);
    expect(dropped).toEqual(['refused']);
  });

  it('makes the object again when the server has forgotten it', async () => {
    const { clock, recorder, methods, failures } = setUp();
    recorder.record(event());
    await recorder.flush();
    failures.push(new KubeError(404, 'NotFound', 'gone'));
    recorder.record(event());
    await clock.advance(1000);
    expect(methods()).toBe('POST PATCH POST');
  });
});

const whereBuilt = findControlPlane() === undefined ? describe.skip : describe;

whereBuilt('the event recorder, on a real API server', () => {
  let plane: ControlPlane;
  let client: KubeClient;
  beforeAll(async () => {
    plane = await startControlPlane();
    client = createKubeClient({ config: () => kubeConfigOf(plane), userAgent: 'test' });
  }, 60_000);
  afterAll(async () => {
    client?.close();
    await plane?.stop();
  });

  it('writes what the server takes: long notes, series, objects without a namespace', async () => {
    const dropped: string[] = [];
    const recorder = createEventRecorder({
      ...{
        client,
        controller: 'nireon.dev/operator',
        instance: 'pod-1',
        onDropped: (_: RecordedEvent, why: string) => void dropped.push(why),
      },
    });
    recorder.record(event({ note: 'ü'.repeat(5000) }));
    recorder.record(
      event({ regarding: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default', uid: 'u3' } }, type: 'Normal' }),
    );
    recorder.record(event());
    await recorder.flush();
    recorder.record(event());
    recorder.record(event());
    await recorder.flush();
    const { items } = (await client.request({ method: 'GET', path: '/apis/events.k8s.io/v1/namespaces/default/events' })) as {
      items: { note: string; regarding: { kind: string }; series?: { count: number } }[];
    };
    expect(dropped).toEqual([]);
    expect(items.map(({ regarding, note, series }) => `${regarding.kind} ${note.length} ${series?.count ?? 1}`).sort()).toEqual(
      ['ConfigMap 42 3', 'Namespace 42 1', 'ConfigMap 511 1'].sort(),
    );
  });
});
