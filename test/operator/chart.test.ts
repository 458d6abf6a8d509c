import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadOperatorConfig } from '../../operator/config.ts';
import { chart, readChart, render, type Rendered, renderText } from '../support/chart.ts';
import { findHelm, runHelm } from '../testbed/helm.ts';

const whereBuilt = findHelm() === undefined ? describe.skip : describe;

const everything = {
  replicaCount: 3,
  networkPolicy: { metricsFrom: [{ namespaceSelector: { matchLabels: { team: 'monitoring' } } }] },
  podMonitor: { enabled: true, labels: { release: 'prometheus' } },
  prometheusRule: { enabled: true, labels: { release: 'prometheus' } },
  sandbox: { enabled: true, namespaces: [{ name: 'research-sandbox', for: 'research' }] },
  imagePullSecrets: [{ name: 'registry' }],
  nodeSelector: { pool: 'system' },
  tolerations: [{ key: 'system', operator: 'Exists' }],
  affinity: { nodeAffinity: {} },
  priorityClassName: 'system-cluster-critical',
  podLabels: { team: 'platform' },
  podAnnotations: { 'example.com/cost-centre': 'platform' },
  serviceAccount: { annotations: { 'example.com/cloud-role': 'nireon' } },
  extraEnv: [{ name: 'HTTPS_PROXY', value: 'http://proxy:3128' }],
};
const namespaced = { watchNamespaces: ['research', 'lab'], crds: { upgrade: false } };
const bare = {
  rbac: { create: false },
  serviceAccount: { create: false, name: 'ours' },
  ...{ networkPolicy: { enabled: false }, podDisruptionBudget: { enabled: false }, dashboards: { enabled: false } },
  serviceMonitor: { enabled: true },
};
const sets: [string, object][] = Object.entries({ default: {}, everything, namespaced, bare });

interface Container {
  readonly name: string;
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly resources: { readonly requests?: Record<string, string>; readonly limits?: Record<string, string> };
  readonly securityContext: object;
}
interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly securityContext: object;
  readonly volumes?: readonly object[];
}
const podOf = (object: Rendered): PodSpec | undefined => {
  if (object.kind === 'Pod') return object['spec'] as PodSpec;
  return (object['spec'] as { template?: { spec: PodSpec } } | undefined)?.template?.spec;
};
const kinds = (objects: readonly Rendered[]): string[] => objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);

whereBuilt('the chart', () => {
  it('passes helm lint --strict', async () => {
    expect(await runHelm(['lint', '--strict', chart])).toContain('0 chart(s) failed');
  });

  it('carries the version of the package, for the image too', () => {
    const { version } = JSON.parse(readChart('../package.json')) as { version: string };
    expect(readChart('Chart.yaml')).toMatch(`\nversion: ${version}\nappVersion: ${version}\n`);
  });

  it.each(sets)('renders what was looked at, by the values %s', async (_, values) => {
    expect(await renderText(values)).toMatchSnapshot();
  });

  describe.each(sets)('by the values %s', (_, values) => {
    let objects: Rendered[];
    beforeAll(async () => {
      objects = await render(values);
    });

    it('makes each object once, labelled, and in the namespace of the release or one that was named', () => {
      const places = objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`);
      expect(new Set(places).size).toBe(places.length);
      const cluster = ['ClusterRole', 'ClusterRoleBinding', 'Namespace'];
      for (const { kind, metadata } of objects) {
        expect(metadata.labels).toMatchObject({
          'app.kubernetes.io/name': 'nireon-operator',
          'app.kubernetes.io/instance': 'nireon-operator',
          'app.kubernetes.io/part-of': 'nireon',
          'app.kubernetes.io/managed-by': 'Helm',
          'helm.sh/chart': expect.stringMatching(/^nireon-operator-\d/) as string,
        });
        const allowed = cluster.includes(kind) ? [undefined] : ['nireon-system', 'research', 'lab', 'research-sandbox'];
        expect(allowed).toContain(metadata.namespace);
      }
    });

    it('makes pods that are not root, cannot become it, and say what they need', () => {
      const pods = objects.flatMap((object) => podOf(object) ?? []);
      expect(pods).toHaveLength(2);
      for (const pod of pods) {
        expect(pod.securityContext).toEqual({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
        for (const { securityContext, resources } of [...pod.containers, ...(pod.initContainers ?? [])]) {
          expect(securityContext).toEqual({
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          });
          expect(Object.keys(resources.requests ?? {}).sort()).toEqual(['cpu', 'memory']);
          expect(resources.limits).toHaveProperty('memory');
        }
        expect(JSON.stringify(pod)).not.toMatch(/hostPath|hostNetwork|hostPID|hostIPC|privileged"|docker\.sock/);
      }
    });
  });

  it('keeps two operators up, of which a drain takes one, and lets in its port alone', async () => {
    const objects = await render();
    const spec = (kind: string): unknown => objects.find((object) => object.kind === kind)?.['spec'];
    expect(spec('Deployment')).toMatchObject({ replicas: 2 });
    expect(spec('PodDisruptionBudget')).toMatchObject({ maxUnavailable: 1 });
    expect(spec('NetworkPolicy')).toMatchObject({ policyTypes: ['Ingress', 'Egress'], ingress: [{ ports: [{ port: 'ops' }] }] });
    const { selector } = spec('Deployment') as { selector: { matchLabels: object } };
    for (const kind of ['PodDisruptionBudget', 'NetworkPolicy', 'Service']) {
      expect(JSON.stringify(spec(kind))).toContain(JSON.stringify(selector.matchLabels));
    }
  });

  it('sets nothing in the operator that it would refuse, and what it sets arrives', async () => {
    const objects = await render({ ...namespaced, kubeApiQps: 50, logLevel: 'debug', runtimeImage: 'mine:2', maxConcurrentReconciles: 4 });
    const [operator] = podOf(objects.find(({ kind }) => kind === 'Deployment')!)!.containers;
    // What comes from the pod's own fields has no value here.
    const env = Object.fromEntries(operator!.env!.map(({ name, value = 'of-the-pod' }) => [name, value]));
    expect(loadOperatorConfig(env)).toMatchObject({
      ok: true,
      config: {
        ...{ namespace: 'of-the-pod', pod: 'of-the-pod', leaseName: 'nireon-operator', kubeApiQps: 50, logLevel: 'debug' },
        ...{ watchNamespaces: ['research', 'lab'], runtimeImage: 'mine:2', maxConcurrentReconciles: 4 },
        ops: { host: '0.0.0.0', port: 8081 },
      },
    });
  });

  it('gives rights in the watched namespaces alone, if there are any named', async () => {
    const objects = kinds(await render(namespaced));
    expect(objects.filter((name) => name.endsWith('-watched'))).toEqual([
      ...['Role nireon-operator-watched', 'Role nireon-operator-watched'],
      ...['RoleBinding nireon-operator-watched', 'RoleBinding nireon-operator-watched'],
    ]);
  });

  it('makes no rights at all where somebody else does', async () => {
    const objects = (await render(bare)).filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] === undefined);
    expect(kinds(objects)).toEqual(['Service nireon-operator', 'Deployment nireon-operator', 'ServiceMonitor nireon-operator']);
  });

  it('makes a ConfigMap of each dashboard and a PrometheusRule of each file of rules', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nireon-chart-'));
    try {
      cpSync(chart, folder, { recursive: true });
      const dashboard = { title: 'Engines', templating: '{{ instance }}' };
      const groups = [{ name: 'operator', rules: [{ alert: 'NoLeader', expr: 'x == 0', annotations: { text: '{{ $labels.pod }}' } }] }];
      writeFileSync(join(folder, 'dashboards/engines.json'), JSON.stringify(dashboard, null, 2));
      writeFileSync(join(folder, 'rules/operator.yaml'), JSON.stringify({ groups }));
      const objects = await render({ prometheusRule: { enabled: true } }, folder);
      const map = objects.find(({ metadata }) => metadata.name === 'nireon-operator-dashboard-engines')!;
      expect(JSON.parse((map['data'] as Record<string, string>)['engines.json']!)).toEqual(dashboard);
      expect(map.metadata.labels).toMatchObject({ grafana_dashboard: '1' });
      expect(objects.find(({ kind }) => kind === 'PrometheusRule')?.['spec']).toEqual({ groups });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

whereBuilt('wrong values', () => {
  it.each<[string, object, RegExp]>([
    ['an unknown key', { replicas: 3 }, /additional properties 'replicas' not allowed/],
    ['an unknown key within', { image: { name: 'x' } }, /at '\/image': additional properties 'name' not allowed/],
    ['a text for a number', { replicaCount: 'two' }, /at '\/replicaCount': got string, want integer/],
    ['fewer than no pods', { replicaCount: -1 }, /at '\/replicaCount': minimum: got -1, want 0/],
    ['more requests than the operator takes', { kubeApiQps: 20_000 }, /at '\/kubeApiQps': maximum: got 20,000, want 10,000/],
    ['a level that is none', { logLevel: 'verbose' }, /at '\/logLevel': value must be one of 'debug', 'info', 'warn', 'error'/],
    ['a namespace that can be none', { watchNamespaces: ['Research'] }, /at '\/watchNamespaces\/0': 'Research' does not match pattern/],
    ['a namespace twice', { watchNamespaces: ['a', 'a'] }, /at '\/watchNamespaces': items at 0 and 1 are equal/],
    ['an account of nobody', { serviceAccount: { create: false } }, /at '\/serviceAccount\/name': minLength: got 0, want 1/],
    ['a sandbox of nobody', { sandbox: { enabled: true, namespaces: [{ name: 'a' }] } }, /namespaces\/0': missing property 'for'/],
    ['two monitors', { podMonitor: { enabled: true }, serviceMonitor: { enabled: true } }, /everything would be counted twice; enable one/],
    [
      'a sandbox of a namespace that is not watched',
      { watchNamespaces: ['lab'], sandbox: { enabled: true, namespaces: [{ name: 'a', for: 'research' }] } },
      /a is for namespace research, which is not in watchNamespaces/,
    ],
  ])('are refused by their place: %s', async (_, values, message) => {
    await expect(renderText(values)).rejects.toThrow(message);
  });
});
