import { setImmediate as turn } from 'node:timers/promises';
import type { KubeClient, Query } from './client.ts';
import { KubeError } from './kube-error.ts';
import { collectionPath, type KubeObject, type ResourceKind } from './resource.ts';

/** Which objects of a kind. */
export interface Selection {
  readonly kind: ResourceKind;
  /** All, unless said. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Only the metadata of each object is asked for. */
  readonly metadataOnly?: boolean | undefined;
}

export interface Listed<T> {
  readonly items: readonly T[];
  /** Of the list as a whole: a watch goes on from here. */
  readonly resourceVersion: string;
}

export const selectionQuery = ({ labelSelector, fieldSelector }: Selection): Query => ({ labelSelector, fieldSelector });

export const metadataAccept = (as: 'PartialObjectMetadata' | 'PartialObjectMetadataList'): string =>
  `application/json;as=${as};g=meta.k8s.io;v=v1`;

/**
 * All objects of one moment, read in pages, each trimmed as it comes, with a turn of the event loop between two. A continuation that has
 * expired is KubeError 410.
 */
export async function listAll<T extends KubeObject>(
  client: KubeClient,
  selection: Selection,
  options: { readonly pageSize: number; readonly trim: (object: KubeObject) => T; readonly signal?: AbortSignal | undefined },
): Promise<Listed<T>> {
  const items: T[] = [];
  let next: string | undefined;
  for (;;) {
    const page = (await client.request({
      method: 'GET',
      path: collectionPath(selection.kind, selection.namespace),
      query: { ...selectionQuery(selection), limit: options.pageSize, continue: next },
      ...(selection.metadataOnly ? { accept: metadataAccept('PartialObjectMetadataList') } : {}),
      signal: options.signal,
    })) as { items?: unknown; metadata?: { resourceVersion?: unknown; continue?: unknown } } | undefined;
    const { resourceVersion, continue: more } = page?.metadata ?? {};
    // An empty list of metadata has null for its items.
    const found = page?.items === null ? [] : page?.items;
    if (!Array.isArray(found) || typeof resourceVersion !== 'string') throw new KubeError(0, 'Malformed', 'the answer is no list');
    for (const item of found as KubeObject[]) items.push(options.trim(item));
    if (typeof more !== 'string' || more === '') return { items, resourceVersion };
    next = more;
    await turn();
  }
}
