import { customResourceDefinition, nireonInstances } from '../../operator/crd.ts';
import { createController } from '../../operator/controller.ts';
import type { InstanceStatus } from '../../operator/instance/status.ts';
import { kinds } from '../../operator/kinds.ts';
import { createKubeClient, type KubeClient } from '../../operator/kube/client.ts';
import { systemClock } from '../../operator/kube/clock.ts';
import { createEventRecorder } from '../../operator/kube/event-recorder.ts';
import { collectionPath, type KubeObject, objectPath, type ResourceKind } from '../../operator/kube/resource.ts';
import { createCluster } from '../../operator/observe-cluster.ts';
import { createReconcile } from '../../operator/reconcile.ts';
import { crds } from '../support/kinds.ts';
import { kubeConfigOf } from '../support/kube-fault-proxy.ts';
import { startWorkloadSimulator, type WorkloadSimulator } from '../support/workload-simulator.ts';
import { until } from '../support/until.ts';
import { type ControlPlane, findControlPlane, startControlPlane } from '../testbed/control-plane.ts';

type Json = Record<string, unknown>;
type Instance = KubeObject & { readonly spec: Json; readonly status?: InstanceStatus };

const whereBuilt = findControlPlane() === undefined ? describe.skip : describe;
const events: ResourceKind = { group: 'events.k8s.io', version: 'v1', kind: 'Event', plural: 'events', namespaced: true };
interface Told {
  readonly type: string;
  readonly reason: string;
  readonly note: string;
  readonly eventTime: string;
  readonly regarding: { readonly kind: string };
}
const namespaces: ResourceKind = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false };
const minimal = { store: { postgres: { connectionSecret: { name: 'db' } } } };
const childKinds = Object.values(kinds).filter((kind) => kind !== kinds.secret && kind !== kinds.pod);
/** Names without what follows from contents. */
const plain = (name: string): string => name.replace(/-[0-9a-f]{10}$/, '-#').replace(/-migrate-[0-9a-f]{8}-/, '-migrate-#-');

whereBuilt('the operator, on a real API server with its controllers', () => {
  let plane: ControlPlane;
  let client: KubeClient;
  let writer: KubeClient;
  let simulator: WorkloadSimulator;
  let namespace = '';
  let count = 0;
  /** Writes of the operator: method, plural, name. */
  const writes: string[] = [];
  const stop = new AbortController();
  let running: Promise<void>;

  beforeAll(async () => {
    plane = await startControlPlane({ controllers: true });
    client = createKubeClient({ config: () => kubeConfigOf(plane), userAgent: 'test' });
    writer = createKubeClient({ config: () => kubeConfigOf(plane), userAgent: 'operator' });
    await client.request({ method: 'POST', path: collectionPath(crds), body: customResourceDefinition() });
    await until('the resource is served', () =>
      client.request({ method: 'GET', path: collectionPath(nireonInstances) }).then(...([() => true, () => false] as const)),
    );
    simulator = startWorkloadSimulator(client);
    const cluster = createCluster({
      client: writer,
      settings: { runtimeImage: 'nireon/runtime:1' },
      clock: systemClock,
      onEvent: () => undefined,
    });
    const counted: KubeClient = {
      ...writer,
      request(request) {
        if (request.method !== 'GET') writes.push(`${request.method} ${request.path.split('/').slice(-2).join('/')}`);
        return writer.request(request);
      },
    };
    const recorder = createEventRecorder({ client: writer, controller: 'nireon.dev/operator', instance: 'test' });
    const controller = createController({
      ...{ name: 'nireoninstance', client: counted, concurrency: 4, observe: () => undefined },
      ...{ watched: cluster.watched, reconcile: createReconcile(cluster, recorder) },
    });
    running = controller.run(stop.signal);
    controller.lead();
  }, 90_000);
  afterAll(async () => {
    stop.abort();
    await running;
    await simulator?.stop();
    client?.close();
    writer?.close();
    await plane?.stop();
  });
  beforeEach(async () => {
    namespace = `ns${count++}`;
    await client.request({ method: 'POST', path: collectionPath(namespaces), body: { metadata: { name: namespace } } });
  });

  const create = (kind: ResourceKind, name: string, body: Json): Promise<unknown> =>
    client.request({ method: 'POST', path: collectionPath(kind, namespace), body: { metadata: { name, namespace }, ...body } });
  const secret = (name: string, keys: readonly string[], value = 'a'): Promise<unknown> =>
    create(kinds.secret, name, { stringData: Object.fromEntries(keys.map((key) => [key, value])) });
  const get = async <T = Instance>(kind: ResourceKind = nireonInstances, name = 'ideas'): Promise<T> =>
    (await client.request({ method: 'GET', path: objectPath(kind, { namespace, name }) })) as T;
  const apply = (spec: Json, annotations: Json = {}): Promise<unknown> =>
    client.request({
      ...{ method: 'PATCH', path: objectPath(nireonInstances, { namespace, name: 'ideas' }) },
      query: { fieldManager: 'kubectl', force: true },
      contentType: 'application/apply-patch+yaml',
      body: {
        apiVersion: 'nireon.dev/v1alpha1',
        kind: 'NireonInstance',
        metadata: { name: 'ideas', annotations },
        spec: { ...minimal, ...spec },
      },
    });
  const condition = async (type: string) => (await get()).status?.conditions?.find((one) => one.type === type);
  const isTold = (reason: string) => async (): Promise<boolean> => {
    const { metadata, status } = await get();
    const ready = status?.conditions?.find((one) => one.type === 'Ready');
    return status?.observedGeneration === metadata.generation && ready?.reason === reason;
  };
  /** Everything that the instance owns, by kind and name, with what identifies its content. */
  async function children(): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (const kind of childKinds) {
      const { items } = (await client.request({
        ...{ method: 'GET', path: collectionPath(kind, namespace), query: { labelSelector: 'nireon.dev/instance=ideas' } },
      })) as { items: KubeObject[] };
      for (const { metadata } of items) found.set(`${kind.kind}/${metadata.name}`, metadata.annotations?.['nireon.dev/applied'] ?? '');
    }
    return found;
  }
  async function ready(spec: Json = {}): Promise<void> {
    await secret('db', ['uri']);
    await apply(spec);
    await until('the instance is ready', isTold('AllRolesReady'));
  }
  /** Nothing is written for half a second, within five. */
  const settled = async (): Promise<void> => {
    for (let tries = 0; ; tries++) {
      const before = writes.length;
      await new Promise((resolve) => setTimeout(resolve, 500));
      if (writes.length === before) return;
      if (tries === 10) throw new Error(`it writes on: ${writes.slice(before).join(', ')}`);
    }
  };
  const nothingWritten = async (): Promise<void> => {
    const before = writes.length;
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(writes.slice(before)).toEqual([]);
  };

  /** Events of instances, oldest first. */
  const told = async (): Promise<string[]> => {
    const { items } = (await client.request({ method: 'GET', path: collectionPath(events, namespace) })) as { items: Told[] };
    const own = items.filter(({ regarding }) => regarding.kind === 'NireonInstance');
    return own.sort((a, b) => (a.eventTime < b.eventTime ? -1 : 1)).map(({ reason, note, type }) => `${type} ${reason} ${note}`);
  };
  /** Waits until an event says so. */
  const next = async (what: string): Promise<void> => until(what, async () => (await told()).some((line) => line.includes(what)));

  it('makes everything that an instance needs, and says Ready when it is rolled out', async () => {
    await ready();
    const names = [...(await children()).keys()].map(plain).sort();
    expect(names).toEqual([
      ...['ConfigMap/ideas-evaluator-#', 'ConfigMap/ideas-generator-#'],
      ...['ControllerRevision/ideas-evaluator-#', 'ControllerRevision/ideas-generator-#'],
      ...['Deployment/ideas-evaluator', 'Deployment/ideas-generator', 'Job/ideas-migrate-#-1'],
      ...['NetworkPolicy/ideas', 'PodDisruptionBudget/ideas-evaluator', 'PodDisruptionBudget/ideas-generator'],
      ...['Service/ideas-api', 'Service/ideas-evaluator', 'Service/ideas-generator'],
      ...['ServiceAccount/ideas-evaluator', 'ServiceAccount/ideas-generator'],
    ]);
    const { status } = await get();
    expect(status).toMatchObject({ summary: 'evaluator 1/1, generator 1/1', image: 'nireon/runtime:1', migration: { schemaVersion: 7 } });
    expect(await condition('SchemaMigrated')).toMatchObject({ status: 'True', message: 'the schema is at version 7' });
    expect(await condition('Stalled')).toMatchObject({ status: 'False' });
    expect(await condition('Reconciling')).toMatchObject({ status: 'False' });
    expect(await condition('Available')).toMatchObject({ status: 'True' });
    await settled();
  }, 60_000);

  it('writes nothing when the same is applied again, or children are as wanted', async () => {
    await ready();
    await settled();
    await apply({});
    await nothingWritten();
  }, 60_000);

  const rolled = (...roles: string[]): readonly string[] => [
    ...roles.flatMap((role) => [`ControllerRevision/ideas-${role}-#`, `Deployment/ideas-${role}`]),
    'Job/ideas-migrate-#-1',
  ];
  const edits: readonly (readonly [string, Json, readonly string[]])[] = [
    ['replicas', { roles: { generator: { replicas: 2 }, evaluator: {} } }, ['Deployment/ideas-generator']],
    ['concurrency', { roles: { generator: {}, evaluator: { concurrency: 3 } } }, ['ConfigMap/ideas-evaluator-#', ...rolled('evaluator')]],
    ['maxDisrupted', { roles: { generator: { maxDisrupted: '50%' }, evaluator: {} } }, ['PodDisruptionBudget/ideas-generator']],
    [
      'what a role asks for',
      { roles: { generator: { resources: { requests: { cpu: '1' } } }, evaluator: {} } },
      ['ControllerRevision/ideas-generator-#', 'Deployment/ideas-generator'],
    ],
    [
      'annotations of the ServiceAccount',
      { roles: { generator: { serviceAccount: { annotations: { a: 'b' } } }, evaluator: {} } },
      ['ServiceAccount/ideas-generator'],
    ],
    ['the image', { image: { name: 'nireon/runtime:2' } }, rolled('evaluator', 'generator')],
    ['who may use the API', { networkPolicy: { ingressFrom: [{ podSelector: {} }] } }, ['NetworkPolicy/ideas']],
    ['the role of the API', { api: { role: 'generator' } }, ['Service/ideas-api']],
    [
      'a setting of the runtime',
      { config: { limits: { session: { llmCalls: 5 } } } },
      ['ConfigMap/ideas-evaluator-#', 'ConfigMap/ideas-generator-#', ...rolled('evaluator', 'generator')],
    ],
    [
      'rules',
      { rules: { inline: 'version: nireon.rules/v1' } },
      ['ConfigMap/ideas-evaluator-#', 'ConfigMap/ideas-generator-#', 'ConfigMap/ideas-rules-#', ...rolled('evaluator', 'generator')],
    ],
  ];
  /** What serves, and neither the records of what did nor what was checked. */
  const serving = (all: ReadonlyMap<string, string>): string =>
    JSON.stringify([...all].filter(([name]) => !/^(ControllerRevision|ConfigMap|Job)/.test(name)).sort());
  it.each(edits)(
    'an edit of %s changes the children that it concerns, and no other',
    async (_, spec, changed) => {
      await ready();
      await settled();
      const before = await children();
      await apply(spec);
      await until('the edit is rolled out', isTold('AllRolesReady'));
      await settled();
      const after = await children();
      const differing = [...after].filter(([name, applied]) => before.get(name) !== applied).map(([name]) => plain(name));
      expect(differing.sort()).toEqual([...changed].sort());
      // Without a name it would keep the image that it runs.
      await apply({ image: { name: 'nireon/runtime:1' } });
      await until('the old spec is rolled out', isTold('AllRolesReady'));
      await until('everything is as it was', async () => serving(await children()) === serving(before));
      expect([...(await children()).keys()]).toEqual(expect.arrayContaining([...before.keys()].filter((name) => !name.startsWith('Job/'))));
    },
    60_000,
  );

  it('says what is missing, goes on as soon as it is there, and restarts pods when it changes', async () => {
    await apply({});
    await until('the missing Secret is told', isTold('SecretMissing'));
    expect(await condition('Ready')).toMatchObject({ message: `Secret ${namespace}/db does not exist; create it` });
    await secret('db', ['url']);
    await until('the missing key is told', isTold('SecretKeyMissing'));
    expect(await condition('Ready')).toMatchObject({ message: `Secret ${namespace}/db has no key "uri"; add it` });
    expect([...(await children()).keys()]).toEqual([]);
    const patch = (stringData: Json): Promise<unknown> =>
      client.request({
        ...{ method: 'PATCH', path: objectPath(kinds.secret, { namespace, name: 'db' }), contentType: 'application/merge-patch+json' },
        body: { stringData },
      });
    await patch({ uri: 'one' });
    await until('the instance is ready', isTold('AllRolesReady'));
    const before = (await children()).get('Deployment/ideas-generator');
    await patch({ uri: 'two' });
    await until('the pods are replaced', async () => (await children()).get('Deployment/ideas-generator') !== before);
    await until('the instance is ready again', isTold('AllRolesReady'));
    expect(JSON.stringify(await get())).not.toMatch(/"(one|two)"/);
  }, 60_000);

  it('tells once what it does and what goes wrong', async () => {
    await apply({});
    await until('the missing Secret is told', isTold('SecretMissing'));
    await secret('db', ['uri']);
    await until('the instance is ready', isTold('AllRolesReady'));
    await next('RolloutFinished');
    // Of one millisecond, some of them.
    expect((await told()).map((line) => line.split(' ').slice(0, 2).join(' ')).sort()).toEqual([
      ...['Normal MigrationPassed', 'Normal RolloutFinished', 'Normal RolloutStarted', 'Normal RolloutStarted', 'Warning SecretMissing'],
    ]);
    await apply({ roles: { generator: { replicas: 3 }, evaluator: {} } });
    await next('generator: 1 -> 3 pods');
    await apply({ rules: { inline: 'version: nireon.rules/v1' } });
    await next('RulesChanged');
    await until('the instance is ready', isTold('AllRolesReady'));
    await apply({ rules: { inline: 'version: nireon.rules/v1' } }, { 'nireon.dev/restart': 'now' });
    await next('RestartRequested');
    await until('the instance is ready', isTold('AllRolesReady'));
    await client.request({
      ...{ method: 'PATCH', path: objectPath(kinds.secret, { namespace, name: 'db' }), contentType: 'application/merge-patch+json' },
      body: { stringData: { uri: 'another' } },
    });
    await next('SecretRotated');
    await until('the instance is ready', isTold('AllRolesReady'));
    await client.request({
      ...{ method: 'PATCH', path: objectPath(kinds.service, { namespace, name: 'ideas-api' }) },
      ...{ contentType: 'application/merge-patch+json', body: { spec: { selector: { 'nireon.dev/engine': 'false' } } } },
    });
    await next('DriftRepaired Service ideas-api');
  }, 60_000);

  it('keeps its hands off a child that is not its own, and says so', async () => {
    await secret('db', ['uri']);
    await create(kinds.service, 'ideas-api', { spec: { ports: [{ port: 80 }] } });
    await apply({});
    await until('the conflict is told', isTold('OwnershipConflict'));
    expect(await condition('Stalled')).toMatchObject({ status: 'True' });
    expect((await get<KubeObject>(kinds.service, 'ideas-api')).metadata.labels).toBeUndefined();
  }, 60_000);

  it('puts back what others change in a child', async () => {
    await ready();
    await client.request({
      ...{ method: 'PATCH', path: objectPath(kinds.deployment, { namespace, name: 'ideas-generator' }) },
      ...{ contentType: 'application/merge-patch+json', body: { spec: { replicas: 7 } } },
    });
    await until('it is as wanted', async () => (await get<{ spec: Json }>(kinds.deployment, 'ideas-generator')).spec['replicas'] === 1);
  }, 60_000);

  it('is not Ready while a new revision is not, and keeps the pods of the old', async () => {
    await ready();
    simulator.becomesReady = (image) => image !== 'nireon/runtime:bad';
    await apply({ image: { name: 'nireon/runtime:bad' } });
    await until('the roll-out is told', isTold('RollingOut'));
    expect(await condition('Ready')).toMatchObject({ status: 'False' });
    expect(await condition('Available')).toMatchObject({ status: 'True' });
    await apply({ image: { name: 'nireon/runtime:1' } });
    await until('the instance is ready', isTold('AllRolesReady'));
    simulator.becomesReady = () => true;
  }, 60_000);

  it('has no pods while it is suspended, and all of them after', async () => {
    await ready();
    await apply({ suspend: true });
    await until('it is told', isTold('Suspended'));
    await next('Normal Suspended');
    await until('the pods are gone', async () => (await get()).status?.summary === 'evaluator 0/0, generator 0/0');
    await apply({});
    await until('the instance is ready', isTold('AllRolesReady'));
    await next('Normal Resumed');
  }, 60_000);

  it('removes what is no longer wanted after all else is rolled out', async () => {
    await ready({ roles: { generator: {}, evaluator: {}, spare: { mechanisms: ['sentinel'] } } });
    expect((await children()).has('Deployment/ideas-spare')).toBe(true);
    await apply({ roles: { generator: {}, evaluator: {} }, api: { enabled: false }, networkPolicy: { enabled: false } });
    await until('the rest is gone', async () => ![...(await children()).keys()].some((name) => /spare|api$|NetworkPolicy/.test(name)));
  }, 60_000);

  it('leaves nothing behind when the instance is deleted', async () => {
    await ready();
    await client.request({ method: 'DELETE', path: objectPath(nireonInstances, { namespace, name: 'ideas' }) });
    await until('everything is gone', async () => (await children()).size === 0, 30_000);
  }, 60_000);

  describe('the check before a roll-out', () => {
    afterEach(() => {
      simulator.migrates = () => ({
        exitCode: 0,
        report: { code: 'OK', message: '', retryable: false, problems: [], schema: { version: 7 } },
      });
    });
    const refuses = (code: string, message: string, problems: readonly Json[] = []): void => {
      simulator.migrates = (image) =>
        image === 'nireon/runtime:bad'
          ? { exitCode: 78, report: { code, message, retryable: code.endsWith('UNREACHABLE'), problems } }
          : { exitCode: 0, report: { code: 'OK', message: '', retryable: false, schema: { version: 7 } } };
    };
    const bad = { image: { name: 'nireon/runtime:bad' } };

    it.each([
      ['STORE_DENIED', 'PostgreSQL refused user "ideas" (28P01)', [], 'PostgresAuthFailed', true],
      ['STORE_UNREACHABLE', 'PostgreSQL at db:5432 does not answer (ECONNREFUSED)', [], 'PostgresUnreachable', false],
      ['STORE_TOO_NEW', 'the schema is at version 14', [], 'SchemaTooNew', true],
      ['BUS_UNREACHABLE', 'no broker of kafka:9092 answered (ENOTFOUND)', [], 'KafkaUnreachable', false],
      ['BUS_TOPIC_MISSING', 'Kafka has no topic ideas.signals', [], 'TopicMissing', true],
      [
        'RULES_INVALID',
        'rules.yaml:14: assess is unknown',
        [{ path: 'rules.yaml:14', message: 'assess is unknown' }],
        'RulesInvalid',
        true,
      ],
      [
        'CONFIG_INVALID',
        'generator: limits.sesion: is not known',
        [{ path: 'generator: limits.sesion', message: 'is not known' }],
        'ConfigInvalid',
        true,
      ],
    ] as const)(
      'of %s keeps what runs, and tells it',
      async (code, told, problems, reason, stalled) => {
        await ready();
        await settled();
        const before = serving(await children());
        refuses(code, told, problems);
        await apply(bad);
        await until('it is told', isTold(reason));
        expect((await condition('Ready'))!.message).toContain(told);
        expect(await condition('Stalled')).toMatchObject({ status: stalled ? 'True' : 'False' });
        expect(await condition('Available')).toMatchObject({ status: 'True' });
        expect(await condition('SchemaMigrated')).toMatchObject({ status: 'False' });
        await settled();
        expect(serving(await children())).toBe(before);
        await apply({ image: { name: 'nireon/runtime:1' } });
        await until('the instance is ready', isTold('AllRolesReady'));
      },
      60_000,
    );

    it('of a first spec lets no pod start, and the next one in when it is corrected', async () => {
      refuses('STORE_DATABASE_MISSING', 'the server has no database "ideas"');
      await secret('db', ['uri']);
      await apply(bad);
      await until('it is told', isTold('PostgresDatabaseMissing'));
      expect([...(await children()).keys()].filter((name) => name.startsWith('Deployment'))).toEqual([]);
      expect((await get()).status?.summary).toBe('evaluator 0/1, generator 0/1');
      await apply({ image: { name: 'nireon/runtime:1' } });
      await until('the instance is ready', isTold('AllRolesReady'));
    }, 60_000);

    it('tries again by itself what may pass the second time', async () => {
      await ready();
      refuses('BUS_UNREACHABLE', 'no broker answered');
      await apply(bad);
      await until('it is told', isTold('KafkaUnreachable'));
      simulator.migrates = () => ({ exitCode: 0, report: { code: 'OK', message: '', retryable: false, schema: { version: 8 } } });
      await until('the instance is ready', isTold('AllRolesReady'), 30_000);
      expect((await get()).status?.migration).toMatchObject({ schemaVersion: 8 });
    }, 60_000);

    it('changes nothing where the schema is migrated by hand, and says what to run', async () => {
      await ready();
      refuses('STORE_TOO_OLD', 'the schema is at version 7, and 8 is needed');
      await apply({ ...bad, migrations: { policy: 'Manual' } });
      await until('it is told', isTold('MigrationRequired'));
      expect(await condition('SchemaMigrated')).toMatchObject({ status: 'False', reason: 'Manual' });
      expect((await condition('Ready'))!.message).toContain('run nireon migrate');
      const jobs = (await client.request({ method: 'GET', path: collectionPath(kinds.job, namespace) })) as { items: KubeObject[] };
      expect(JSON.stringify(jobs.items.at(-1))).toContain('"--check"');
    }, 60_000);
  });

  it('goes back to what ran before when a revision does not become ready in time, where that is wanted', async () => {
    const rollout = { onFailure: 'Rollback', progressDeadlineSeconds: 30 };
    await ready({ rollout });
    simulator.becomesReady = (image) => image !== 'nireon/runtime:slow';
    const stable = (await get()).status!.roles!['generator']!.revision;
    await apply({ rollout, image: { name: 'nireon/runtime:slow' } });
    await until('it is told', isTold('ProgressDeadlineExceeded'), 60_000);
    await until('the old revision serves', async () => (await get()).status!.roles!['generator']!.revision === stable);
    await until('it says so', async () => (await condition('RolledBack'))?.status === 'True');
    expect(await condition('Stalled')).toMatchObject({ status: 'True' });
    expect(await condition('Available')).toMatchObject({ status: 'True' });
    simulator.becomesReady = () => true;
    await apply({ rollout, image: { name: 'nireon/runtime:2' } });
    await until('the instance is ready', isTold('AllRolesReady'));
    expect(await condition('RolledBack')).toBeUndefined();
  }, 120_000);
});
