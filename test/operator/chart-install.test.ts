import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKubeClient, type KubeClient } from '../../operator/kube/client.ts';
import { isKubeError } from '../../operator/kube/kube-error.ts';
import { chart, render, type Rendered } from '../support/chart.ts';
import { kubeConfigOf } from '../support/kube-fault-proxy.ts';
import { until } from '../support/until.ts';
import { type ControlPlane, findControlPlane, startControlPlane } from '../testbed/control-plane.ts';
import { findHelm, runHelm } from '../testbed/helm.ts';

const whereBuilt = findHelm() === undefined || findControlPlane() === undefined ? describe.skip : describe;

const root = join(import.meta.dirname, '../..');
const home = 'nireon-system';
const crdPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/nireoninstances.nireon.dev';
const instances = (namespace: string): string => `/apis/nireon.dev/v1alpha1/namespaces/${namespace}/nireoninstances`;

/** As little of a definition as these tests need, where the chart ships none. */
const definition = (version: string): string =>
  JSON.stringify({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'nireoninstances.nireon.dev', annotations: { 'nireon.dev/crd-version': version } },
    spec: {
      group: 'nireon.dev',
      scope: 'Namespaced',
      names: { kind: 'NireonInstance', plural: 'nireoninstances', singular: 'nireoninstance', shortNames: ['nri'] },
      versions: [
        {
          ...{ name: 'v1alpha1', served: true, storage: true, subresources: { status: {} } },
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: {
                spec: {
                  type: 'object',
                  'x-kubernetes-preserve-unknown-fields': true,
                  properties: {
                    roles: {
                      type: 'object',
                      maxProperties: 8,
                      additionalProperties: {
                        type: 'object',
                        properties: { replicas: { type: 'integer' }, autoscaling: { type: 'object', maxProperties: 9 } },
                        'x-kubernetes-preserve-unknown-fields': true,
                        'x-kubernetes-validations': [{ rule: '!(has(self.replicas) && has(self.autoscaling))', message: 'not both' }],
                      },
                    },
                  },
                },
              },
            },
          },
        },
      ],
    },
  });

interface Existing {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
}
const list = async (client: KubeClient, path: string, labelSelector?: string): Promise<Existing[]> =>
  ((await client.request({ method: 'GET', path, query: { labelSelector } })) as { items: Existing[] }).items;

/** HTTP's number of the answer. */
const status = (asked: Promise<unknown>): Promise<number> =>
  asked.then(
    () => 200,
    (error: unknown) => (isKubeError(error) ? error.status : Promise.reject(error as Error)),
  );

function pathOf({ apiVersion, kind, metadata: { name, namespace } }: Rendered): string {
  const plural = `${kind.toLowerCase()}s`.replace(/ys$/, 'ies');
  const place = namespace === undefined ? '' : `/namespaces/${namespace}`;
  return `${apiVersion === 'v1' ? '/api' : '/apis'}/${apiVersion}${place}/${plural}/${name}`;
}

const labels = 'app.kubernetes.io/instance=nireon-operator';
const rbac = '/apis/rbac.authorization.k8s.io/v1';

whereBuilt('the chart, on a real API server, in a namespace that enforces Pod Security restricted', () => {
  let plane: ControlPlane;
  let admin: KubeClient;
  let folder = '';
  const clients: KubeClient[] = [];
  const helm = (...args: string[]): Promise<string> => runHelm([...args, '--namespace', home], plane.kubeconfig);

  const connect = (token: string): KubeClient => {
    const client = createKubeClient({ config: () => kubeConfigOf({ ...plane, token }), userAgent: 'test' });
    clients.push(client);
    return client;
  };
  async function tokenOf(account: string): Promise<string> {
    const path = `/api/v1/namespaces/${home}/serviceaccounts/${account}/token`;
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } };
    return ((await admin.request({ method: 'POST', path, body })) as { status: { token: string } }).status.token;
  }
  const apply = (client: KubeClient, path: string, body: unknown, query = {}): Promise<unknown> =>
    client.request({
      ...{ method: 'PATCH', path, body, contentType: 'application/apply-patch+yaml' },
      query: { fieldManager: 'test', force: true, ...query },
    });

  beforeAll(async () => {
    plane = await startControlPlane({ controllers: true });
    admin = connect(plane.token);
    for (const [name, more] of Object.entries({ [home]: { 'pod-security.kubernetes.io/enforce': 'restricted' }, research: {}, lab: {} }))
      await admin.request({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name, labels: more } } });
    folder = mkdtempSync(join(tmpdir(), 'nireon-chart-'));
    cpSync(chart, folder, { recursive: true });
    const own = readdirSync(join(folder, 'crds')).filter((file) => file.endsWith('.yaml'));
    if (own.length === 0) writeFileSync(join(folder, 'crds/nireoninstances.nireon.dev.yaml'), definition('1'));
    await helm('install', 'nireon-operator', folder);
  }, 90_000);
  afterAll(async () => {
    clients.forEach((client) => client.close());
    await plane?.stop();
    if (folder !== '') rmSync(folder, { recursive: true });
  });

  it('gets its two pods admitted, where a pod of less care is refused', async () => {
    const pods = `/api/v1/namespaces/${home}/pods`;
    await until('two pods are there', async () => (await list(admin, pods, labels)).length === 2);
    const careless = { metadata: { name: 'careless' }, spec: { containers: [{ name: 'a', image: 'a' }] } };
    expect(await status(admin.request({ method: 'POST', path: pods, body: careless }))).toBe(403);
    const test = (await render()).find(({ kind }) => kind === 'Pod')!;
    // Admission of a pod asks for its account, which helm test makes just before.
    const unnamed = { ...test, spec: { ...(test['spec'] as object), serviceAccountName: 'default' } };
    expect(await status(admin.request({ method: 'POST', path: pods, body: unnamed, query: { dryRun: 'All' } }))).toBe(200);
  });

  it('makes nothing that the API server would not take to the letter', async () => {
    const objects = await render({
      sandbox: {
        enabled: true, // One that is there: a dry run makes none for what stands in it.
        namespaces: [{ name: 'lab', for: 'research' }],
      },
      networkPolicy: { metricsFrom: [{ namespaceSelector: {} }] },
      tolerations: [{ operator: 'Exists' }],
      extraEnv: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
      resources: { limits: { cpu: 1 } },
    });
    expect(objects.length).toBeGreaterThan(20);
    for (const object of objects.filter(({ kind }) => kind !== 'Pod')) {
      await apply(admin, pathOf(object), object, { dryRun: 'All', fieldValidation: 'Strict' });
    }
  });

  it('lets the operator lead with the rights and the settings that it gives, and passes its own test against it', async () => {
    const deployments = `/apis/apps/v1/namespaces/${home}/deployments/nireon-operator`;
    const { spec } = (await admin.request({ method: 'GET', path: deployments })) as {
      spec: { template: { spec: { containers: { env: { name: string; value?: string }[] }[] } } };
    };
    const { env } = spec.template.spec.containers[0]!;
    const kubeconfig = join(folder, 'operator.kubeconfig');
    writeFileSync(kubeconfig, kubeConfigOf({ ...plane, token: await tokenOf('nireon-operator') }).exportConfig());
    const operator = spawn(join(root, 'node_modules/.bin/node'), ['--disable-warning=ExperimentalWarning', 'operator/main.ts'], {
      cwd: root,
      env: {
        ...Object.fromEntries(env.map(({ name, value = '' }) => [name, value])),
        // In place of what a pod has of its own: its fields, its token, its port.
        ...{ NIREON_NAMESPACE: home, NIREON_POD: 'pod-1', KUBECONFIG: kubeconfig, NIREON_OPS_PORT: '0', NIREON_OPS_HOST: '127.0.0.1' },
        PATH: process.env['PATH'],
      },
    });
    let said = '';
    operator.stdout.on('data', (data) => (said += String(data)));
    operator.stderr.on('data', (data) => (said += String(data)));
    const ended = new Promise((resolve) => operator.once('exit', resolve));
    try {
      await until('it leads', () => said.includes('"leading"') || operator.exitCode !== null);
      const address = /"address":"([^"]+)"/.exec(said)?.[1];
      expect(said).toContain('"leading"');

      const hooks = (await render()).filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] === 'test');
      for (const object of hooks.filter(({ kind }) => kind !== 'Pod')) await apply(admin, pathOf(object), object);
      const files = { token: join(folder, 'test.token'), ca: join(folder, 'ca.crt') };
      writeFileSync(files.token, `${await tokenOf('nireon-operator-test')}\n`);
      writeFileSync(files.ca, plane.ca);
      const pod = hooks.find(({ kind }) => kind === 'Pod')!['spec'] as { containers: { command: string[]; args: string[] }[] };
      const { command, args } = pod.containers[0]!;
      const test = spawn(join(root, 'node_modules/.bin/node'), [...command.slice(1), ...args], {
        env: {
          ...{ OPERATOR: address, API_SERVER: plane.server, NAMESPACE: home, TOKEN_FILE: files.token, NODE_EXTRA_CA_CERTS: files.ca },
          PATH: process.env['PATH'],
        },
      });
      let answer = '';
      test.stdout.on('data', (data) => (answer += String(data)));
      test.stderr.on('data', (data) => (answer += String(data)));
      const code = await new Promise((resolve) => test.once('close', resolve));
      expect(answer.trim().split('\n')).toEqual([
        'ok: an operator is ready',
        'ok: a least instance is taken',
        'ok: a wrong instance is refused',
      ]);
      expect(code).toBe(0);
    } finally {
      operator.kill('SIGTERM');
      await ended;
    }
    const lease = `/apis/coordination.k8s.io/v1/namespaces/${home}/leases/nireon-operator`;
    expect(await admin.request({ method: 'GET', path: lease })).toMatchObject({ spec: { holderIdentity: '' } });
  });

  it('lets the operator do its work and no more', async () => {
    const operator = connect(await tokenOf('nireon-operator'));
    await admin.request({
      ...{ method: 'POST', path: instances('research') },
      body: JSON.parse(
        '{"apiVersion":"nireon.dev/v1alpha1","kind":"NireonInstance","metadata":{"name":"ideas"},"spec":{"store":{"postgres":{"connectionSecret":{"name":"db"}}}}}',
      ),
    });
    const owner = ((await operator.request({ method: 'GET', path: `${instances('research')}/ideas` })) as { metadata: { uid: string } })
      .metadata.uid;
    const map = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps/ideas-generator`;
    const ownerReferences = [
      { apiVersion: 'nireon.dev/v1alpha1', kind: 'NireonInstance', name: 'ideas', uid: owner, controller: true, blockOwnerDeletion: true },
    ];
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'ideas-generator', ownerReferences } };
    expect(await status(apply(operator, map('research'), body))).toBe(200);
    expect(await status(operator.request({ method: 'GET', path: '/apis/apps/v1/deployments' }))).toBe(200);

    const secret = { metadata: { name: 'stolen' } };
    expect(await status(operator.request({ method: 'POST', path: '/api/v1/namespaces/research/secrets', body: secret }))).toBe(403);
    expect(await status(operator.request({ method: 'DELETE', path: `${instances('research')}/ideas` }))).toBe(403);
    expect(await status(operator.request({ method: 'GET', path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions' }))).toBe(403);
    const admins = {
      metadata: { name: 'more' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    };
    expect(await status(operator.request({ method: 'POST', path: `${rbac}/clusterrolebindings`, body: admins }))).toBe(403);
  });

  it('binds nobody to anything but the sandbox, and that where it may alone', async () => {
    await helm(
      'upgrade',
      'nireon-operator',
      folder,
      '--set-json',
      'sandbox={"enabled":true,"namespaces":[{"name":"research-sandbox","for":"research"}]}',
    );
    const operator = connect(await tokenOf('nireon-operator'));
    const bind = (namespace: string, role: string): Promise<number> =>
      status(
        operator.request({
          ...{ method: 'POST', path: `${rbac}/namespaces/${namespace}/rolebindings` },
          body: {
            metadata: { name: `ideas-${role}` },
            roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
            subjects: [{ kind: 'ServiceAccount', name: 'ideas-executor', namespace: 'research' }],
          },
        }),
      );
    // The server learns of a new role a moment after it stands.
    await until('it may bind', async () => [200, 409].includes(await bind('research-sandbox', 'nireon-sandbox-runner')));
    expect(await bind('research-sandbox', 'edit')).toBe(403);
    expect(await bind('research', 'nireon-sandbox-runner')).toBe(403);
  });

  it('leaves the definition to the operator on an upgrade, which may renew this one and no other', async () => {
    const before = (await admin.request({ method: 'GET', path: crdPath })) as Existing;
    const newer = { ...before, metadata: { name: before.metadata.name, annotations: { 'nireon.dev/crd-version': '999' } } };
    const file = readdirSync(join(folder, 'crds')).find((name) => name.endsWith('.yaml'))!;
    writeFileSync(join(folder, 'crds', file), JSON.stringify({ ...newer, status: undefined }));
    await helm('upgrade', 'nireon-operator', folder, '--reset-values');
    const served = async () =>
      ((await admin.request({ method: 'GET', path: crdPath })) as Existing).metadata.annotations?.['nireon.dev/crd-version'];
    expect(await served()).toBe(before.metadata.annotations?.['nireon.dev/crd-version']);

    const operator = connect(await tokenOf('nireon-operator'));
    const renewal: unknown = JSON.parse(readFileSync(join(folder, 'crds', file), 'utf8'));
    expect(await status(apply(operator, crdPath, renewal))).toBe(200);
    expect(await served()).toBe('999');
    expect(await status(apply(operator, crdPath.replace('nireoninstances', 'others'), renewal))).toBe(403);
    expect(await list(admin, instances('research'))).toHaveLength(1);
  });

  it('narrows its rights to the watched namespaces on an upgrade, and widens them on a rollback', async () => {
    const operator = connect(await tokenOf('nireon-operator'));
    const sees = (place: string): Promise<number> => status(operator.request({ method: 'GET', path: `/apis/apps/v1/${place}deployments` }));
    await helm('upgrade', 'nireon-operator', folder, '--set', 'watchNamespaces={research}', '--set', 'crds.upgrade=false');
    await until('it no longer sees all', async () => (await sees('')) === 403);
    await until('it sees one', async () => (await sees('namespaces/research/')) === 200);
    expect(await sees('namespaces/lab/')).toBe(403);
    const event = {
      ...{
        metadata: { name: 'leads' },
        eventTime: '2026-01-01T00:00:00.000000Z',
        type: 'Normal',
        reason: 'LeaderElection',
        action: 'Elect',
      },
      ...{ reportingController: 'nireon.dev/operator', reportingInstance: 'pod-1', regarding: { kind: 'Lease', namespace: home } },
    };
    const events = (namespace: string): string => `/apis/events.k8s.io/v1/namespaces/${namespace}/events`;
    expect(await status(operator.request({ method: 'POST', path: events(home), body: event }))).toBe(200);
    await until('it renews no more', async () => (await status(apply(operator, crdPath, { metadata: {} }))) === 403);
    await helm('rollback', 'nireon-operator');
    await until('it sees all again', async () => (await sees('')) === 200);
    expect((await list(admin, `${rbac}/namespaces/research/roles`, labels)).length).toBe(0);
  });

  it('takes all that it made with it, but the definition and the instances', async () => {
    await helm('uninstall', 'nireon-operator');
    const left = await Promise.all(
      [
        ...[`/apis/apps/v1/namespaces/${home}/deployments`, `/api/v1/namespaces/${home}/services`, `${rbac}/clusterroles`],
        ...[`${rbac}/clusterrolebindings`, `${rbac}/rolebindings`, '/apis/networking.k8s.io/v1/networkpolicies'],
        '/apis/policy/v1/poddisruptionbudgets',
      ].map((path) => list(admin, path, labels)),
    );
    // The hooks were made by hand above.
    expect(left.flat().filter(({ metadata }) => metadata.name !== 'nireon-operator-test')).toEqual([]);
    expect(await list(admin, instances('research'))).toHaveLength(1);
  });
});
