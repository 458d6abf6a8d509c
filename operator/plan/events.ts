import type { InstanceSpec } from '../instance/spec.ts';
import type { InstanceStatus } from '../instance/status.ts';
import { kinds } from '../kinds.ts';
import { annotations } from '../resources/metadata.ts';
import { configMapsIn } from './revisions.ts';
import { type Intent, isRolledBack } from './intent.ts';
import type { Stage, Write } from './plan.ts';
import type { Child } from './snapshot.ts';

type Json = Readonly<Record<string, unknown>>;

/** Something that people should be told once, when it happens. */
export interface PlannedEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: 'Rollout' | 'Check' | 'Scale' | 'Suspend' | 'Repair' | 'Reconcile';
  readonly note: string;
}

interface WriteInputs {
  readonly spec: InstanceSpec;
  readonly intent: Intent;
  readonly stages: readonly Stage[];
  readonly children: readonly Child[];
}

/** What this plan does to Deployments and children that were there. */
export function eventsOfWrites({ stages, spec, intent, children }: WriteInputs): readonly PlannedEvent[] {
  const held = new Map(children.map((child) => [`${child.kind.plural}/${child.object.metadata.name}`, child]));
  return stages.flatMap(({ apply }) =>
    apply.flatMap((write): PlannedEvent[] => {
      const { kind, object } = write.manifest;
      const live = held.get(`${kind.plural}/${object.metadata.name}`);
      if (kind === kinds.deployment) return deploymentEvents(write, live, spec, intent);
      return live !== undefined && isDrift(write, live) ? [repaired(`${kind.kind} ${object.metadata.name}`)] : [];
    }),
  );
}

function deploymentEvents({ manifest }: Write, live: Child | undefined, spec: InstanceSpec, intent: Intent): PlannedEvent[] {
  const role = manifest.object.metadata.labels?.['app.kubernetes.io/component'] ?? '';
  const [was, is] = [revisionIn(live?.object), revisionIn(manifest.object)];
  const replicasIn = (object: Json | undefined) => (object?.['spec'] as { replicas?: number } | undefined)?.replicas;
  if (live !== undefined && isDrift({ manifest, uid: undefined }, live)) return [repaired(`Deployment ${live.object.metadata.name}`)];
  if (was === is) {
    const [from, to] = [replicasIn(live?.object), replicasIn(manifest.object)];
    return from === to || to === undefined
      ? []
      : [{ type: 'Normal', reason: 'Scaled', action: 'Scale', note: `${role}: ${from ?? 1} -> ${to} pods` }];
  }
  const note = was === undefined ? `${role}: first revision ${is ?? ''}` : `${role}: ${was} -> ${is ?? ''}: ${causeOf(role, spec, intent)}`;
  return [{ type: 'Normal', reason: 'RolloutStarted', action: 'Rollout', note }];
}

/** Why a role gets another revision, in one word. */
function causeOf(role: string, spec: InstanceSpec, { revisions }: Intent): string {
  const own = revisions.get(role);
  if (own?.current === undefined) return 'SpecChanged';
  const { wanted, current } = own;
  if (isRolledBack(own, spec.rollout)) return 'RolledBack';
  if (wanted.inputs === current.inputs) return 'OperatorUpgrade';
  const noted = (template: Json, key: string): unknown => ((template['metadata'] as Json)['annotations'] as Json | undefined)?.[key];
  const rulesIn = (template: Json): string | undefined => configMapsIn(template)[1]?.name;
  const differs = (key: string): boolean => noted(wanted.template, key) !== noted(current.template, key);
  if (differs(annotations.restart)) return 'RestartRequested';
  if (differs(annotations.secrets)) return 'SecretRotated';
  return rulesIn(wanted.template) === rulesIn(current.template) ? 'SpecChanged' : 'RulesChanged';
}

const revisionIn = (object: Child['object'] | undefined): string | undefined => object?.metadata.annotations?.[annotations.revision];

/** The same was applied last: somebody else changed it since. */
const isDrift = ({ manifest }: Write, live: Child): boolean =>
  manifest.object.metadata.annotations?.[annotations.applied] === live.object.metadata.annotations?.[annotations.applied];

const repaired = (what: string): PlannedEvent => ({
  ...{ type: 'Normal', reason: 'DriftRepaired', action: 'Repair' },
  note: `${what}: what others changed was put back`,
});

/** What became true, or is no longer. */
export function eventsOfStatus({
  before,
  after,
}: {
  readonly before: InstanceStatus | undefined;
  readonly after: InstanceStatus;
}): readonly PlannedEvent[] {
  const readyIn = (status: InstanceStatus | undefined) => status?.conditions?.find(({ type }) => type === 'Ready');
  const [was, is] = [readyIn(before), readyIn(after)];
  const events: PlannedEvent[] = [];
  const { migration, image } = after;
  if (migration !== undefined && migration.hash !== before?.migration?.hash) {
    const version = migration.schemaVersion === undefined ? '' : `; schema ${migration.schemaVersion}`;
    const note = `${image ?? 'the image'} accepted configuration, rules, database and topics${version}`;
    events.push({ type: 'Normal', reason: 'MigrationPassed', action: 'Check', note });
  }
  if (is === undefined || (was?.reason === is.reason && was.message === is.message)) return events;
  if (was?.reason === 'Suspended' && is.reason !== 'Suspended') {
    events.push({ type: 'Normal', reason: 'Resumed', action: 'Suspend', note: 'pods are made again' });
  }
  if (is.status === 'True') {
    if (was?.status !== 'True') events.push({ type: 'Normal', reason: 'RolloutFinished', action: 'Rollout', note: is.message });
  } else if (is.reason === 'Suspended') {
    if (was?.reason !== 'Suspended') events.push({ type: 'Normal', reason: 'Suspended', action: 'Suspend', note: is.message });
  } else if (!progress.includes(is.reason) && was?.reason !== is.reason) {
    events.push({ type: 'Warning', reason: is.reason, action: 'Reconcile', note: is.message });
  }
  return events;
}

/** Reasons of not being ready that are no fault. */
const progress = ['RollingOut', 'PodsNotReady'];
