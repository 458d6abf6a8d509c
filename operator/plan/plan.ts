import { type InstanceSpec, specSchema } from '../instance/spec.ts';
import type { InstanceStatus } from '../instance/status.ts';
import { kinds } from '../kinds.ts';
import type { ResourceKind } from '../kube/resource.ts';
import { serviceAccountOf } from '../resources/access.ts';
import { annotations, type Manifest, type Owner } from '../resources/metadata.ts';
import { apiServiceOf, headlessServiceOf, networkPolicyOf } from '../resources/network.ts';
import { controllerRevisionOf, revisionName } from '../resources/revision.ts';
import { deploymentOf, disruptionBudgetOf, imageOf } from '../resources/workload.ts';
import { firstFinding } from './checks.ts';
import { differs } from './differs.ts';
import { eventsOfStatus, eventsOfWrites, type PlannedEvent } from './events.ts';
import { type Intent, intentOf, revisionToRun } from './intent.ts';
import { configMapsIn, keptRevisions, type RoleRevisions } from './revisions.ts';
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
  readonly name: 'accounts' | 'network' | 'configuration' | 'migration' | 'services' | 'deployments' | 'prune';
  readonly apply: readonly Write[];
  readonly remove: readonly ObjectRef[];
}

/** What is to be done, in this order; and what is true before it. */
export interface Plan {
  readonly stages: readonly Stage[];
  readonly status: InstanceStatus;
  /** To be told when it is carried out. */
  readonly events: readonly PlannedEvent[];
  /** When something is due that no event of the cluster will tell. */
  readonly againInMs?: number;
}

/** A function of the snapshot, and of what could not be carried out of its plan: never throws, whatever stands in an instance. */
export function planFor(snapshot: Snapshot, refused?: Finding): Plan {
  const { instance, settings } = snapshot;
  const { namespace = '', name, uid = '', generation = 0 } = instance.metadata;
  const owner: Owner = { namespace, name, uid };
  const parsed = specSchema.safeParse(instance.spec);
  const spec = parsed.success ? parsed.data : undefined;
  const found = parsed.success ? firstFinding(parsed.data, snapshot) : notUnderstood(parsed.error.issues);
  const roles = spec === undefined ? [] : rolesOf(spec);
  const deployments = new Map(
    snapshot.children.filter(({ kind }) => kind === kinds.deployment).map((one) => [one.object.metadata.name, one]),
  );
  const liveOf = (role: Role): Child | undefined => deployments.get(`${name}-${role.name}`);
  const running = [...deployments.values()].map(imageIn).find((image) => image !== undefined);
  const image = spec === undefined ? running : imageOf(spec, running, settings.runtimeImage);

  const intent = spec === undefined || found !== undefined ? undefined : intentOf(owner, spec, roles, image ?? '', liveOf, snapshot);
  const states = roles.map((role) => stateOf(role, liveOf(role), intent?.revisions.get(role.name)?.wanted.id));
  const status = statusOf({
    ...{ owner, generation, now: snapshot.now, before: instance.status, spec, roles: states, image, intent, pods: snapshot.pods },
    ...{ finding: found ?? refused, defaultImage: settings.runtimeImage },
  });
  const transitions = eventsOfStatus({ before: instance.status, after: status });
  if (intent === undefined || spec === undefined || spec.paused || isBehind(deployments.values(), generation))
    return { stages: [], status, events: transitions };
  const { againInMs } = intent.gate ?? {};
  const stages = stagesOf(owner, spec, intent, states, snapshot);
  const written = refused === undefined ? eventsOfWrites({ stages, spec, intent, children: snapshot.children }) : [];
  const events = [...written, ...transitions];
  return { stages, status, events, ...(againInMs === undefined ? {} : { againInMs }) };
}

function stagesOf(owner: Owner, spec: InstanceSpec, intent: Intent, states: readonly RoleState[], snapshot: Snapshot): readonly Stage[] {
  const { roles, revisions, maps, gate } = intent;
  const { children, instance, pods } = snapshot;
  const isNewWanted = gate !== undefined;
  const records = states.flatMap((state) => recordsOf(owner, state, revisions.get(state.role.name)!, spec, isNewWanted));
  const wanted: readonly (readonly [Stage['name'], readonly Manifest[]])[] = [
    ['accounts', roles.map((role) => serviceAccountOf(owner, role))],
    ['network', spec.networkPolicy.enabled ? [networkPolicyOf(owner, spec)] : []],
    ['configuration', [...(isNewWanted ? maps : []), ...records]],
    ['migration', gate?.job === undefined ? [] : [gate.job]],
    [
      'services',
      [
        ...roles.flatMap((role) => [headlessServiceOf(owner, role), disruptionBudgetOf(owner, role)]),
        ...(spec.api.enabled ? [apiServiceOf(owner, spec)] : []),
      ],
    ],
    [
      'deployments',
      roles.flatMap((role) => {
        const revision = revisionToRun(revisions.get(role.name)!, intent, spec);
        return revision === undefined ? [] : [deploymentOf(owner, spec, role, revision, role.floor)];
      }),
    ],
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
    return { name, apply, remove: name === 'migration' ? (gate?.old ?? []).map(refOf) : [] };
  });
  // What is no longer wanted serves until what is wanted does: no mechanism is without pods meanwhile.
  if (!states.every(({ isRolledOut }) => isRolledOut)) return stages;
  const kept = new Set([
    ...wanted.flatMap(([, manifests]) => manifests.map(({ kind, object }) => keyOf(kind, object.metadata.name))),
    ...[...revisions].flatMap(([role, own]) =>
      keptRevisions(own, spec.rollout.revisionHistoryLimit).flatMap(({ id, template }) => [
        keyOf(kinds.controllerRevision, revisionName(owner, role, id)),
        ...configMapsIn(template).map(({ name }) => keyOf(kinds.configMap, name)),
      ]),
    ),
    ...pods.flatMap(({ configMaps }) => configMaps.map((name) => keyOf(kinds.configMap, name))),
  ]);
  const remove = children.filter(({ kind, object }) => kind !== kinds.job && !kept.has(keyOf(kind, object.metadata.name))).map(refOf);
  return [...stages, { name: 'prune', apply: [], remove }];
}

/** The record of what a role is to run, and on the record of what it runs, what came of it. */
function recordsOf(
  owner: Owner,
  { role, revision, isRolledOut, isStuck }: RoleState,
  { wanted, recorded }: RoleRevisions,
  spec: InstanceSpec,
  isNewWanted: boolean,
): readonly Manifest[] {
  const isRecorded = recorded.some(({ id }) => id === wanted.id);
  if (!isRecorded && !isNewWanted) return [];
  const came = revision !== wanted.id || spec.suspend ? undefined : isRolledOut ? 'stable' : isStuck ? 'failed' : undefined;
  return [controllerRevisionOf(owner, role.name, { ...wanted, outcome: came ?? wanted.outcome })];
}

const keyOf = (kind: ResourceKind, name: string): string => `${kind.plural}/${name}`;

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
