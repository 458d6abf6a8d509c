import type { InstanceSpec } from '../instance/spec.ts';
import type { Condition, InstanceStatus } from '../instance/status.ts';
import { schemaOf, topicPrefixOf } from '../resources/config-map.ts';
import { annotations, type Owner } from '../resources/metadata.ts';
import { type Intent, isRolledBack } from './intent.ts';
import type { Gate } from './migration.ts';
import { findingIn, type PodView } from './pods.ts';
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
  /** Why no pods can be made, in the words of the API server. */
  readonly refusal: string | undefined;
}

export function stateOf(role: Role, live: Child | undefined, wantedRevision: string | undefined): RoleState {
  const { metadata, spec, status } = (live?.object ?? { metadata: {} }) as unknown as {
    metadata: { generation?: number; annotations?: Record<string, string> };
    spec?: { replicas?: number };
    status?: { observedGeneration?: number; readyReplicas?: number; updatedReplicas?: number; replicas?: number; conditions?: Json[] };
  };
  const conditionOf = (type: string): Json | undefined => status?.conditions?.find((one) => one['type'] === type);
  const progressing = conditionOf('Progressing');
  const desired = live === undefined ? Math.max(role.floor, 0) : (spec?.replicas ?? 1);
  const isSeen = live !== undefined && (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  const revision = metadata.annotations?.[annotations.revision];
  const updated = status?.updatedReplicas ?? 0;
  const isCurrent = isSeen && revision !== undefined && revision === wantedRevision;
  const isWhole = updated === desired && (status?.replicas ?? 0) === desired;
  const failure = conditionOf('ReplicaFailure');
  return {
    ...{ role, desired, ready: status?.readyReplicas ?? 0, updated, revision, wantedRevision },
    isRolledOut: isCurrent && isWhole && (desired === 0 || progressing?.['reason'] === 'NewReplicaSetAvailable'),
    isStuck: isCurrent && progressing?.['reason'] === 'ProgressDeadlineExceeded',
    refusal: failure?.['status'] === 'True' ? String(failure['message']) : undefined,
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
  /** The operator's own. */
  readonly defaultImage: string;
  /** None where the spec is not right. */
  readonly intent: Intent | undefined;
  readonly pods: readonly PodView[];
  readonly finding: Finding | undefined;
}

/** Everything that is true now. Times move with what they speak of alone, so that an equal status is an equal object. */
export function statusOf(inputs: StatusInputs): InstanceStatus {
  const { owner, generation, now, before, spec, roles, image, intent } = inputs;
  const topicPrefix = spec === undefined ? undefined : topicPrefixOf(owner, spec);
  const pendingRestart = pendingOf(inputs);
  const migration = migrationOf(intent?.gate, before);
  const told = conditionsOf(inputs, pendingRestart).map(([type, status, reason, message]): Condition => {
    const earlier = before?.conditions?.find((one) => one.type === type);
    const lastTransitionTime = earlier?.status === status ? earlier.lastTransitionTime : now;
    return { type, status, observedGeneration: generation, lastTransitionTime, reason, message: cut(message) };
  });
  return {
    observedGeneration: generation,
    summary: roles.map(({ role, ready, desired }) => `${role.name} ${ready}/${desired}`).join(', '),
    ...(image === undefined ? {} : { image }),
    roles: Object.fromEntries(
      roles.map(({ role, desired, ready, updated, revision, isRolledOut }) => {
        const stable = isRolledOut
          ? revision
          : (intent?.revisions.get(role.name)?.stable?.id ?? before?.roles?.[role.name]?.stableRevision);
        const revisions = { ...(revision === undefined ? {} : { revision }), ...(stable === undefined ? {} : { stableRevision: stable }) };
        return [role.name, { desired, ready, updated, ...revisions }];
      }),
    ),
    ...(migration === undefined ? {} : { migration }),
    ...(topicPrefix === undefined ? {} : { bus: { topicPrefix } }),
    ...(spec === undefined ? {} : { store: { schema: schemaOf(owner, spec) } }),
    ...(pendingRestart.length === 0 ? {} : { pendingRestart }),
    conditions: told,
  };
}

const cut = (message: string): string => (message.length <= 256 ? message : `${message.slice(0, 255)}…`);

function migrationOf(gate: Gate | undefined, before: InstanceStatus | undefined): InstanceStatus['migration'] {
  if (gate?.state !== 'passed') return before?.migration;
  return { hash: gate.hash, ...(gate.schemaVersion === undefined ? {} : { schemaVersion: gate.schemaVersion }) };
}

type PendingRestarts = NonNullable<InstanceStatus['pendingRestart']>;

/** What an upgrade of the operator would have restarted, and did not. */
function pendingOf({ intent, spec, image, defaultImage }: StatusInputs): PendingRestarts {
  if (intent === undefined) return [];
  const isOldImage = spec?.image.name === undefined && image !== defaultImage;
  return intent.roles.flatMap(({ name }): PendingRestarts => {
    const { newer, wanted } = intent.revisions.get(name)!;
    if (isOldImage) return [{ role: name, reason: 'DefaultImage', message: `runs ${image ?? ''}; the default is ${defaultImage} by now` }];
    if (newer === undefined) return [];
    return [{ role: name, reason: 'OperatorUpgrade', message: `runs ${wanted.id}; this operator would make ${newer} of the same spec` }];
  });
}

type Told = readonly [type: string, status: Condition['status'], reason: string, message: string];

function conditionsOf(inputs: StatusInputs, pendingRestart: PendingRestarts): readonly Told[] {
  const { spec, roles, finding: found, generation, intent } = inputs;
  const gate = intent?.gate;
  const suspended = spec?.suspend === true;
  const short = roles.find(({ role, ready }) => ready < leastReady(role));
  const rolling = roles.find(({ isRolledOut }) => !isRolledOut);
  const stuck = stuckIn(inputs);
  const finding = found ?? gate?.finding ?? troubleIn(inputs) ?? stuck;
  const isStalled = finding?.stalled === true || stuck !== undefined;

  const ready: Told = finding
    ? ['Ready', 'False', finding.reason, finding.message]
    : suspended
      ? ['Ready', 'False', 'Suspended', 'spec.suspend is true; no pods run, and work waits in the store']
      : rolling
        ? ['Ready', 'False', 'RollingOut', rollingOut(rolling, gate)]
        : short
          ? ['Ready', 'False', 'PodsNotReady', `${short.role.name}: ${short.ready} of ${short.desired} pods are ready`]
          : ['Ready', 'True', 'AllRolesReady', readyMessage(spec)];
  const busy = !isStalled && !suspended && (finding !== undefined || rolling !== undefined);
  const pending = pendingRestart[0];
  return [
    ready,
    busy
      ? ['Reconciling', 'True', ready[2], ready[3]]
      : ['Reconciling', 'False', isStalled ? 'Stalled' : 'Idle', `generation ${generation} needs nothing more`],
    isStalled ? ['Stalled', 'True', ready[2], ready[3]] : ['Stalled', 'False', 'NotStalled', 'the operator goes on by itself'],
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
    dependencies(inputs),
    migrated(gate, inputs.before),
    ...(pending === undefined ? [] : ([['RestartPending', 'True', pending.reason, `${pending.role} ${pending.message}`]] as const)),
    ...(isBack(inputs) ? ([['RolledBack', 'True', 'ProgressDeadlineExceeded', stuck?.message ?? '']] as const) : []),
    ...(spec?.paused ? ([['Paused', 'True', 'Paused', 'spec.paused is true; nothing is written but this status']] as const) : []),
  ];
}

function dependencies({ finding: found, intent }: StatusInputs): Told {
  const outside = intent?.gate?.finding;
  if (found !== undefined && /^(Secret|ConfigMap)/.test(found.reason)) return ['DependenciesReady', 'False', found.reason, found.message];
  if (found !== undefined) return ['DependenciesReady', 'Unknown', 'NotChecked', 'the spec must be right first'];
  if (outside !== undefined && /^(Postgres|Kafka|Topic)/.test(outside.reason)) {
    return ['DependenciesReady', 'False', outside.reason, outside.message];
  }
  return ['DependenciesReady', 'True', 'Found', 'everything that the spec refers to is there'];
}

function migrated(gate: Gate | undefined, before: InstanceStatus | undefined): Told {
  const type = 'SchemaMigrated';
  if (gate === undefined) {
    const earlier = before?.conditions?.find((one) => one.type === type);
    return [type, earlier?.status ?? 'Unknown', earlier?.reason ?? 'NotChecked', earlier?.message ?? 'nothing has been checked yet'];
  }
  const { state, finding, schemaVersion } = gate;
  if (state === 'passed') return [type, 'True', 'Passed', `the schema is at version ${schemaVersion ?? 'that the image needs'}`];
  if (finding !== undefined) {
    const reason = { MigrationRequired: 'Manual', SchemaTooNew: 'SchemaTooNew' }[finding.reason] ?? 'MigrationFailed';
    return [type, 'False', reason, finding.message];
  }
  return [type, 'False', state === 'running' ? 'Running' : 'Pending', 'configuration, database and topics are being checked'];
}

/** Why pods of a role that is not there, or not there enough, are not ready. */
function troubleIn({ roles, pods, spec }: StatusInputs): Finding | undefined {
  if (spec?.suspend === true) return undefined;
  for (const { role, isRolledOut, ready, refusal } of roles) {
    if (isRolledOut && ready >= leastReady(role)) continue;
    if (refusal !== undefined) return refused(role.name, refusal);
    const finding = findingIn(pods, role.name);
    if (finding !== undefined) return finding;
  }
  return undefined;
}

const refused = (role: string, says: string): Finding =>
  /exceeded quota/.test(says)
    ? { reason: 'QuotaExceeded', message: `${role}: ${says.slice(0, 200)}; raise the quota`, stalled: false }
    : { reason: 'PodTemplateInvalid', message: `roles.${role}: ${says.slice(0, 200)}`, stalled: true };

const isBack = ({ intent, spec }: StatusInputs): boolean =>
  intent !== undefined && spec !== undefined && [...intent.revisions.values()].some((own) => isRolledBack(own, spec.rollout));

function stuckIn({ roles, intent, spec }: StatusInputs): Finding | undefined {
  for (const { role, isStuck, revision, wantedRevision } of roles) {
    const own = intent?.revisions.get(role.name);
    const isBack = own !== undefined && spec !== undefined && isRolledBack(own, spec.rollout);
    if (!isStuck && !isBack) continue;
    const { progressDeadlineSeconds = 600 } = spec?.rollout ?? {};
    const rest = isBack ? `${own.stable!.id} serves again` : 'pods of the revision before keep running';
    const message = `${role.name}: revision ${isBack ? (wantedRevision ?? '') : (revision ?? '')} was not ready in ${progressDeadlineSeconds} s; ${rest}`;
    return { reason: 'ProgressDeadlineExceeded', message, stalled: true };
  }
  return undefined;
}

/** The floor less the pods that may be missing, and at least one where there is to be any. */
function leastReady({ floor, spec }: Role): number {
  const { maxDisrupted } = spec;
  const missing = typeof maxDisrupted === 'number' ? maxDisrupted : Math.ceil((floor * Number.parseInt(maxDisrupted, 10)) / 100);
  return floor === 0 ? 0 : Math.max(1, floor - missing);
}

const readyMessage = (spec: InstanceSpec | undefined): string =>
  spec?.llm?.models === undefined ? 'every role is rolled out; builtin answers, which is no language model' : 'every role is rolled out';

function rollingOut({ role, revision, wantedRevision, updated, desired }: RoleState, gate: Gate | undefined): string {
  if (gate !== undefined && gate.state !== 'passed') return 'configuration, database and topics are being checked; then pods get them';
  if (revision === undefined) return `${role.name}: the first pods are made`;
  if (revision !== wantedRevision) return `${role.name}: revision ${wantedRevision ?? ''} is replacing ${revision}`;
  return `${role.name}: ${updated} of ${desired} pods run revision ${revision}`;
}
