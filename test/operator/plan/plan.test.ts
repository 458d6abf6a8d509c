import fc from 'fast-check';
import { parse } from 'yaml';
import { nireonInstances } from '../../../operator/crd.ts';
import { specSchema } from '../../../operator/instance/spec.ts';
import { kinds } from '../../../operator/kinds.ts';
import type { KubeObject } from '../../../operator/kube/resource.ts';
import { planFor } from '../../../operator/plan/plan.ts';
import { podView } from '../../../operator/plan/pods.ts';
import { configMapsOf, secretsOf } from '../../../operator/plan/references.ts';
import type { Child, Snapshot } from '../../../operator/plan/snapshot.ts';
import { loadRuntimeConfig } from '../../../runtime/config.ts';
import { instanceSpecs } from '../../support/instance-specs.ts';

type Json = Readonly<Record<string, unknown>>;
const secretValue = 'hunter2-and-more';

/** A snapshot in which everything that the spec refers to is there. */
function snapshotOf(spec: unknown, more: Partial<Snapshot> = {}): Snapshot {
  const parsed = specSchema.safeParse(spec);
  const secrets = parsed.success ? [...secretsOf(parsed.data)].map(([name, keys]) => [name, { keys, digest: 'd' }] as const) : [];
  const maps = parsed.success ? configMapsOf(parsed.data).map((name) => [name, { 'mine.yaml': 'version: nireon.rules/v1' }] as const) : [];
  return {
    now: '2026-01-01T00:00:00Z',
    instance: { metadata: { namespace: 'research', name: 'ideas', uid: 'uid-1', generation: 1 }, spec },
    ...{ children: [], pods: [], secrets: new Map(secrets), configMaps: new Map(maps), settings: { runtimeImage: 'nireon/runtime:1' } },
    ...more,
  };
}

/** A cluster as simple as one can be: what is written is there as it was written, Deployments are rolled out and Jobs pass at once. */
function carriedOut(snapshot: Snapshot): Snapshot {
  const { stages, status } = planFor(snapshot);
  const children = new Map(snapshot.children.map((child) => [`${child.kind.kind}/${child.object.metadata.name}`, child]));
  for (const { apply, remove } of stages) {
    for (const { manifest } of apply) {
      const { kind, object } = manifest;
      const key = `${kind.kind}/${object.metadata.name}`;
      const generation = (children.get(key)?.object.metadata.generation ?? 0) + 1;
      const metadata = { ...object.metadata, uid: `uid-${key}`, resourceVersion: '1', generation };
      const { replicas = 1 } = (object['spec'] ?? {}) as { replicas?: number };
      const conditions = [{ type: 'Progressing', reason: 'NewReplicaSetAvailable' }];
      const counts = { replicas, readyReplicas: replicas, updatedReplicas: replicas };
      const passed = { status: { conditions: [{ type: 'Complete', status: 'True' }] } };
      const rolledOut = { status: { observedGeneration: generation, ...counts, conditions } };
      const done = kind === kinds.deployment ? rolledOut : kind === kinds.job ? passed : {};
      children.set(key, { kind, object: { ...object, ...done, metadata } });
    }
    for (const { kind, name } of remove) children.delete(`${kind.kind}/${name}`);
  }
  return { ...snapshot, instance: { ...snapshot.instance, status }, children: [...children.values()] };
}

/** What serves: without the records of what was, and the ConfigMaps that those need. */
const contents = ({ children }: Snapshot): Record<string, unknown> =>
  Object.fromEntries(
    children
      .filter(({ kind }) => kind !== kinds.controllerRevision && kind !== kinds.configMap && kind !== kinds.job)
      .map(({ kind, object: { metadata, status: _status, ...body } }) => {
        const { resourceVersion: _version, generation: _generation, annotations = {}, ...kept } = metadata;
        const { 'nireon.dev/generation': _written, ...own } = annotations;
        return [`${kind.kind}/${metadata.name}`, { ...body, metadata: { ...kept, annotations: own } }] as const;
      })
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

function fixedPoint(snapshot: Snapshot): Snapshot {
  let now = snapshot;
  for (let round = 0; round < 8; round++) {
    const next = carriedOut(now);
    if (planFor(next).stages.every(({ apply, remove }) => apply.length + remove.length === 0)) {
      return { ...next, instance: { ...next.instance, status: planFor(next).status } };
    }
    now = next;
  }
  throw new Error(`no fixed point: ${JSON.stringify(planFor(now).stages)}`);
}

const readyOf = ({ instance }: Snapshot) => instance.status?.conditions?.find(({ type }) => type === 'Ready');

describe('the plan', () => {
  it('comes to a fixed point for any spec, Ready unless it is suspended or not wanted by the operator', () => {
    fc.assert(
      fc.property(instanceSpecs, (spec) => {
        const end = fixedPoint(snapshotOf(spec));
        if (spec['paused'] === true) {
          expect(end.children).toEqual([]);
          return;
        }
        const wanted = spec['suspend'] === true ? { status: 'False', reason: 'Suspended' } : { status: 'True', reason: 'AllRolesReady' };
        expect(readyOf(end)).toMatchObject(wanted);
      }),
      { numRuns: 200 },
    );
  });

  it('brings back the same children, byte for byte, when an edit is taken back', () => {
    const running = instanceSpecs.map((spec) => ({ ...spec, paused: false, suspend: false, image: { name: 'nireon/runtime:1' } }));
    fc.assert(
      fc.property(running, running, (first, second) => {
        const edit = (from: Snapshot, spec: unknown, generation: number): Snapshot => {
          const { secrets, configMaps } = snapshotOf(spec);
          const metadata = { ...from.instance.metadata, generation };
          return fixedPoint({ ...from, secrets, configMaps, instance: { ...from.instance, metadata, spec } });
        };
        const before = fixedPoint(snapshotOf(first));
        const back = edit(edit(before, second, 2), first, 3);
        expect(contents(back)).toEqual(contents(before));
        // What is on record of the first is there as it was.
        const names = new Set(back.children.map(({ kind, object }) => `${kind.kind}/${object.metadata.name}`));
        const kept = before.children.filter(({ kind }) => kind !== kinds.job);
        expect(kept.filter(({ kind, object }) => !names.has(`${kind.kind}/${object.metadata.name}`))).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it('writes settings that the runtime takes', () => {
    fc.assert(
      fc.property(instanceSpecs, (spec) => {
        const end = fixedPoint(snapshotOf({ ...spec, paused: false, suspend: false }));
        const maps = end.children.filter(({ object }) => (object['data'] as Json | undefined)?.['nireon.yaml'] !== undefined);
        expect(maps.length).toBeGreaterThan(1);
        for (const { object } of maps) {
          const role = object.metadata.labels!['app.kubernetes.io/component']!;
          const deployment = end.children.find(
            ({ kind, object }) => kind === kinds.deployment && object.metadata.name === `ideas-${role}`,
          )!;
          const { template } = deployment.object['spec'] as { template: { spec: { containers: { env: { name: string }[] }[] } } };
          const values: Readonly<Record<string, string>> = { NIREON_STORE_POSTGRES_URL: 'postgres://user:secret@db/ideas' };
          const env = Object.fromEntries(
            template.spec.containers[0]!.env.filter(({ name }) => /^(NIREON|LLM)_/.test(name)).map(({ name }) => [
              name,
              values[name] ?? 'a-secret',
            ]),
          );
          const text = (object['data'] as Record<string, string>)['nireon.yaml']!;
          const loaded = loadRuntimeConfig({ env, overrides: [{ name: 'nireon.yaml', value: parse(text) as unknown }] });
          expect(loaded).toMatchObject({ ok: true });
        }
      }),
      { numRuns: 200 },
    );
  });

  it('never throws, and says what it does not understand, whatever is stored', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.anything(), fc.record({ store: fc.anything(), roles: fc.anything(), podTemplate: fc.anything() })),
        (spec) => {
          const { stages, status } = planFor(snapshotOf(spec));
          expect(stages).toEqual([]);
          expect(status.conditions?.find(({ type }) => type === 'Stalled')).toMatchObject({ status: 'True', reason: 'UnsupportedField' });
        },
      ),
      { numRuns: 500 },
    );
    const anyTemplate = fc.record({ spec: fc.anything(), metadata: fc.anything() });
    fc.assert(
      fc.property(anyTemplate, (podTemplate) => {
        const roles = { generator: { podTemplate: JSON.parse(JSON.stringify(podTemplate)) as Json }, evaluator: {} };
        expect(() => planFor(snapshotOf({ store: { postgres: { connectionSecret: { name: 'db' } } }, roles }))).not.toThrow();
      }),
      { numRuns: 500 },
    );
  });

  const store = { postgres: { connectionSecret: { name: 'db' } } };
  it.each([
    ['a setting that has a field', { config: { worker: { concurrency: 3 } } }, 'InvalidSpec', 'spec.config.worker.concurrency'],
    ['a port of its own', { config: { api: { port: 1 } } }, 'InvalidSpec', 'spec.config.api.port'],
    [
      'a variable that has a field',
      { secretEnv: [{ name: 'NIREON_API_TOKEN', secret: { name: 'a', key: 'b' } }] },
      'InvalidSpec',
      'NIREON_API_TOKEN',
    ],
    ['a sandbox', { sandbox: { kubernetes: { namespace: 'box' } }, roles: { executor: {} } }, 'UnsupportedField', 'spec.sandbox'],
    [
      'the network of the node',
      { roles: { generator: { podTemplate: { spec: { hostNetwork: true } } } } },
      'InvalidSpec',
      'spec.hostNetwork',
    ],
    [
      'a folder of the node',
      { roles: { generator: { podTemplate: { spec: { volumes: [{ name: 'a', hostPath: {} }] } } } } },
      'InvalidSpec',
      'hostPath',
    ],
    [
      'a privileged sidecar',
      { roles: { generator: { podTemplate: { spec: { containers: [{ name: 'a', securityContext: { privileged: true } }] } } } } },
      ...['InvalidSpec', 'a privileged container'],
    ],
    [
      'another image for the engine',
      { roles: { generator: { podTemplate: { spec: { containers: [{ name: 'engine', image: 'x' }] } } } } },
      ...['InvalidSpec', 'image of the engine'],
    ],
    [
      'a label of ours',
      { roles: { generator: { podTemplate: { metadata: { labels: { 'nireon.dev/role': 'x' } } } } } },
      'InvalidSpec',
      'label nireon.dev/role',
    ],
  ] as const)('says that it does not take %s, and leaves everything as it is', (_, spec, reason, told) => {
    const { stages, status } = planFor(snapshotOf({ store, ...spec }));
    expect(stages).toEqual([]);
    const stalled = status.conditions?.find(({ type }) => type === 'Stalled');
    expect(stalled).toMatchObject({ status: 'True', reason });
    expect(stalled?.message).toContain(told);
    expect(status.conditions?.find(({ type }) => type === 'Reconciling')).toMatchObject({ status: 'False' });
  });

  it('is never Ready for a generation whose pods are not there', () => {
    const done = fixedPoint(snapshotOf({ store }));
    const edited = {
      ...done,
      instance: {
        ...done.instance,
        metadata: { ...done.instance.metadata, generation: 2 },
        spec: { store, config: { retention: { sessionsDays: 9 } } },
      },
    };
    const { status } = planFor(edited);
    expect(status.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({
      status: 'False',
      reason: 'RollingOut',
      observedGeneration: 2,
    });
  });

  it('writes nothing for an instance that is older than what was written for it', () => {
    const done = fixedPoint(
      snapshotOf(
        { store },
        { instance: { metadata: { namespace: 'research', name: 'ideas', uid: 'uid-1', generation: 5 }, spec: { store } } },
      ),
    );
    const old = {
      ...done,
      instance: { ...done.instance, metadata: { ...done.instance.metadata, generation: 4 }, spec: { store, suspend: true } },
    };
    const behind = planFor(old).stages;
    expect(behind).toEqual([]);
  });

  it('holds no value of a Secret', () => {
    const { stages } = planFor(snapshotOf({ store, api: { tokenSecret: { name: 'token' } } }));
    expect(JSON.stringify(stages)).not.toContain(secretValue);
    expect(
      stages.flatMap(({ apply }) => apply).every(({ manifest }) => manifest.kind !== kinds.secret && manifest.kind !== nireonInstances),
    ).toBe(true);
    const map = stages.flatMap(({ apply }) => apply).find(({ manifest }) => manifest.kind === kinds.configMap)!;
    expect(parse((map.manifest.object['data'] as Record<string, string>)['nireon.yaml']!)).not.toHaveProperty('api.token');
  });

  describe('after an upgrade of the operator', () => {
    const spec = { store, image: { name: 'nireon/runtime:1' } };
    /** As if an earlier version had made the templates otherwise, of the same inputs, and rolled them out. */
    function madeEarlier({ children, ...rest }: Snapshot): Snapshot {
      const earlier = children
        .filter(({ kind }) => kind !== kinds.deployment)
        .map(({ kind, object }): Child => {
          if (kind !== kinds.controllerRevision) return { kind, object };
          const text = JSON.stringify(object).replace('"enableServiceLinks":false', '"enableServiceLinks":true');
          const { metadata, ...body } = JSON.parse(text) as Child['object'];
          return { kind, object: { ...body, metadata: { ...metadata, name: metadata.name.replace(/[0-9a-f]{10}$/, '0123456789') } } };
        });
      return fixedPoint({ ...rest, children: earlier });
    }
    const podTemplateWrites = (snapshot: Snapshot): number =>
      planFor(snapshot)
        .stages.flatMap(({ apply }) => apply)
        .filter(({ manifest }) => manifest.kind === kinds.deployment).length;

    it('changes no pod template, and says what it would change', () => {
      const earlier = madeEarlier(fixedPoint(snapshotOf(spec)));
      expect(podTemplateWrites(earlier)).toBe(0);
      const { status } = planFor(earlier);
      expect(status.pendingRestart?.map(({ role, reason }) => [role, reason])).toEqual([
        ['evaluator', 'OperatorUpgrade'],
        ['generator', 'OperatorUpgrade'],
      ]);
      expect(status.conditions?.find(({ type }) => type === 'RestartPending')).toMatchObject({ status: 'True', reason: 'OperatorUpgrade' });
      expect(status.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({ status: 'True' });
    });

    it('changes it with the next change, or at once where that is wanted', () => {
      const earlier = madeEarlier(fixedPoint(snapshotOf(spec)));
      const edited = (more: object): Snapshot => ({
        ...earlier,
        instance: { ...earlier.instance, spec: { ...spec, ...more }, metadata: { ...earlier.instance.metadata, generation: 2 } },
      });
      for (const more of [{ config: { retention: { sessionsDays: 9 } } }, { rollout: { operatorUpgrade: 'Immediate' } }]) {
        const end = fixedPoint(edited(more));
        const templates = JSON.stringify(end.children.filter(({ kind }) => kind === kinds.deployment));
        expect(templates).not.toContain('"enableServiceLinks":true');
        expect(end.instance.status?.pendingRestart).toBeUndefined();
        expect(readyOf(end)).toMatchObject({ status: 'True' });
      }
    });

    it('keeps the image that an instance without one runs, and says so', () => {
      const done = fixedPoint(snapshotOf({ store }));
      const upgraded = { ...done, settings: { runtimeImage: 'nireon/runtime:2' } };
      expect(podTemplateWrites(upgraded)).toBe(0);
      expect(planFor(upgraded).status.pendingRestart?.[0]).toMatchObject({ reason: 'DefaultImage' });
      const immediate = {
        ...upgraded,
        instance: { ...upgraded.instance, spec: { store, rollout: { operatorUpgrade: 'Immediate' } } },
      };
      expect(fixedPoint(immediate).instance.status?.image).toBe('nireon/runtime:2');
    });
  });

  it.each([
    [
      'crash',
      {
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: { terminated: { exitCode: 1, message: '{"code":"STORE_UNREACHABLE","message":"ECONNREFUSED","retryable":true}' } },
      },
      'PodsCrashing',
      'exit 1: STORE_UNREACHABLE: ECONNREFUSED',
    ],
    [
      'are killed for memory',
      { state: { terminated: { exitCode: 137, reason: 'OOMKilled' } } },
      'OutOfMemory',
      'killed at its memory limit',
    ],
    [
      'have no image',
      { image: 'x:9', state: { waiting: { reason: 'ImagePullBackOff', message: 'not found' } } },
      'ImagePullFailed',
      'cannot pull x:9: not found',
    ],
    [
      'cannot be made',
      { state: { waiting: { reason: 'CreateContainerConfigError', message: 'secret "a" not found' } } },
      'ContainerConfigInvalid',
      'secret "a" not found',
    ],
  ] as const)('says why pods that %s are not ready', (_, container, reason, told) => {
    const done = fixedPoint(snapshotOf({ store }));
    const pod = podView({
      metadata: { namespace: 'research', name: 'ideas-generator-1', labels: { 'app.kubernetes.io/component': 'generator' } },
      status: { phase: 'Running', containerStatuses: [container] },
    } as KubeObject);
    const short = done.children.map((child) =>
      child.object.metadata.name === 'ideas-generator' && child.kind === kinds.deployment
        ? { ...child, object: { ...child.object, status: { ...(child.object['status'] as Json), readyReplicas: 0, updatedReplicas: 0 } } }
        : child,
    );
    const { status } = planFor({ ...done, children: short, pods: [pod] });
    const ready = status.conditions?.find(({ type }) => type === 'Ready');
    expect(ready).toMatchObject({ status: 'False', reason });
    expect(ready?.message).toContain(told);
  });
});
