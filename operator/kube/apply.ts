import { backoffMs } from './backoff.ts';
import type { KubeClient } from './client.ts';
import { type Clock, systemClock } from './clock.ts';
import { isKubeError, type KubeError } from './kube-error.ts';
import { apiVersionOf, type KubeObject, objectPath, type ObjectName, type ResourceKind } from './resource.ts';

/** A field that somebody else manages with another value. */
export interface FieldConflict {
  /** As the server writes it: `.spec.replicas`. */
  readonly field: string;
  readonly manager: string;
}

export type ApplyOutcome =
  | { readonly outcome: 'applied'; readonly object: KubeObject }
  /** It should have been made, and there is one of this name. */
  | { readonly outcome: 'exists' }
  /** The one that was held is no more; another of its name may be. */
  | { readonly outcome: 'gone' }
  /** Only without `force`. */
  | { readonly outcome: 'conflict'; readonly conflicts: readonly FieldConflict[] };

export interface ApplyRequest {
  readonly kind: ResourceKind;
  /** All fields that this manager wants, and no other; what it wanted before and leaves out now is removed. */
  readonly object: KubeObject;
  readonly manager: string;
  /** Takes over fields that others manage. */
  readonly force: boolean;
  /** `new`: only makes it. A uid: only changes that very object. `any`: as kubectl does, makes or changes whatever is there. */
  readonly expect: 'new' | 'any' | { readonly uid: string };
  readonly subresource?: 'status';
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock;
}

const mostAttempts = 5;

/**
 * Server-side apply of plain JSON. A write that met another at the same moment is tried again at once; everything that is no outcome is a
 * KubeError (422 and 403 among them).
 */
export async function apply(client: KubeClient, request: ApplyRequest): Promise<ApplyOutcome> {
  const { kind, object, manager, force, expect, subresource, dryRun, signal, clock = systemClock } = request;
  const { resourceVersion: _version, uid: _uid, managedFields: _fields, ...metadata } = object.metadata;
  const body = {
    ...object,
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    // No object ever has version 1: where one is, that is a conflict, and where none is, it is made.
    metadata: { ...metadata, ...(expect === 'new' ? { resourceVersion: '1' } : expect === 'any' ? {} : { uid: expect.uid }) },
  };
  for (let attempts = 1; ; attempts++) {
    try {
      const applied = await client.request({
        method: 'PATCH',
        path: objectPath(kind, metadata, subresource),
        query: { fieldManager: manager, force, dryRun: dryRun ? 'All' : undefined },
        body,
        contentType: 'application/apply-patch+yaml',
        signal,
      });
      return { outcome: 'applied', object: applied as KubeObject };
    } catch (error) {
      // A status of what is not there: the object itself would have been made.
      if (isKubeError(error, 404) && subresource !== undefined) return { outcome: 'gone' };
      // The other object under the name has another uid, which is said to be a wrong field.
      if (isKubeError(error, 422) && error.causes.some(({ field }) => field === 'metadata.uid')) return { outcome: 'gone' };
      if (!isKubeError(error, 409)) throw error;
      const outcome = outcomeOf(error, expect);
      if (outcome !== undefined) return outcome;
      if (attempts >= mostAttempts) throw error;
      await clock.wait(backoffMs(attempts, { firstMs: 10, mostMs: 200 }), signal);
    }
  }
}

/** What a conflict means; undefined if it was but another's write at the same moment. */
function outcomeOf(error: KubeError, expect: ApplyRequest['expect']): ApplyOutcome | undefined {
  const conflicts = error.causes.filter(({ reason }) => reason === 'FieldManagerConflict');
  if (conflicts.length > 0) {
    return {
      outcome: 'conflict',
      conflicts: conflicts.map(({ field = '', message = '' }) => ({ field, manager: /"([^"]+)"/.exec(message)?.[1] ?? '' })),
    };
  }
  if (expect === 'new') return { outcome: 'exists' };
  return /uid/i.test(error.message) ? { outcome: 'gone' } : undefined;
}

export interface RemoveRequest extends ObjectName {
  readonly kind: ResourceKind;
  /** Only this very object, */
  readonly uid: string;
  /** and only if nobody has changed it since. */
  readonly resourceVersion?: string;
  readonly signal?: AbortSignal | undefined;
}

/** Deletes in the background; `gone` also if another stands under its name, `changed` if it is not as it was seen. */
export async function remove(client: KubeClient, request: RemoveRequest): Promise<'removed' | 'gone' | 'changed'> {
  const { kind, uid, resourceVersion, signal } = request;
  const preconditions = { uid, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
  try {
    await client.request({
      method: 'DELETE',
      path: objectPath(kind, request),
      body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions, propagationPolicy: 'Background' },
      signal,
    });
    return 'removed';
  } catch (error) {
    if (isKubeError(error, 404)) return 'gone';
    if (!isKubeError(error, 409)) throw error;
    return /uid/i.test(error.message) ? 'gone' : 'changed';
  }
}
