import type { InstanceSpec } from '../instance/spec.ts';
import { kinds } from '../kinds.ts';
import { hash, type Manifest, type Owner } from '../resources/metadata.ts';
import { migrationComponent, migrationJobOf, migrationPrefix } from '../resources/migration-job.ts';
import { findingIn, type PodView } from './pods.ts';
import { type Report, reportIn } from './report.ts';
import { configMapsIn, type RoleRevisions } from './revisions.ts';
import type { Role } from './roles.ts';
import type { Child, Finding, Snapshot } from './snapshot.ts';

/** Whether what is to run was checked, and what is to be done about it. */
export interface Gate {
  readonly hash: string;
  readonly state: 'passed' | 'pending' | 'running' | 'failed';
  /** Version of the schema, as the check found or made it. */
  readonly schemaVersion: number | undefined;
  readonly finding: Finding | undefined;
  /** The Job to be made now. */
  readonly job: Manifest | undefined;
  /** Jobs that are needed no more. */
  readonly old: readonly Child[];
  readonly againInMs: number | undefined;
}

export interface GateInputs {
  readonly owner: Owner;
  readonly spec: InstanceSpec;
  readonly roles: readonly Role[];
  readonly revisions: ReadonlyMap<string, RoleRevisions>;
  readonly image: string;
  readonly secrets: string;
  readonly snapshot: Snapshot;
}

const first = 10_000;
const most = 300_000;

/** Before pods get another image, configuration, rules or Secrets, `nireon migrate` takes them as they would: what it refuses, no pod gets. */
export function gateOf({ owner, spec, roles, revisions, image, secrets, snapshot }: GateInputs): Gate {
  const checkOnly = spec.migrations.policy === 'Manual';
  const templates = roles.map((role) => ({ role, template: revisions.get(role.name)!.wanted.template }));
  const maps = templates.map(({ role, template }) => [role.name, configMapsIn(template)] as const);
  const wanted = hash({ image, secrets, maps, checkOnly }, 8);
  const prefix = migrationPrefix(owner, wanted);
  const jobs = snapshot.children.filter(({ kind }) => kind === kinds.job);
  const attemptOf = ({ object }: Child): number => Number(object.metadata.name.slice(prefix.length));
  const own = jobs.filter(({ object }) => object.metadata.name.startsWith(prefix)).sort((a, b) => attemptOf(a) - attemptOf(b));
  const others = jobs.filter((job) => !own.includes(job));
  const last = own.at(-1);
  const outcomes = own.map((job) => outcomeOf(job, snapshot.pods));
  const passed = outcomes.findLast((outcome) => outcome.state === 'passed');
  const before = snapshot.instance.status?.migration;
  const gate = { hash: wanted, job: undefined, finding: undefined, againInMs: undefined, schemaVersion: before?.schemaVersion };
  const superseded = [...others, ...own.slice(0, -2)];

  if (passed !== undefined || before?.hash === wanted) {
    const schemaVersion = passed?.report?.schema?.version ?? before?.schemaVersion;
    // What passed stays until the next comes, for whoever looks at its log.
    return { ...gate, state: 'passed', schemaVersion, old: [...(own.length > 0 ? others : []), ...own.slice(0, -1)] };
  }
  const [engine] = templates;
  const settings = Object.fromEntries(maps.map(([role, [map]]) => [role, map?.name ?? '']));
  const make = (attempt: number): Manifest =>
    migrationJobOf({
      ...{ owner, hash: wanted, attempt, template: engine!.template, role: engine!.role.name, settings, checkOnly },
      rules: maps[0]?.[1][1],
      timeoutSeconds: spec.migrations.timeoutSeconds,
    });
  if (last === undefined) {
    // Two that migrate at once would wait for one another: the one of before goes first.
    const isFree = others.length === 0 && !snapshot.pods.some((pod) => pod.component === migrationComponent && !pod.isOver);
    return { ...gate, state: 'pending', job: isFree ? make(1) : undefined, old: superseded };
  }
  const failure = outcomes.findLast((outcome) => outcome.state === 'failed');
  const finding = failure === undefined ? undefined : findingOf(failure.report, failure.says, spec);
  const outcome = outcomes.at(-1)!;
  if (outcome.state === 'running') {
    const stuck = findingIn(
      snapshot.pods.filter((pod) => pod.job === last.object.metadata.name),
      migrationComponent,
    );
    return { ...gate, state: 'running', finding: stuck ?? finding, old: superseded };
  }
  const delayMs = finding === undefined || finding.again === 'on-change' ? undefined : delayOf(finding.again, attemptOf(last));
  const dueMs = delayMs === undefined ? undefined : Date.parse(outcome.endedAt ?? snapshot.now) + delayMs - Date.parse(snapshot.now);
  return {
    ...{ ...gate, state: 'failed', finding, old: superseded },
    job: dueMs !== undefined && dueMs <= 0 ? make(attemptOf(last) + 1) : undefined,
    againInMs: dueMs === undefined ? undefined : Math.max(dueMs, 1000),
  };
}

interface Outcome {
  readonly state: 'passed' | 'running' | 'failed';
  readonly report: Report | undefined;
  /** In the cluster's words, where the program left none. */
  readonly says: string;
  readonly endedAt: string | undefined;
}

function outcomeOf({ object }: Child, pods: readonly PodView[]): Outcome {
  const { conditions = [] } = (object['status'] ?? {}) as {
    conditions?: readonly { type: string; status: string; reason?: string; message?: string; lastTransitionTime?: string }[];
  };
  const words = pods.find(({ job, lastWords }) => job === object.metadata.name && lastWords !== undefined)?.lastWords;
  const done = conditions.find(({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True');
  const state = done === undefined ? 'running' : done.type === 'Complete' ? 'passed' : 'failed';
  return { state, report: reportIn(words), says: done?.message ?? '', endedAt: done?.lastTransitionTime };
}

type Again = 'soon' | 'later' | 'on-change';

/** What the codes of the program are called here, and whether it is worth trying again without a change. */
const reasons: Readonly<Record<string, readonly [reason: string, again: Again, advice: string]>> = {
  STORE_UNREACHABLE: ['PostgresUnreachable', 'soon', 'it is tried again'],
  STORE_DENIED: ['PostgresAuthFailed', 'later', 'correct the Secret of store.postgres.connectionSecret'],
  STORE_DATABASE_MISSING: ['PostgresDatabaseMissing', 'later', 'create it, or correct the Secret of store.postgres.connectionSecret'],
  STORE_UNTRUSTED: ['PostgresUntrusted', 'later', 'correct store.postgres.tls'],
  STORE_READ_ONLY: ['PostgresReadOnly', 'later', 'connect to a server that can be written'],
  STORE_TOO_NEW: ['SchemaTooNew', 'on-change', 'set spec.image to that of a newer version'],
  STORE_TOO_OLD: ['MigrationRequired', 'later', 'run nireon migrate, or set migrations.policy to Auto'],
  STORE_MISSING: ['MigrationRequired', 'later', 'run nireon migrate, or set migrations.policy to Auto'],
  BUS_UNREACHABLE: ['KafkaUnreachable', 'soon', 'it is tried again'],
  BUS_DENIED: ['KafkaAuthFailed', 'later', 'correct bus.kafka.sasl, or the rights of its user'],
  BUS_UNTRUSTED: ['KafkaUntrusted', 'later', 'correct bus.kafka.tls'],
  BUS_TOPIC_MISSING: ['TopicMissing', 'later', 'create it, or set bus.kafka.topics.management to Create'],
  BUS_TOPIC_DIFFERENT: ['TopicDifferent', 'later', 'set bus.kafka.topics as the topic is'],
  RULES_INVALID: ['RulesInvalid', 'on-change', 'correct the rules'],
  CONFIG_INVALID: ['ConfigInvalid', 'on-change', 'correct spec.config'],
};

function findingOf(report: Report | undefined, says: string, { migrations }: InstanceSpec): Finding & { readonly again: Again } {
  if (report === undefined) {
    const why = says === '' ? 'it left no report' : says;
    return { ...failed(`nireon migrate failed: ${why.slice(0, 150)}; see the log of its pod`), again: 'soon', stalled: false };
  }
  const { code, message, retryable, problems } = report;
  const [reason, again, advice] = reasons[code] ?? ['MigrationFailed', retryable ? 'soon' : 'later', 'see the log of its pod'];
  const [problem] = problems;
  const more = problems.length > 1 ? `, and ${problems.length - 1} more` : '';
  const said = problem === undefined ? message : `${problem.path}: ${problem.message}${more}`;
  const told =
    reason === 'MigrationRequired' && migrations.policy === 'Manual' ? `${said}; run nireon migrate` : `${said.slice(0, 180)}; ${advice}`;
  return { reason, message: told, stalled: again !== 'soon', again };
}

const failed = (message: string) => ({ reason: 'MigrationFailed', message });

const delayOf = (again: Exclude<Again, 'on-change'>, attempt: number): number =>
  again === 'later' ? most : Math.min(most, first * 2 ** (attempt - 1));
