import { type InstanceSpec, specSchema } from '../instance/spec.ts';
import type { InstanceStatus } from '../instance/status.ts';
import { kinds } from '../kinds.ts';
import type { ResourceKind } from '../kube/resource.ts';
import { serviceAccountOf } from '../resources/access.ts';
import { rulesMapOf, settingsMapOf, settingsOf } from '../resources/config-map.ts';
import { annotations, type Manifest, type Owner } from '../resources/metadata.ts';
import { apiServiceOf, headlessServiceOf, networkPolicyOf } from '../resources/network.ts';
import { type PodInputs, revisionOf } from '../resources/pod-template.ts';
import { deploymentOf, disruptionBudgetOf, imageOf } from '../resources/workload.ts';
import { firstFinding } from './checks.ts';
import { differs } from './differs.ts';
import { rulesOf, secretsDigest } from './references.ts';
import { type Role, rolesOf } from './roles.ts';
import type { Child, Finding, ObjectRef, Snapshot } from './snapshot.ts';
import { type RoleState, stateOf, statusOf } from './status.ts';

/** An object that is to be written: made, or brought to what is wanted. */
export interface Write {
  readonly manifest: Manifest;
  /** Absent where it is to be made. */
  readonly uid: string | undefined;
}

export interface Stage {
  readonly name: 'accounts' | 'network' | 'configuration' | 'services' | 'deployments' | 'prune';
  readonly apply: readonly Write[];
  readonly remove: readonly ObjectRef[];
}

/** What is to be done, in this order; and what is true before it. */
export interface Plan {
  readonly stages: readonly Stage[];
  readonly status: InstanceStatus;
}

/** A function of the snapshot, and of what could not be carried out of its plan: never throws, whatever stands in an instance. */
export function planFor(snapshot: Snapshot, refused?: Finding): Plan {
  const { instance } = snapshot;
  const { namespace = '', name, uid = '', generation = 0 } = instance.metadata;
  const owner: Owner = { namespace, name, uid };
  const parsed = specSchema.safeParse(instance.spec);
  const spec = parsed.success ? parsed.data : undefined;
  const found = parsed.success ? firstFinding(parsed.data, snapshot) : notUnderstood(parsed.error.issues);
  const finding = found ?? refused;
  const roles = spec === undefined ? [] : rolesOf(spec);
  const deployments = new Map(
    snapshot.children.filter(({ kind }) => kind === kinds.deployment).map((one) => [one.object.metadata.name, one]),
  );
  const liveOf = (role: Role): Child | undefined => deployments.get(`${name}-${role.name}`);
  const running = [...deployments.values()].map(imageIn).find((image) => image !== undefined);

  const isWritten = spec !== undefined && found === undefined;
  const image = spec === undefined ? running : imageOf(spec, running, snapshot.settings.runtimeImage);
  const pods = isWritten ? podsOf(owner, spec, roles, image ?? '', snapshot) : undefined;
  const states = roles.map((role) => stateOf(role, liveOf(role), pods?.get(role.name)?.revision));
  const status = statusOf({ owner, generation, now: snapshot.now, before: instance.status, spec, roles: states, image, finding });
  if (!isWritten || pods === undefined || spec.paused || isBehind(deployments.values(), generation)) return { stages: [], status };
  return { stages: stagesOf(owner, spec, roles, pods, states, snapshot), status };
}

/** What a role runs, and the ConfigMaps that it is made of. */
interface RolePods {
  readonly inputs: PodInputs;
  readonly maps: readonly Manifest[];
  readonly revision: string;
}

function podsOf(
  owner: Owner,
  spec: InstanceSpec,
  roles: readonly Role[],
  image: string,
  snapshot: Snapshot,
): ReadonlyMap<string, RolePods> {
  const texts = rulesOf(spec, snapshot);
  const rulesMap = texts === undefined ? undefined : rulesMapOf(owner, texts);
  const rules =
    texts === undefined || rulesMap === undefined ? undefined : { name: rulesMap.object.metadata.name, files: Object.keys(texts.files) };
  const secrets = secretsDigest(spec, snapshot);
  const restart = snapshot.instance.metadata.annotations?.[annotations.restart];
  return new Map(
    roles.map((role) => {
      const settings = settingsMapOf(owner, role, settingsOf(owner, spec, role, texts));
      const inputs = { owner, spec, role, image, settings: settings.object.metadata.name, rules, secrets, restart };
      return [role.name, { inputs, maps: rulesMap === undefined ? [settings] : [rulesMap, settings], revision: revisionOf(inputs) }];
    }),
  );
}

function stagesOf(
  owner: Owner,
  spec: InstanceSpec,
  roles: readonly Role[],
  pods: ReadonlyMap<string, RolePods>,
  states: readonly RoleState[],
  { children, instance }: Snapshot,
): readonly Stage[] {
  const wanted: readonly (readonly [Stage['name'], readonly Manifest[]])[] = [
    ['accounts', roles.map((role) => serviceAccountOf(owner, role))],
    ['network', spec.networkPolicy.enabled ? [networkPolicyOf(owner, spec)] : []],
    ['configuration', unique([...pods.values()].flatMap(({ maps }) => maps))],
    [
      'services',
      [
        ...roles.flatMap((role) => [headlessServiceOf(owner, role), disruptionBudgetOf(owner, role)]),
        ...(spec.api.enabled ? [apiServiceOf(owner, spec)] : []),
      ],
    ],
    ['deployments', roles.map((role) => deploymentOf(pods.get(role.name)!.inputs, role.floor))],
  ];
  const held = new Map(children.map((child) => [keyOf(child.kind, child.object.metadata.name), child]));
  const stages = wanted.map(([name, manifests]): Stage => {
    const apply = manifests.flatMap((manifest): Write[] => {
      const live = held.get(keyOf(manifest.kind, manifest.object.metadata.name));
      if (live !== undefined && (manifest.immutable === true || !differs(manifest, live))) return [];
      return [
        {
          manifest: name === 'deployments' ? writtenFor(manifest, instance.metadata.generation) : manifest,
          uid: live?.object.metadata.uid,
        },
      ];
    });
    return { name, apply, remove: [] };
  });
  const kept = new Set(wanted.flatMap(([, manifests]) => manifests.map(({ kind, object }) => keyOf(kind, object.metadata.name))));
  // What is no longer wanted serves until what is wanted does: no mechanism is without pods meanwhile.
  const isDone = states.every(({ isRolledOut }) => isRolledOut);
  const remove = isDone ? children.filter(({ kind, object }) => !kept.has(keyOf(kind, object.metadata.name))).map(refOf) : [];
  return [...stages, { name: 'prune', apply: [], remove }];
}

const keyOf = (kind: ResourceKind, name: string): string => `${kind.plural}/${name}`;
const unique = (manifests: readonly Manifest[]): readonly Manifest[] => [
  ...new Map(manifests.map((manifest) => [manifest.object.metadata.name, manifest])).values(),
];

const refOf = ({ kind, object: { metadata } }: Child): ObjectRef => ({
  ...{ kind, name: metadata.name, namespace: metadata.namespace, uid: metadata.uid ?? '' },
  ...(metadata.resourceVersion === undefined ? {} : { resourceVersion: metadata.resourceVersion }),
});

/** Says for which generation a Deployment is written; it is not written for that alone. */
function writtenFor(manifest: Manifest, generation = 0): Manifest {
  const { metadata } = manifest.object;
  const own = { ...metadata.annotations, [annotations.generation]: String(generation) };
  return { ...manifest, object: { ...manifest.object, metadata: { ...metadata, annotations: own } } };
}

/** A Deployment that was written for a later generation than the one in hand: what is seen of the instance is old. */
function isBehind(deployments: Iterable<Child>, generation: number): boolean {
  for (const { object } of deployments) if (Number(object.metadata.annotations?.[annotations.generation] ?? 0) > generation) return true;
  return false;
}

function imageIn({ object }: Child): string | undefined {
  const { spec } = object as { spec?: { template?: { spec?: { containers?: { name: string; image?: string }[] } } } };
  return spec?.template?.spec?.containers?.find(({ name }) => name === 'engine')?.image;
}

/** What is stored does not parse: a newer CRD has fields that this operator does not know. */
function notUnderstood(issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]): Finding {
  const [first] = issues;
  const path = ['spec', ...(first?.path ?? [])].map(String).join('.');
  const message = `${path}: ${first?.message ?? 'is not understood'}; upgrade the operator, or take it out`;
  return { reason: 'UnsupportedField', message, stalled: true };
}
