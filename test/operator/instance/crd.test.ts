import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { crdYaml, customResourceDefinition, nireonInstances } from '../../../operator/crd.ts';
import { specSchema } from '../../../operator/instance/spec.ts';
import { createKubeClient, type KubeClient } from '../../../operator/kube/client.ts';
import { collectionPath, objectPath } from '../../../operator/kube/resource.ts';
import { crds } from '../../support/kinds.ts';
import { kubeConfigOf } from '../../support/kube-fault-proxy.ts';
import { until } from '../../support/until.ts';
import { type ControlPlane, findControlPlane, startControlPlane } from '../../testbed/control-plane.ts';

type Json = Readonly<Record<string, unknown>>;
interface Change {
  readonly metadata?: Json;
  readonly spec?: Json;
}
const store = { postgres: { connectionSecret: { name: 'db' } } };
const lag = { autoscaling: { maxReplicas: 5, kafkaLag: {} } };
const kafka = { kafka: { bootstrapServers: ['kafka:9092'] } };
const models = { main: { provider: 'openai', model: 'm' } };

/** Each rule: what it lets pass, what it refuses, and what the user reads. */
const rules: Readonly<Record<string, { passes: Change; refuses: Change; says: string }>> = {
  V1: {
    passes: { metadata: { name: 'a'.repeat(40) } },
    refuses: { metadata: { name: 'a'.repeat(41) } },
    says: 'metadata.name must start with a letter and have at most 40 letters, digits or hyphens',
  },
  'V2, roles': {
    passes: { spec: { roles: { generator: {}, evaluator: {}, janitor2: { mechanisms: ['sentinel'] } } } },
    refuses: { spec: { roles: { api: { mechanisms: ['sentinel'] } } } },
    says: 'a role is named by a letter and at most 19 letters or digits more',
  },
  'V2, models': {
    passes: { spec: { llm: { models } } },
    refuses: { spec: { llm: { models: { 'gpt-4o': models.main } } } },
    says: 'a model is named by a letter and at most 19 letters or digits more',
  },
  V3: {
    passes: { spec: { roles: { generator: {}, evaluator: {}, own: { mechanisms: ['sentinel'] } } } },
    refuses: { spec: { roles: { generator: {}, evaluator: {}, own: {} } } },
    says: 'a role of your own must list its mechanisms',
  },
  V4: {
    passes: { spec: { roles: { generator: { replicas: 3 }, evaluator: { autoscaling: { maxReplicas: 5, cpu: { utilization: 70 } } } } } },
    refuses: { spec: { roles: { generator: { replicas: 3, autoscaling: { maxReplicas: 5, cpu: { utilization: 70 } } } } } },
    says: 'set replicas or autoscaling, not both',
  },
  V5: {
    passes: { spec: { roles: { generator: { autoscaling: { minReplicas: 5, maxReplicas: 5, cpu: { utilization: 70 } } } } } },
    refuses: { spec: { roles: { generator: { autoscaling: { minReplicas: 6, maxReplicas: 5, cpu: { utilization: 70 } } } } } },
    says: 'minReplicas must not exceed maxReplicas',
  },
  V6: {
    passes: { spec: { roles: { generator: { autoscaling: { maxReplicas: 5, cpu: { utilization: 70 } } } } } },
    refuses: { spec: { roles: { generator: { autoscaling: { maxReplicas: 5 } } } } },
    says: 'set cpu, kafkaLag or both',
  },
  V7: {
    passes: { spec: { bus: kafka, roles: { generator: { autoscaling: { ...lag.autoscaling, minReplicas: 0 } } } } },
    refuses: { spec: { roles: { generator: { autoscaling: { minReplicas: 0, maxReplicas: 5, cpu: { utilization: 70 } } } } } },
    says: 'only kafkaLag can start from zero',
  },
  V8: {
    passes: { spec: { bus: kafka, roles: { generator: lag } } },
    refuses: { spec: { roles: { generator: lag } } },
    says: 'kafkaLag needs bus.kafka',
  },
  V11: {
    passes: { spec: { llm: { models, routes: [{ models: ['main'] }] } } },
    refuses: { spec: { llm: { models, routes: [{ models: ['main', 'other'] }] } } },
    says: 'a route names an unknown model',
  },
  V12: {
    passes: { spec: { sandbox: { kubernetes: { namespace: 'box' } }, roles: { generator: {}, evaluator: {}, executor: {} } } },
    refuses: { spec: { sandbox: { kubernetes: { namespace: 'box' } } } },
    says: 'sandbox needs a role named executor',
  },
  V13: {
    passes: { spec: { rules: { configMapRef: { name: 'mine' } } } },
    refuses: { spec: { rules: { inline: 'version: nireon.rules/v1', configMapRef: { name: 'mine' } } } },
    says: 'set inline or configMapRef',
  },
  V14: {
    passes: { spec: { api: { role: 'evaluator' } } },
    refuses: { spec: { api: { role: 'janitor' } } },
    says: 'api.role is not one of the roles',
  },
  V15: {
    passes: { spec: { rollout: { maxSurge: 0, maxUnavailable: '50%' } } },
    refuses: { spec: { rollout: { maxSurge: '0%', maxUnavailable: 0 } } },
    says: 'maxSurge and maxUnavailable cannot both be 0',
  },
};

/** What the bounds refuse; the path of the field stands in the answer. */
const bounds: Readonly<Record<string, Json>> = {
  'spec.roles.generator.replicas': { roles: { generator: { replicas: 501 } } },
  'spec.roles.generator.concurrency': { roles: { generator: { concurrency: 0 } } },
  'spec.roles.generator.maxDisrupted': { roles: { generator: { maxDisrupted: '101%' } } },
  'spec.roles.generator.resources.requests.cpu': { roles: { generator: { resources: { requests: { cpu: 'much' } } } } },
  'spec.bus.kafka.bootstrapServers': { bus: { kafka: { bootstrapServers: [] } } },
  'spec.bus.kafka.bootstrapServers[0]': { bus: { kafka: { bootstrapServers: ['kafka'] } } },
  'spec.bus.kafka.sasl.passwordSecret': { bus: { kafka: { bootstrapServers: ['k:1'], sasl: { mechanism: 'PLAIN', username: 'u' } } } },
  'spec.store.postgres.connectionSecret': { store: { postgres: {} } },
  'spec.store.postgres.schema': { store: { postgres: { ...store.postgres, schema: 'No-Schema' } } },
  'spec.secretEnv[0].name': { secretEnv: [{ name: 'PATH', secret: { name: 'a', key: 'b' } }] },
  'spec.observability.logLevel': { observability: { logLevel: 'loud' } },
  'spec.rollout.onFailure': { rollout: { onFailure: 'Panic' } },
};

describe('the CustomResourceDefinition', () => {
  it.each(['crds', 'helm/crds'])('in %s is that of operator/instance; "make crds" writes it', (folder) => {
    const file = new URL(`../../../${folder}/nireoninstances.nireon.dev.yaml`, import.meta.url);
    expect(readFileSync(file, 'utf8')).toBe(crdYaml());
  });

  it('is small enough for a plain apply, which keeps a copy of it in an annotation', () => {
    expect(Buffer.byteLength(crdYaml())).toBeLessThan(64 * 1024);
    expect(parse(crdYaml())).toEqual(JSON.parse(JSON.stringify(customResourceDefinition())));
  });

  it('says of every field what it is, and bounds every text, list and map', () => {
    const lacking: string[] = [];
    const walk = (path: string, node: Record<string, unknown>): void => {
      if (typeof node['description'] !== 'string' && path !== '.metadata') lacking.push(`${path}: no description`);
      const bounded = node['maxLength'] ?? node['enum'] ?? node['format'] ?? node['x-kubernetes-int-or-string'];
      if (node['type'] === 'string' && bounded === undefined && !/\.(apiVersion|kind)$/.test(path)) lacking.push(`${path}: no maxLength`);
      if (node['type'] === 'array' && node['maxItems'] === undefined) lacking.push(`${path}: no maxItems`);
      if (node['type'] === 'integer' && (node['minimum'] === undefined || (node['maximum'] ?? node['format']) === undefined))
        lacking.push(`${path}: no bounds`);
      if (node['additionalProperties'] !== undefined) {
        if (node['maxProperties'] === undefined) lacking.push(`${path}: no maxProperties`);
        walk(`${path}.*`, node['additionalProperties'] as Record<string, unknown>);
      }
      if (node['items'] !== undefined) walk(`${path}[]`, node['items'] as Record<string, unknown>);
      for (const [key, child] of Object.entries((node['properties'] ?? {}) as Record<string, Record<string, unknown>>)) {
        walk(`${path}.${key}`, child);
      }
    };
    const { versions } = customResourceDefinition()['spec'] as { versions: { schema: { openAPIV3Schema: Record<string, unknown> } }[] };
    walk('', versions[0]!.schema.openAPIV3Schema);
    expect(lacking).toEqual([]);
  });

  const whereBuilt = findControlPlane() === undefined ? describe.skip : describe;
  whereBuilt('on a real API server', () => {
    let plane: ControlPlane;
    let client: KubeClient;
    let count = 0;

    beforeAll(async () => {
      plane = await startControlPlane();
      client = createKubeClient({ config: () => kubeConfigOf(plane), userAgent: 'test' });
      await client.request({ method: 'POST', path: collectionPath(crds), body: customResourceDefinition() });
      const place = objectPath(crds, { name: 'nireoninstances.nireon.dev' });
      await until('the resource is served', async () => {
        const { status } = (await client.request({ method: 'GET', path: place })) as {
          status?: { conditions?: { type: string; status: string; message: string }[] };
        };
        const is = (type: string): boolean => status?.conditions?.some((one) => one.type === type && one.status === 'True') ?? false;
        expect(status?.conditions?.filter(({ type }) => type === 'NonStructuralSchema') ?? []).toEqual([]);
        return is('Established');
      });
    }, 60_000);
    afterAll(async () => {
      client?.close();
      await plane?.stop();
    });

    const instance = ({ metadata, spec }: Change) => ({
      ...{ apiVersion: 'nireon.dev/v1alpha1', kind: nireonInstances.kind },
      metadata: { namespace: 'default', name: `i${count++}`, ...metadata },
      spec: { store, ...spec },
    });
    const create = (change: Change): Promise<unknown> =>
      client.request({ method: 'POST', path: collectionPath(nireonInstances, 'default'), body: instance(change) });
    const refusal = async (change: Change): Promise<string> => {
      try {
        await create(change);
      } catch (error) {
        return (error as Error).message;
      }
      return '';
    };

    it.each(Object.entries(rules))('%s lets pass what keeps it, and refuses what breaks it', async (_, { passes, refuses, says }) => {
      await create(passes);
      expect(await refusal(refuses)).toContain(says);
    });

    it.each([
      ['V9', { store: { postgres: { ...store.postgres, schema: 'mine' } } }, 'schema cannot change: data is in it'],
      ['V10', { bus: { kafka: { ...kafka.kafka, topicPrefix: 'mine' } } }, 'topicPrefix cannot change: others use its inbox'],
    ])('%s holds once the instance is there', async (_, spec, says) => {
      const edit = async (from: Json, to: Json): Promise<string> => {
        const made = (await create({ spec: { bus: kafka, ...from } })) as { metadata: { name: string; resourceVersion: string } };
        const path = objectPath(nireonInstances, { namespace: 'default', name: made.metadata.name });
        const body = { ...instance({ metadata: made.metadata, spec: { bus: kafka, ...to } }) };
        try {
          await client.request({ method: 'PUT', path, body });
          return '';
        } catch (error) {
          return (error as Error).message;
        }
      };
      expect(await edit(spec, { ...spec, suspend: true })).toBe('');
      expect(await edit({}, spec)).toContain(says);
      expect(await edit(spec, {})).toContain(says);
      expect(await edit(spec, JSON.parse(JSON.stringify(spec).replaceAll('mine', 'other')) as Json)).toContain(says);
    });

    it.each(Object.entries(bounds))('names %s where it is out of bounds', async (path, spec) => {
      expect(await refusal({ spec })).toContain(
        path
          .replace('roles.generator', 'roles[generator]')
          .split('.')
          .at(-1)
          ?.replace(/\[\d\]$/, ''),
      );
      expect(specSchema.safeParse({ store, ...spec }).success).toBe(false);
    });

    it('takes every example of docs/custom-resource.md, and the operator parses it', async () => {
      const text = readFileSync(new URL('../../../docs/custom-resource.md', import.meta.url), 'utf8');
      const examples = [...text.matchAll(/<!-- example -->\n\n```yaml\n([^]*?)```/g)].map(([, yaml]) => parse(yaml!) as { spec: Json });
      expect(examples.length).toBeGreaterThanOrEqual(3);
      for (const { spec } of examples) {
        const made = (await create({ spec })) as { spec: unknown };
        expect(made.spec).toEqual(specSchema.parse(spec));
      }
    });

    it('fills in the defaults that the operator parses, and nothing that it does not', async () => {
      const least = (await create({})) as { spec: unknown };
      expect(least.spec).toEqual(specSchema.parse({ store }));
      const full = {
        bus: kafka,
        roles: { generator: lag },
        llm: { models },
        embeddings: {},
        sandbox: undefined,
        config: { limits: { any: 1 } },
      };
      const made = (await create({ spec: full })) as { spec: unknown };
      expect(made.spec).toEqual(specSchema.parse(JSON.parse(JSON.stringify({ store, ...full }))));
    });
  });
});
