import type { InstanceSpec } from '../instance/spec.ts';
import type { Role } from '../plan/roles.ts';
import { serviceAccountName } from './access.ts';
import { keyVariable, places, ports } from './config-map.ts';
import { annotations, engineLabels, hash, labelsOf, type Owner } from './metadata.ts';

type Json = Readonly<Record<string, unknown>>;

export interface PodInputs {
  readonly owner: Owner;
  readonly spec: InstanceSpec;
  readonly role: Role;
  readonly image: string;
  /** Names of the ConfigMaps. */
  readonly settings: string;
  readonly rules: { readonly name: string; readonly files: readonly string[] } | undefined;
  /** Digest of the Secrets that the role uses. */
  readonly secrets: string;
  /** Text of the instance's restart annotation. */
  readonly restart: string | undefined;
}

const defaultResources = { requests: { cpu: '250m', memory: '512Mi' }, limits: { memory: '1Gi' } };

/** Which configuration, rules, image and Secrets a pod runs. */
export const revisionOf = (inputs: PodInputs): string => hash(podTemplateOf(inputs), 10);

/** A pod of a role, as least privilege and the restricted Pod Security standard want it. */
export function podTemplateOf(inputs: PodInputs): Json {
  const { owner, spec, role, image, secrets, restart } = inputs;
  const pull = spec.image.pullSecrets;
  return merge(
    {
      metadata: {
        labels: { ...labelsOf(owner, role.name), ...engineLabels(owner, role.name) },
        annotations: {
          [annotations.secrets]: secrets,
          ...(restart === undefined ? {} : { [annotations.restart]: restart }),
          'kubectl.kubernetes.io/default-container': 'engine',
        },
      },
      spec: {
        serviceAccountName: serviceAccountName(owner, role.name),
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        terminationGracePeriodSeconds: role.spec.drain.gracePeriodSeconds,
        ...(pull === undefined ? {} : { imagePullSecrets: pull }),
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        topologySpreadConstraints: ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
          ...{ maxSkew: 1, topologyKey, whenUnsatisfiable: 'ScheduleAnyway', matchLabelKeys: ['pod-template-hash'] },
          labelSelector: { matchLabels: engineLabels(owner, role.name) },
        })),
        containers: [
          {
            name: 'engine',
            image,
            imagePullPolicy: spec.image.pullPolicy,
            args: ['serve', '--config', `${places.config}/nireon.yaml`],
            ports: Object.entries(ports).map(([name, containerPort]) => ({ name, containerPort, protocol: 'TCP' })),
            env: environment(spec),
            resources: role.spec.resources ?? defaultResources,
            securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
            startupProbe: probe('/livez', { periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 120 }),
            livenessProbe: probe('/livez', { periodSeconds: 10, timeoutSeconds: 2, failureThreshold: 3 }),
            readinessProbe: probe('/readyz', { periodSeconds: 5, timeoutSeconds: 2, failureThreshold: 2 }),
            terminationMessagePolicy: 'FallbackToLogsOnError',
            volumeMounts: [
              { name: 'config', mountPath: places.config, readOnly: true },
              ...(certificates(spec).length > 0 ? [{ name: 'tls', mountPath: places.tls, readOnly: true }] : []),
              ...(spec.models === undefined ? [] : [{ name: 'models', mountPath: places.models, readOnly: true }]),
              { name: 'tmp', mountPath: '/tmp' },
            ],
          },
        ],
        volumes: volumes(inputs),
      },
    },
    role.spec.podTemplate ?? {},
  ) as Json;
}

const probe = (path: string, times: Json): Json => ({ httpGet: { path, port: 'ops', scheme: 'HTTP' }, successThreshold: 1, ...times });

/** Secrets come as single variables or files, never all keys of one. */
function environment(spec: InstanceSpec): readonly Json[] {
  const secret = (name: string, { name: of, key }: { name: string; key: string }): Json => ({
    name,
    valueFrom: { secretKeyRef: { name: of, key } },
  });
  const sasl = spec.bus?.kafka.sasl;
  const { tokenSecret } = spec.api;
  return [
    { name: 'NIREON_POD', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
    secret('NIREON_STORE_POSTGRES_URL', spec.store.postgres.connectionSecret),
    ...(sasl === undefined ? [] : [secret('NIREON_BUS_KAFKA_SASL_PASSWORD', sasl.passwordSecret)]),
    ...Object.entries(spec.llm?.models ?? {}).flatMap(([name, { apiKeySecret }]) =>
      apiKeySecret === undefined ? [] : [secret(keyVariable(name), apiKeySecret)],
    ),
    ...(tokenSecret === undefined ? [] : [secret('NIREON_API_TOKEN', tokenSecret)]),
    ...(spec.observability.otlpEndpoint === undefined
      ? []
      : [{ name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: spec.observability.otlpEndpoint }]),
    ...(spec.secretEnv ?? []).map(({ name, secret: from }) => secret(name, from)),
  ];
}

interface Certificate {
  readonly secret: string;
  readonly key: string;
  readonly path: string;
}

function certificates({ store, bus }: InstanceSpec): readonly Certificate[] {
  const database = store.postgres.tls?.caSecret;
  const { caSecret, clientSecret } = bus?.kafka.tls ?? {};
  const own = clientSecret?.name;
  return [
    ...(database === undefined ? [] : [{ secret: database.name, key: database.key, path: 'postgres-ca.crt' }]),
    ...(caSecret === undefined ? [] : [{ secret: caSecret.name, key: caSecret.key, path: 'kafka-ca.crt' }]),
    ...(own === undefined
      ? []
      : [
          { secret: own, key: 'tls.crt', path: 'kafka.crt' },
          { secret: own, key: 'tls.key', path: 'kafka.key' },
        ]),
  ];
}

function volumes({ spec, settings, rules }: PodInputs): readonly Json[] {
  const files = (names: readonly string[], folder: string): Json[] => names.map((key) => ({ key, path: `${folder}${key}` }));
  const config = [
    { configMap: { name: settings, items: files(['nireon.yaml'], '') } },
    ...(rules === undefined ? [] : [{ configMap: { name: rules.name, items: files(rules.files, 'rules/') } }]),
  ];
  const tls = certificates(spec).map(({ secret, key, path }) => ({ secret: { name: secret, items: [{ key, path }] } }));
  return [
    { name: 'config', projected: { sources: config } },
    ...(tls.length === 0 ? [] : [{ name: 'tls', projected: { sources: tls } }]),
    ...(spec.models === undefined ? [] : [{ name: 'models', persistentVolumeClaim: { claimName: spec.models.claimName, readOnly: true } }]),
    { name: 'tmp', emptyDir: { sizeLimit: '256Mi' } },
  ];
}

/** By which field the items of a list are told apart; lists that are not named are joined at the end. */
const keys: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  volumes: 'name',
  env: 'name',
  volumeMounts: 'mountPath',
};

/** As a strategic merge patch: maps deep, known lists item by item. */
function merge(base: unknown, over: unknown, field = ''): unknown {
  if (Array.isArray(base) && Array.isArray(over)) {
    const key = keys[field];
    if (key === undefined) return [...(base as unknown[]), ...(over as unknown[])];
    const named = new Map((base as Json[]).map((item) => [item[key], item]));
    for (const item of over as Json[]) named.set(item[key], merge(named.get(item[key]) ?? {}, item) as Json);
    return [...named.values()];
  }
  if (!isMap(base) || !isMap(over)) return over;
  return Object.fromEntries([
    ...Object.entries(base),
    ...Object.entries(over).map(([name, value]) => [name, name in base ? merge(base[name], value, name) : value] as const),
  ]);
}

const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
