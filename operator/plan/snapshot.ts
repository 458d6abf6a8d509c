import type { InstanceStatus } from '../instance/status.ts';
import type { KubeObject, ObjectName, ResourceKind } from '../kube/resource.ts';
import type { PodView } from './pods.ts';

/** A NireonInstance as the API server stores it; whether its spec parses is for the plan to say. */
export type StoredInstance = KubeObject & { readonly spec?: unknown; readonly status?: InstanceStatus };

/** What is known of a Secret: never a value. */
export interface SecretView {
  readonly keys: readonly string[];
  /** Changes with any value; dear to guess values from. */
  readonly digest: string;
}

/** All that a plan may know. */
export interface Snapshot {
  /** ISO 8601. */
  readonly now: string;
  readonly instance: StoredInstance;
  /** Everything that carries the instance's label and is owned by it. */
  readonly children: readonly Child[];
  /** Of its roles and of its migration. */
  readonly pods: readonly PodView[];
  /** By name; absent where there is none. */
  readonly secrets: ReadonlyMap<string, SecretView>;
  readonly configMaps: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly settings: { readonly runtimeImage: string };
}

export interface Child {
  readonly kind: ResourceKind;
  readonly object: KubeObject & Readonly<Record<string, unknown>>;
}

/** Why the instance is not as it should be; the first one found is told. */
export interface Finding {
  readonly reason: string;
  /** What, where, and after a semicolon what to do. */
  readonly message: string;
  /** Nothing goes on until someone changes something. */
  readonly stalled: boolean;
}

export interface ObjectRef extends ObjectName {
  readonly kind: ResourceKind;
  readonly uid: string;
  readonly resourceVersion?: string;
}
