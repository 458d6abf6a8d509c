import { kinds } from '../kinds.ts';
import { serviceAccountName } from './access.ts';
import { places } from './config-map.ts';
import { childOf, labelsOf, type Manifest, type Owner } from './metadata.ts';

type Json = Readonly<Record<string, unknown>>;

export interface MigrationInputs {
  readonly owner: Owner;
  /** Hash of all that is checked. */
  readonly hash: string;
  /** From 1. */
  readonly attempt: number;
  /** Pod template of the role whose image, variables and certificates it has. */
  readonly template: Json;
  /** Whose ServiceAccount it has. */
  readonly role: string;
  /** ConfigMap of the settings of each role. */
  readonly settings: Readonly<Record<string, string>>;
  readonly rules: { readonly name: string; readonly files: readonly string[] } | undefined;
  /** Look, and change nothing. */
  readonly checkOnly: boolean;
  readonly timeoutSeconds: number;
}

export const migrationComponent = 'migrate';

export const migrationPrefix = (owner: Owner, hash: string): string => `${owner.name}-migrate-${hash}-`;

/**
 * Runs `nireon migrate` as the pods to come would: their image, files and variables. One pod, once; an eviction does not count. What it has to
 * say stands in the pod's termination message.
 */
export function migrationJobOf(inputs: MigrationInputs): Manifest {
  const { owner, hash, attempt, template, role, settings, rules, checkOnly, timeoutSeconds } = inputs;
  const pod = template['spec'] as Json;
  const engine = (pod['containers'] as readonly Json[]).find((one) => one['name'] === 'engine') ?? {};
  const files = (names: readonly string[], folder: string): Json[] => names.map((key) => ({ key, path: `${folder}/${key}` }));
  const sources = [
    ...Object.entries(settings).map(([of, name]) => ({ configMap: { name, items: files(['nireon.yaml'], of) } })),
    ...(rules === undefined ? [] : [{ configMap: { name: rules.name, items: files(rules.files, 'rules') } }]),
  ];
  const volumes = (pod['volumes'] as readonly Json[]).filter((volume) => ['tls', 'tmp', 'models'].includes(volume['name'] as string));
  const mounts = (engine['volumeMounts'] as readonly Json[]).filter(({ name }) =>
    ['config', 'tls', 'tmp', 'models'].includes(name as string),
  );
  const kept = ['image', 'imagePullPolicy', 'env', 'resources', 'securityContext'].filter((field) => engine[field] !== undefined);
  const ofPod = ['imagePullSecrets', 'securityContext', 'nodeSelector', 'tolerations', 'priorityClassName', 'runtimeClassName'];
  return {
    ...childOf(owner, kinds.job, {
      ...{ name: `${migrationPrefix(owner, hash)}${attempt}`, component: migrationComponent },
      spec: {
        backoffLimit: 0,
        activeDeadlineSeconds: timeoutSeconds,
        podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }] },
        template: {
          metadata: { labels: labelsOf(owner, migrationComponent) },
          spec: {
            restartPolicy: 'Never',
            serviceAccountName: serviceAccountName(owner, role),
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            ...Object.fromEntries(ofPod.filter((field) => pod[field] !== undefined).map((field) => [field, pod[field]])),
            containers: [
              {
                name: 'migrate',
                ...Object.fromEntries(kept.map((field) => [field, engine[field]])),
                args: ['migrate', '--config-dir', places.config, '--report', '/dev/termination-log', ...(checkOnly ? ['--check'] : [])],
                terminationMessagePolicy: 'FallbackToLogsOnError',
                volumeMounts: mounts,
              },
            ],
            volumes: [{ name: 'config', projected: { sources } }, ...volumes],
          },
        },
      },
    }),
    immutable: true,
  };
}
