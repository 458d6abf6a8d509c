import type { InstanceSpec } from '../instance/spec.ts';
import { missingReference } from './references.ts';
import type { Finding, Snapshot } from './snapshot.ts';

type Check = (spec: InstanceSpec, snapshot: Snapshot) => Finding | undefined;
type Json = Readonly<Record<string, unknown>>;

const invalid = (message: string): Finding => ({ reason: 'InvalidSpec', message, stalled: true });

/** Settings of the runtime that have a field in the spec: said twice, they could differ. */
const withField = ['instance', 'role', 'mechanisms', 'worker.concurrency', 'drain', 'store', 'bus', 'llm', 'embedder', 'models', 'rules'];
const fixed = ['api.host', 'api.port', 'api.token', 'ops', 'pod', 'log.level'];

function configStaysInPlace(spec: InstanceSpec): Finding | undefined {
  const configs = [
    ['spec.config', spec.config],
    ...Object.entries(spec.roles).map(([name, { config }]) => [`spec.roles.${name}.config`, config]),
  ];
  for (const [path, config] of configs as [string, Json | undefined][]) {
    const taken = [...withField, ...fixed].find((key) => at(config ?? {}, key.split('.')) !== undefined);
    if (taken !== undefined)
      return invalid(`${path}.${taken} has a field of its own in the spec, or is the operator's; set that, or leave it out`);
  }
  return undefined;
}

const at = (value: unknown, [key, ...rest]: readonly string[]): unknown =>
  key === undefined ? value : typeof value === 'object' && value !== null ? at((value as Json)[key], rest) : undefined;

function variablesAreTheirOwn({ secretEnv = [] }: InstanceSpec): Finding | undefined {
  const ours = [
    'NIREON_POD',
    'NIREON_STORE_POSTGRES_URL',
    'NIREON_BUS_KAFKA_SASL_PASSWORD',
    'NIREON_API_TOKEN',
    'OTEL_EXPORTER_OTLP_ENDPOINT',
  ];
  const taken = secretEnv.find(({ name }) => ours.includes(name));
  return taken === undefined ? undefined : invalid(`spec.secretEnv: ${taken.name} has a field of its own in the spec; set that`);
}

/** Programs of models are only run by an executor, where there is a sandbox for them. */
function sandboxIsServed({ sandbox }: InstanceSpec): Finding | undefined {
  if (sandbox === undefined) return undefined;
  const message = 'spec.sandbox is not served by this version of the runtime, which refuses every run; leave it out';
  return { reason: 'UnsupportedField', message, stalled: true };
}

const engineFields = ['image', 'args', 'command', 'securityContext'];
const podFields = [
  'hostNetwork',
  'hostPID',
  'hostIPC',
  'serviceAccountName',
  'serviceAccount',
  'automountServiceAccountToken',
  'securityContext',
];

/** What a pod template may bring is what makes the pods neither someone else nor more powerful. */
function podTemplatesAreTame(spec: InstanceSpec): Finding | undefined {
  for (const [role, { podTemplate }] of Object.entries(spec.roles)) {
    if (podTemplate === undefined) continue;
    const wrong = (what: string): Finding => invalid(`spec.roles.${role}.podTemplate: ${what} is not for a pod template; leave it out`);
    const pod = at(podTemplate, ['spec']);
    if (pod !== undefined && (typeof pod !== 'object' || pod === null || Array.isArray(pod))) return wrong('a spec that is no object');
    const taken = podFields.find((field) => at(pod, [field]) !== undefined);
    if (taken !== undefined) return wrong(`spec.${taken}`);
    for (const list of ['containers', 'initContainers', 'volumes', 'tolerations'] as const) {
      const given = at(pod, [list]);
      if (given !== undefined && !(Array.isArray(given) && given.every((one) => typeof one === 'object' && one !== null))) {
        return wrong(`spec.${list} that is no list of objects`);
      }
    }
    for (const volume of (at(pod, ['volumes']) ?? []) as Json[])
      if (volume['hostPath'] !== undefined) return wrong('a volume with hostPath');
    for (const container of [...((at(pod, ['containers']) ?? []) as Json[]), ...((at(pod, ['initContainers']) ?? []) as Json[])]) {
      const own = container['name'] === 'engine' ? engineFields.find((field) => container[field] !== undefined) : undefined;
      if (own !== undefined) return wrong(`${own} of the engine`);
      const context = container['securityContext'] as Json | undefined;
      if (context?.['privileged'] === true) return wrong('a privileged container');
      if (context?.['allowPrivilegeEscalation'] === true) return wrong('allowPrivilegeEscalation');
      if (Array.isArray(at(context, ['capabilities', 'add']))) return wrong('capabilities.add');
    }
    const label = Object.keys((at(podTemplate, ['metadata', 'labels']) ?? {}) as Json).find(
      (key) => key.startsWith('nireon.dev/') || key.startsWith('app.kubernetes.io/'),
    );
    if (label !== undefined) return wrong(`label ${label}`);
  }
  return undefined;
}

/** In order: the first finding is what the user is told. */
const checks: readonly Check[] = [configStaysInPlace, variablesAreTheirOwn, sandboxIsServed, podTemplatesAreTame, missingReference];

export function firstFinding(spec: InstanceSpec, snapshot: Snapshot): Finding | undefined {
  for (const check of checks) {
    const finding = check(spec, snapshot);
    if (finding !== undefined) return finding;
  }
  return undefined;
}
