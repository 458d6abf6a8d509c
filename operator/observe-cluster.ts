import { scryptSync } from 'node:crypto';
import type { WatchedKind } from './controller.ts';
import { itself, ownersOf } from './controller.ts';
import { nireonInstances } from './crd.ts';
import { specSchema } from './instance/spec.ts';
import { kinds } from './kinds.ts';
import type { KubeClient } from './kube/client.ts';
import type { Clock } from './kube/clock.ts';
import { isKubeError } from './kube/kube-error.ts';
import { createReflector, type ReflectorEvent } from './kube/reflector.ts';
import { keyOf, type KubeObject, objectPath, type ObjectName, type ResourceKind } from './kube/resource.ts';
import { createStore, type StoreView } from './kube/store.ts';
import { podView, trimPod } from './plan/pods.ts';
import { configMapsOf, secretsOf } from './plan/references.ts';
import type { Child, SecretView, Snapshot, StoredInstance } from './plan/snapshot.ts';

export interface ClusterOptions {
  readonly client: KubeClient;
  /** Everywhere, unless said. */
  readonly namespace?: string | undefined;
  readonly settings: Snapshot['settings'];
  readonly clock: Clock;
  readonly onEvent: (event: ReflectorEvent) => void;
}

export interface Cluster {
  readonly watched: readonly WatchedKind[];
  /** What is known of an instance; undefined if there is none. Asks the API server only for Secrets and ConfigMaps that are new to it. */
  observe(name: ObjectName, signal: AbortSignal): Promise<Snapshot | undefined>;
}

const childKinds: readonly ResourceKind[] = [
  kinds.serviceAccount,
  kinds.networkPolicy,
  kinds.configMap,
  kinds.controllerRevision,
  kinds.job,
  kinds.service,
  kinds.podDisruptionBudget,
  kinds.deployment,
];
const instanceLabel = 'nireon.dev/instance';
const ours = 'app.kubernetes.io/managed-by=nireon-operator';

/** Stores of everything that the operator looks at, kept as the cluster is by reflectors. */
export function createCluster({ client, namespace, settings, clock, onEvent }: ClusterOptions): Cluster {
  const reflect = <Index extends string = never>(
    kind: ResourceKind,
    selection: { labelSelector?: string; metadataOnly?: boolean; trim?: (object: KubeObject) => KubeObject },
    indexes = {} as Record<Index, (object: KubeObject) => readonly string[]>,
  ) => {
    const store = createStore<KubeObject, Index>(indexes);
    return { kind, store, reflector: createReflector({ client, store, kind, namespace, clock, onEvent, ...selection }) };
  };
  const refersTo = ({ metadata, ...rest }: KubeObject): readonly string[] => {
    const parsed = specSchema.safeParse((rest as StoredInstance).spec);
    if (!parsed.success) return [];
    const names = [...[...secretsOf(parsed.data).keys()].map(secretKey), ...configMapsOf(parsed.data).map(configMapKey)];
    return names.map((name) => `${metadata.namespace ?? ''}/${name}`);
  };
  const instances = reflect<'refersTo'>(nireonInstances, {}, { refersTo });
  const owned = { owner: ({ metadata }: KubeObject) => (metadata.ownerReferences ?? []).map(({ uid }) => uid) };
  const children = childKinds.map((kind) => reflect<'owner'>(kind, { labelSelector: ours }, owned));
  const instanceOf = ({ metadata: { labels, namespace } }: KubeObject): string => keyOf({ namespace, name: labels?.[instanceLabel] ?? '' });
  const pods = reflect<'instance'>(
    kinds.pod,
    { labelSelector: instanceLabel, trim: trimPod },
    { instance: (object) => [instanceOf(object)] },
  );
  const secrets = reflect(kinds.secret, { metadataOnly: true });
  const configMaps = reflect(kinds.configMap, { metadataOnly: true });

  /** To whoever refers to it, whether it was there before or not. */
  const referrersOf =
    (key: (name: string) => string): WatchedKind['concerns'] =>
    ({ before, after }) => {
      const { metadata } = after ?? before;
      const found = instances.store.by('refersTo', `${metadata.namespace ?? ''}/${key(metadata.name)}`);
      return { keys: found.map((one) => keyOf(one.metadata)), priority: 'edit' };
    };
  const readSecret = readOnce(client, kinds.secret, (object, uid) => secretView(object, uid));
  const readConfigMap = readOnce(client, kinds.configMap, (object) => (object as { data?: Record<string, string> }).data ?? {});

  return {
    watched: [
      { ...instances, concerns: itself },
      ...children.map((kind) => ({ ...kind, concerns: ownersOf(nireonInstances.kind) })),
      { ...pods, concerns: ({ before, after }) => ({ keys: [instanceOf(after ?? before)], priority: 'child' }) },
      { ...secrets, concerns: referrersOf(secretKey) },
      { ...configMaps, concerns: referrersOf(configMapKey) },
    ],
    async observe(name, signal) {
      const instance = instances.store.get(name) as StoredInstance | undefined;
      if (instance === undefined || instance.metadata.deletionTimestamp !== undefined) return undefined;
      const uid = instance.metadata.uid ?? '';
      const parsed = specSchema.safeParse(instance.spec);
      const read = async <T>(names: Iterable<string>, store: StoreView<KubeObject>, one: ReadOnce<T>): Promise<ReadonlyMap<string, T>> => {
        const found = new Map<string, T>();
        for (const of of names) {
          const held = store.get({ namespace: instance.metadata.namespace, name: of });
          const value = held && (await one(held, uid, signal));
          if (value !== undefined) found.set(of, value);
        }
        return found;
      };
      return {
        now: clock
          .date()
          .toISOString()
          .replace(/\.\d+Z$/, 'Z'),
        ...{ instance, settings },
        children: children.flatMap(({ kind, store }) => store.by('owner', uid).map((object): Child => ({ kind, object: { ...object } }))),
        pods: pods.store.by('instance', keyOf(instance.metadata)).map(podView),
        secrets: await read(parsed.success ? secretsOf(parsed.data).keys() : [], secrets.store, readSecret),
        configMaps: await read(parsed.success ? configMapsOf(parsed.data) : [], configMaps.store, readConfigMap),
      };
    },
  };
}

const secretKey = (name: string): string => `secret/${name}`;
const configMapKey = (name: string): string => `configmap/${name}`;

type ReadOnce<T> = (held: KubeObject, salt: string, signal: AbortSignal) => Promise<T | undefined>;

/** Asks for an object once for each of its versions and salts, and keeps of it what is made of it. */
function readOnce<T>(client: KubeClient, kind: ResourceKind, view: (object: KubeObject, salt: string) => T): ReadOnce<T> {
  const known = new Map<string, { readonly version: string; readonly value: T }>();
  return async (held, salt, signal) => {
    const key = `${salt}/${keyOf(held.metadata)}`;
    const version = `${held.metadata.uid ?? ''}/${held.metadata.resourceVersion ?? ''}`;
    const found = known.get(key);
    if (found?.version === version) return found.value;
    try {
      const object = (await client.request({ method: 'GET', path: objectPath(kind, held.metadata), signal })) as KubeObject;
      const value = view(object, salt);
      known.set(key, { version: `${object.metadata.uid ?? ''}/${object.metadata.resourceVersion ?? ''}`, value });
      return value;
    } catch (error) {
      if (!isKubeError(error, 404)) throw error;
      known.delete(key);
      return undefined;
    }
  };
}

/** Guessing a value from the digest costs an scrypt for each guess. */
function secretView(object: KubeObject, salt: string): SecretView {
  const { data = {} } = object as { data?: Readonly<Record<string, string>> };
  const values = JSON.stringify(Object.entries(data).sort());
  return { keys: Object.keys(data), digest: scryptSync(values, salt, 16, { N: 1024 }).toString('hex') };
}
