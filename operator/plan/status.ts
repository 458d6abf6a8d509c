import type { InstanceSpec } from '../instance/spec.ts';
import type { Condition, InstanceStatus } from '../instance/status.ts';
import { schemaOf, topicPrefixOf } from '../resources/config-map.ts';
import { annotations, type Owner } from '../resources/metadata.ts';
import type { Role } from './roles.ts';
import type { Child, Finding } from './snapshot.ts';

type Json = Readonly<Record<string, unknown>>;

/** A role as its Deployment shows it, beside what is wanted of it. */
export interface RoleState {
  readonly role: Role;
  readonly desired: number;
  readonly ready: number;
  readonly updated: number;
  /** Revision that the Deployment carries; absent where there is none. */
  readonly revision: string | undefined;
  readonly wantedRevision: string | undefined;
  readonly isRolledOut: boolean;
  /** It did not get on for longer than it may. */
  readonly isStuck: boolean;
}

export function stateOf(role: Role, live: Child | undefined, wantedRevision: string | undefined): RoleState {
  const { metadata, spec, status } = (live?.object ?? { metadata: {} }) as unknown as {
    metadata: { generation?: number; annotations?: Record<string, string> };
    spec?: { replicas?: number };
    status?: { observedGeneration?: number; readyReplicas?: number; updatedReplicas?: number; replicas?: number; conditions?: Json[] };
  };
  const progressing = status?.conditions?.find((one) => one['type'] === 'Progressing');
  const desired = live === undefined ? Math.max(role.floor, 0) : (spec?.replicas ?? 1);
  const isSeen = live !== undefined && (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  const revision = metadata.annotations?.[annotations.revision];
  const updated = status?.updatedReplicas ?? 0;
  const isCurrent = isSeen && revision !== undefined && revision === wantedRevision;
  const isWhole = updated === desired && (status?.replicas ?? 0) === desired;
  return {
    ...{ role, desired, ready: status?.readyReplicas ?? 0, updated, revision, wantedRevision },
    isRolledOut: isCurrent && isWhole && (desired === 0 || progressing?.['reason'] === 'NewReplicaSetAvailable'),
    isStuck: isCurrent && progressing?.['reason'] === 'ProgressDeadlineExceeded',
  };
}

export interface StatusInputs {
  readonly owner: Owner;
  readonly generation: number;
  readonly now: string;
  readonly before: InstanceStatus | undefined;
  readonly spec: InstanceSpec | undefined;
  readonly roles: readonly RoleState[];
  readonly image: string | undefined;
  readonly finding: Finding | undefined;
}

/** Everything that is true now. Times move with what they speak of alone, so that an equal status is an equal object. */
export function statusOf(inputs: StatusInputs): InstanceStatus {
  const { owner, generation, now, before, spec, roles, image } = inputs;
  const topicPrefix = spec === undefined ? undefined : topicPrefixOf(owner, spec);
  const told = conditionsOf(inputs).map(([type, status, reason, message]): Condition => {
    const earlier = before?.conditions?.find((one) => one.type === type);
    const lastTransitionTime = earlier?.status === status ? earlier.lastTransitionTime : now;
    return { type, status, observedGeneration: generation, lastTransitionTime, reason, message: message.slice(0, 256) };
  });
  return {
    observedGeneration: generation,
    summary: roles.map(({ role, ready, desired }) => `${role.name} ${ready}/${desired}`).join(', '),
    ...(image === undefined ? {} : { image }),
    roles: Object.fromEntries(
      roles.map(({ role, desired, ready, updated, revision, isRolledOut }) => {
        const stable = isRolledOut ? revision : before?.roles?.[role.name]?.stableRevision;
        const revisions = { ...(revision === undefined ? {} : { revision }), ...(stable === undefined ? {} : { stableRevision: stable }) };
        return [role.name, { desired, ready, updated, ...revisions }];
      }),
    ),
    ...(topicPrefix === undefined ? {} : { bus: { topicPrefix } }),
    ...(spec === undefined ? {} : { store: { schema: schemaOf(owner, spec) } }),
    conditions: told,
  };
}

type Told = readonly [type: string, status: Condition['status'], reason: string, message: string];

function conditionsOf({ spec, roles, finding: found, generation }: StatusInputs): readonly Told[] {
  const stuck = roles.find(({ isStuck }) => isStuck);
  const finding = found ?? (stuck === undefined ? undefined : tooSlow(stuck));
  const short = roles.find(({ role, ready }) => ready < leastReady(role));
  const rolling = roles.find(({ isRolledOut }) => !isRolledOut);
  const suspended = spec?.suspend === true;
  const reference = found !== undefined && /^(Secret|ConfigMap)/.test(found.reason);

  const ready: Told = finding
    ? ['Ready', 'False', finding.reason, finding.message]
    : suspended
      ? ['Ready', 'False', 'Suspended', 'spec.suspend is true; no pods run, and work waits in the store']
      : rolling
        ? ['Ready', 'False', 'RollingOut', rollingOut(rolling)]
        : short
          ? ['Ready', 'False', 'PodsNotReady', `${short.role.name}: ${short.ready} of ${short.desired} pods are ready`]
          : ['Ready', 'True', 'AllRolesReady', readyMessage(spec)];
  const stalled = finding?.stalled === true;
  const busy = !stalled && (finding !== undefined || rolling !== undefined);
  return [
    ready,
    busy
      ? ['Reconciling', 'True', ready[2], ready[3]]
      : ['Reconciling', 'False', stalled ? 'Stalled' : 'Idle', `generation ${generation} needs nothing more`],
    stalled ? ['Stalled', 'True', finding.reason, finding.message] : ['Stalled', 'False', 'NotStalled', 'the operator goes on by itself'],
    suspended
      ? ['Available', 'False', 'Suspended', 'spec.suspend is true']
      : short
        ? [
            'Available',
            'False',
            'BelowMinimum',
            `${short.role.name}: ${short.ready} pods are ready, at least ${leastReady(short.role)} must be`,
          ]
        : ['Available', 'True', 'MinimumReady', 'each role has the pods that it needs'],
    reference
      ? ['DependenciesReady', 'False', found.reason, found.message]
      : found
        ? ['DependenciesReady', 'Unknown', 'NotChecked', 'the spec must be right first']
        : ['DependenciesReady', 'True', 'Found', 'everything that the spec refers to is there'],
  ];
}

/** The floor less the pods that may be missing, and at least one where there is to be any. */
function leastReady({ floor, spec }: Role): number {
  const { maxDisrupted } = spec;
  const missing = typeof maxDisrupted === 'number' ? maxDisrupted : Math.ceil((floor * Number.parseInt(maxDisrupted, 10)) / 100);
  return floor === 0 ? 0 : Math.max(1, floor - missing);
}

const readyMessage = (spec: InstanceSpec | undefined): string =>
  spec?.llm?.models === undefined ? 'every role is rolled out; builtin answers, which is no language model' : 'every role is rolled out';

function rollingOut({ role, revision, wantedRevision, updated, desired }: RoleState): string {
  if (revision === undefined) return `${role.name}: the first pods are made`;
  if (revision !== wantedRevision) return `${role.name}: revision ${wantedRevision ?? ''} is replacing ${revision}`;
  return `${role.name}: ${updated} of ${desired} pods run revision ${revision}`;
}

const tooSlow = ({ role, revision }: RoleState): Finding => ({
  reason: 'ProgressDeadlineExceeded',
  message: `${role.name}: revision ${revision ?? ''} did not become ready in time; pods of the revision before keep running`,
  stalled: true,
});
