import type { KubeObject } from '../kube/resource.ts';
import { messageIn } from './report.ts';
import type { Finding } from './snapshot.ts';

type Json = Readonly<Record<string, unknown>>;

/** A pod of an instance, as far as a plan looks at it. */
export interface PodView {
  readonly name: string;
  /** A role, or migrate. */
  readonly component: string;
  /** The Job that it belongs to. */
  readonly job: string | undefined;
  readonly isReady: boolean;
  readonly isEnding: boolean;
  /** Neither will it run again, nor does it now. */
  readonly isOver: boolean;
  /** ConfigMaps that it mounts. */
  readonly configMaps: readonly string[];
  readonly trouble: PodTrouble | undefined;
  /** Last words of its first container that has ended, or ended last. */
  readonly lastWords: string | undefined;
}

export interface PodTrouble {
  readonly kind: 'Unschedulable' | 'ImagePullFailed' | 'ContainerConfigInvalid' | 'OutOfMemory' | 'PodsCrashing';
  /** In the words of the cluster, or of the process. */
  readonly says: string;
}

interface ContainerStatus {
  readonly image?: string;
  readonly restartCount?: number;
  readonly state?: { readonly waiting?: Waiting; readonly terminated?: Terminated };
  readonly lastState?: { readonly terminated?: Terminated };
}
interface Waiting {
  readonly reason?: string;
  readonly message?: string;
}
interface Terminated {
  readonly exitCode?: number;
  readonly reason?: string;
  readonly message?: string;
}
type Pod = KubeObject & {
  readonly spec?: { readonly volumes?: readonly { readonly projected?: { readonly sources?: readonly Json[] } }[] };
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
};

/** What a store keeps of a pod: as little as a plan looks at, for there are many. */
export function trimPod({ apiVersion, kind, metadata, ...rest }: KubeObject): KubeObject {
  const { spec, status } = rest as Pod;
  const { managedFields: _fields, annotations: _annotations, ...kept } = metadata as KubeObject['metadata'] & { managedFields?: unknown };
  const volumes = (spec?.volumes ?? []).filter(({ projected }) => projected !== undefined);
  return { ...(apiVersion && { apiVersion }), ...(kind && { kind }), metadata: kept, spec: { volumes }, status } as KubeObject;
}

export function podView(object: KubeObject): PodView {
  const { metadata, spec, status } = object as Pod;
  const { conditions = [], phase } = status ?? {};
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const ended = containers.map(({ state, lastState }) => state?.terminated ?? lastState?.terminated).find((one) => one !== undefined);
  const sources = (spec?.volumes ?? []).flatMap(({ projected }) => projected?.sources ?? []);
  return {
    name: metadata.name,
    component: metadata.labels?.['app.kubernetes.io/component'] ?? '',
    job: metadata.labels?.['batch.kubernetes.io/job-name'],
    isReady: conditions.some(({ type, status }) => type === 'Ready' && status === 'True'),
    isEnding: metadata.deletionTimestamp !== undefined,
    isOver: phase === 'Succeeded' || phase === 'Failed',
    configMaps: sources.flatMap((source) => (source['configMap'] as { name?: string } | undefined)?.name ?? []),
    trouble: troubleOf(conditions, containers),
    lastWords: ended?.message,
  };
}

const unpullable = ['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull', 'RegistryUnavailable'];
const unstartable = ['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError'];

function troubleOf(
  conditions: NonNullable<NonNullable<Pod['status']>['conditions']>,
  containers: readonly ContainerStatus[],
): PodTrouble | undefined {
  const homeless = conditions.find((one) => one.type === 'PodScheduled' && one.reason === 'Unschedulable');
  if (homeless !== undefined) return { kind: 'Unschedulable', says: homeless.message ?? 'no node fits' };
  for (const { image = '', state, lastState } of containers) {
    const { reason = '', message = '' } = state?.waiting ?? {};
    if (unpullable.includes(reason)) return { kind: 'ImagePullFailed', says: `cannot pull ${image}: ${message || reason}` };
    if (unstartable.includes(reason)) return { kind: 'ContainerConfigInvalid', says: message || reason };
    const ended = state?.terminated ?? lastState?.terminated;
    if (ended === undefined || ended.exitCode === 0) continue;
    if (ended.reason === 'OOMKilled') return { kind: 'OutOfMemory', says: 'killed at its memory limit' };
    const words = messageIn(ended.message);
    return { kind: 'PodsCrashing', says: `exit ${ended.exitCode ?? '?'}${words === '' ? '' : `: ${words}`}` };
  }
  return undefined;
}

const advice: Readonly<Record<PodTrouble['kind'], string>> = {
  Unschedulable: 'make room, or change what its pods ask for',
  ImagePullFailed: 'pods that run go on',
  ContainerConfigInvalid: 'correct what the pods are made of',
  OutOfMemory: 'raise the limit in resources',
  PodsCrashing: 'see the log of the pods',
};

/** What keeps pods of a role, or the migrating pod, from being ready: the trouble that most of them have. */
export function findingIn(pods: readonly PodView[], component: string): Finding | undefined {
  const own = pods.filter((pod) => pod.component === component && !pod.isEnding && !pod.isReady);
  const troubled = own.flatMap(({ trouble }) => (trouble === undefined ? [] : [trouble]));
  const [first] = troubled;
  if (first === undefined) return undefined;
  const alike = troubled.filter(({ kind }) => kind === first.kind).length;
  const which = own.length > 1 ? `${alike} of ${own.length} pods that are not ready: ` : '';
  return {
    reason: first.kind,
    message: `${component}: ${which}${first.says.slice(0, 180)}; ${advice[first.kind]}`,
    stalled: first.kind === 'ImagePullFailed' || first.kind === 'ContainerConfigInvalid',
  };
}
