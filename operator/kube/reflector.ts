import { backoffMs } from './backoff.ts';
import type { KubeClient } from './client.ts';
import { type Clock, systemClock } from './clock.ts';
import { isKubeError, KubeError } from './kube-error.ts';
import { listAll, metadataAccept, type Selection, selectionQuery } from './list.ts';
import { collectionPath, type KubeObject } from './resource.ts';
import { isOlder } from './resource-version.ts';
import type { Store } from './store.ts';

export type ReflectorEvent =
  /** `missed` objects were held as they no longer were, although the watch should have said so. */
  | { readonly type: 'listed'; readonly plural: string; readonly objects: number; readonly missed: number }
  /** Tried again after `delayMs`. */
  | { readonly type: 'interrupted'; readonly plural: string; readonly error: unknown; readonly delayMs: number };

export interface ReflectorOptions<T extends KubeObject> extends Selection {
  readonly client: KubeClient;
  readonly store: Store<T>;
  /** What of an object is kept; all but managedFields, unless said. */
  readonly trim?: (object: KubeObject) => T;
  readonly onEvent?: (event: ReflectorEvent) => void;
  readonly clock?: Clock;
  /** In [0, 1). */
  readonly random?: () => number;
  readonly pageSize?: number;
  /** A watch that says nothing for so long is given up; bookmarks come each minute. */
  readonly silenceMs?: number;
  /** So often everything is listed, though nothing is known to be wrong: what a watch has lost is found then. */
  readonly auditMs?: number;
  /** For so long a list older than what is known is refused; one that stays older is a cluster restored from its past. */
  readonly refuseOlderMs?: number;
}

export interface Reflector {
  /** Keeps the store as the cluster is, through every failure, until the signal; never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /** Whether the store has held a whole list. */
  isSynced(): boolean;
  /** Milliseconds since the cluster was last heard of. */
  staleMs(): number;
}

interface WatchLine {
  readonly type?: string;
  readonly object?: KubeObject & { readonly code?: number; readonly reason?: string; readonly message?: string };
}

const retry = { firstMs: 800, mostMs: 30_000 };
/** A watch that ends sooner and says nothing is no good end: asking again at once would be a storm. */
const shortestWatchMs = 1000;

/** List, then watch from there; after any end but 410 the watch goes on from the last version. */
export function createReflector<T extends KubeObject>(options: ReflectorOptions<T>): Reflector {
  const { client, store, onEvent, clock = systemClock, random = Math.random, kind, namespace } = options;
  const { pageSize = 500, silenceMs = 150_000, auditMs = 3_600_000, refuseOlderMs = 300_000 } = options;
  const trim = options.trim ?? (withoutManagedFields as (object: KubeObject) => T);
  /** Everything up to here is in the store; forgotten when only a list can tell. */
  let version: string | undefined;
  /** The newest ever seen. */
  let newest: string | undefined;
  let olderSince: number | undefined;
  let paged = true;
  let synced = false;
  let heardAt = clock.now();
  let auditAt = 0;

  async function list(signal: AbortSignal): Promise<void> {
    const listed = await listAll(client, options, { pageSize: paged ? pageSize : 0, trim, signal }).catch((error: unknown) => {
      // Pages that take longer than the server remembers would expire for ever.
      if (isKubeError(error, 410)) paged = false;
      throw error;
    });
    paged = true;
    if (isOlder(listed.resourceVersion, newest)) {
      olderSince ??= clock.now();
      if (clock.now() - olderSince < refuseOlderMs) throw new KubeError(0, 'Stale', `a list of ${kind.plural} is older than what is known`);
    }
    olderSince = undefined;
    const known = newest;
    const changes = store.replace(listed.items);
    const missed = known === undefined ? 0 : changes.filter((change) => wasMissed(change.after, known, listed.resourceVersion)).length;
    version = newest = listed.resourceVersion;
    synced = true;
    heardAt = clock.now();
    auditAt = heardAt + auditMs;
    onEvent?.({ type: 'listed', plural: kind.plural, objects: listed.items.length, missed });
  }

  function take(line: string): void {
    const { type, object } = readLine(line);
    heardAt = clock.now();
    if (type === 'ERROR') throw new KubeError(object.code ?? 0, object.reason ?? 'Unknown', object.message ?? 'the watch failed');
    const at = object.metadata.resourceVersion;
    // An event that is sent again, or from a server that lags behind.
    if (at === undefined || at === version || isOlder(at, version)) return;
    if (type === 'ADDED' || type === 'MODIFIED') store.put(trim(object));
    else if (type === 'DELETED') store.remove(object.metadata);
    else if (type !== 'BOOKMARK') throw new KubeError(0, 'Malformed', 'a line of the watch has an unknown type');
    version = newest = at;
  }

  async function watch(signal: AbortSignal, onLine: () => void): Promise<void> {
    const began = clock.now();
    let lines = 0;
    const timeoutMs = Math.min(300_000 * (1 + random()), Math.max(1000, auditAt - began));
    for await (const line of client.watch({
      path: collectionPath(kind, namespace),
      query: {
        ...selectionQuery(options),
        watch: true,
        allowWatchBookmarks: true,
        resourceVersion: version,
        timeoutSeconds: Math.ceil(timeoutMs / 1000),
      },
      ...(options.metadataOnly ? { accept: metadataAccept('PartialObjectMetadata') } : {}),
      silenceMs,
      signal,
    })) {
      take(line);
      lines++;
      onLine();
    }
    heardAt = clock.now();
    if (lines === 0 && clock.now() - began < shortestWatchMs) throw new KubeError(0, 'Short', 'the watch ended as soon as it began');
  }

  return {
    async run(signal) {
      for (let failures = 0; !signal.aborted;) {
        try {
          if (version === undefined || clock.now() >= auditAt) await list(signal);
          await watch(signal, () => (failures = 0));
          failures = 0;
        } catch (error) {
          if (signal.aborted) return;
          failures++;
          const expired = isKubeError(error, 410);
          // A cluster restored from its past never reaches the version that we wait for; only a list shows it.
          if (expired || failures % 5 === 0) version = undefined;
          const { retryAfterMs = 0 } = isKubeError(error) ? error : {};
          // All that watched one server meet its 410 at once: the first new list is soon, but not together.
          const ownMs = expired && failures === 1 ? random() * retry.firstMs : backoffMs(failures, { ...retry, random });
          const delayMs = Math.max(ownMs, retryAfterMs);
          onEvent?.({ type: 'interrupted', plural: kind.plural, error, delayMs });
          await clock.wait(delayMs, signal).catch(() => undefined);
        }
      }
    },
    isSynced: () => synced,
    staleMs: () => clock.now() - heardAt,
  };
}

/** A coming or a change that is not after what the watch had reached; of a going only that nothing else had happened since. */
function wasMissed(after: KubeObject | undefined, known: string, listed: string): boolean {
  return after === undefined ? known === listed : !isOlder(known, after.metadata.resourceVersion);
}

function readLine(line: string): { type: string | undefined; object: NonNullable<WatchLine['object']> } {
  let read: WatchLine | null;
  try {
    read = JSON.parse(line) as WatchLine | null;
  } catch (cause) {
    throw new KubeError(0, 'Malformed', 'a line of the watch is no JSON', { cause });
  }
  if (typeof read?.object !== 'object' || (read.type !== 'ERROR' && typeof read.object?.metadata !== 'object')) {
    throw new KubeError(0, 'Malformed', 'a line of the watch holds no object');
  }
  return { type: read.type, object: read.object };
}

function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
