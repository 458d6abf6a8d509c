import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { nireonInstances } from '../crd.ts';
import { apiVersionOf, type KubeObject, type ObjectMetadata, type ResourceKind } from '../kube/resource.ts';

/** An object that the operator wants to be so. */
export interface Manifest {
  readonly kind: ResourceKind;
  readonly object: KubeObject & Readonly<Record<string, unknown>>;
  /** Never changed once it is made: its name says what is in it. */
  readonly immutable?: true;
}

/** Who owns what is made. */
export interface Owner {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export const annotations = {
  /** On every child: a hash of what was applied. */
  applied: 'nireon.dev/applied',
  /** On Deployments: the generation of the instance that they were written for. */
  generation: 'nireon.dev/generation',
  /** On Deployments and pods: which configuration, rules and Secrets they run. */
  revision: 'nireon.dev/revision',
  /** On pods: a digest of the Secrets that they use. */
  secrets: 'nireon.dev/secrets',
  /** On ControllerRevisions: a hash of what their template was made from. */
  inputs: 'nireon.dev/inputs',
  /** On ControllerRevisions: stable or failed, once it is known. */
  outcome: 'nireon.dev/outcome',
  /** On instances: any new text restarts all pods. */
  restart: 'nireon.dev/restart',
} as const;

/** The first digits of SHA-256, in hexadecimal, over JSON with sorted keys. */
export const hash = (value: unknown, digits: number): string =>
  createHash('sha256')
    .update(canonicalize(value) ?? '')
    .digest('hex')
    .slice(0, digits);

/** Every child has them; `component` is a role, or api, migrate, rules. */
export const labelsOf = (owner: Owner, component: string): Record<string, string> => ({
  'app.kubernetes.io/name': 'nireon',
  'app.kubernetes.io/instance': owner.name,
  'app.kubernetes.io/component': component,
  'app.kubernetes.io/part-of': 'nireon',
  'app.kubernetes.io/managed-by': 'nireon-operator',
  'nireon.dev/instance': owner.name,
});

/** What selects the engine pods of an instance, or of one of its roles: no migrating pod is among them. */
export const engineLabels = (owner: Owner, role?: string): Record<string, string> => ({
  'nireon.dev/instance': owner.name,
  'nireon.dev/engine': 'true',
  ...(role === undefined ? {} : { 'nireon.dev/role': role }),
});

/** A child of the instance, with the hash of all that stands in it. */
export function childOf(
  owner: Owner,
  kind: ResourceKind,
  {
    name,
    component,
    annotations: own = {},
    ...body
  }: { name: string; component: string; annotations?: Record<string, string> } & Record<string, unknown>,
): Manifest {
  const { namespace, uid } = owner;
  const reference = {
    apiVersion: apiVersionOf(nireonInstances),
    kind: nireonInstances.kind,
    ...{ name: owner.name, uid, controller: true, blockOwnerDeletion: true },
  };
  const metadata: ObjectMetadata = { name, namespace, labels: labelsOf(owner, component), annotations: own, ownerReferences: [reference] };
  const applied = hash({ metadata, ...body }, 10);
  return { kind, object: { ...body, metadata: { ...metadata, annotations: { ...own, [annotations.applied]: applied } } } };
}
