import { isDeepStrictEqual } from 'node:util';
import type { KubeClient } from './client.ts';
import { type Clock, systemClock } from './clock.ts';
import { isKubeError, KubeError } from './kube-error.ts';
import { microTime } from './micro-time.ts';
import { collectionPath, type KubeObject, objectPath, type ResourceKind } from './resource.ts';

const leaseKind: ResourceKind = { group: 'coordination.k8s.io', version: 'v1', kind: 'Lease', plural: 'leases', namespaced: true };

interface Lease extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

export type ElectionEvent =
  | { readonly type: 'leading' }
  | { readonly type: 'lost'; readonly reason: 'deadline' | 'taken' | 'released' }
  /** Somebody else is seen to hold it; empty when it was released. */
  | { readonly type: 'holder'; readonly identity: string }
  | { readonly type: 'failed'; readonly error: unknown };

export interface ElectionOptions {
  /** Of its own connections: what is slow for others must not make it late. */
  readonly client: KubeClient;
  readonly namespace: string;
  readonly name: string;
  /** Of this process, never used by another. */
  readonly identity: string;
  readonly onEvent?: (event: ElectionEvent) => void;
  readonly clock?: Clock;
  /** client-go's numbers unless said: 15,000, 10,000, 2,000, and the standby looks each 1,000. */
  readonly leaseMs?: number;
  readonly renewDeadlineMs?: number;
  readonly retryMs?: number;
  readonly standbyMs?: number;
}

/**
 * At most one process leads. A lease is held as long as it was renewed, counted from before the renewal was sent; it is taken from another
 * only after it stood unchanged for its whole duration by our own clock, whatever times are written in it.
 */
export interface Election {
  /** Takes part until the signal; never rejects. Leadership lost is tried for again. */
  run(signal: AbortSignal): Promise<void>;
  /** False from the renew deadline on, without waiting for anything. */
  isLeading(): boolean;
  /** For before a write: throws KubeError NotLeader where `isLeading` is false. */
  assertLeading(): void;
  /** Gives the lease up, so that another needs not wait; only once no write is on its way and `run` has ended. */
  release(): Promise<void>;
}

export function createElection(options: ElectionOptions): Election {
  const { client, namespace, name, identity, onEvent, clock = systemClock } = options;
  const { leaseMs = 15_000, renewDeadlineMs = 10_000, retryMs = 2000, standbyMs = 1000 } = options;
  const path = objectPath(leaseKind, { namespace, name });
  /** The lease as last seen, and when by our clock it was first seen so. */
  let seen: { readonly lease: Lease; readonly at: number } | undefined;
  /** Before this moment no other can have taken it. */
  let leadingUntil = -Infinity;
  /** Told as leading, and not yet as lost. */
  let told = false;

  const isLeading = (): boolean => clock.now() < leadingUntil;

  function see(lease: Lease): void {
    if (seen !== undefined && isDeepStrictEqual(seen.lease.spec, lease.spec)) {
      seen = { lease, at: seen.at };
      return;
    }
    const before = seen?.lease.spec?.holderIdentity;
    seen = { lease, at: clock.now() };
    const holder = lease.spec?.holderIdentity ?? '';
    if (holder !== before && holder !== identity) onEvent?.({ type: 'holder', identity: holder });
  }
  function lose(reason: 'deadline' | 'taken' | 'released'): void {
    leadingUntil = -Infinity;
    if (!told) return;
    told = false;
    onEvent?.({ type: 'lost', reason });
  }

  async function write(method: 'POST' | 'PUT', lease: object, deadlineMs: number, signal?: AbortSignal): Promise<void> {
    const target = method === 'POST' ? collectionPath(leaseKind, namespace) : path;
    see((await client.request({ method, path: target, body: lease, deadlineMs, signal })) as Lease);
  }

  /** One try to take or renew it. */
  async function attempt(signal: AbortSignal): Promise<void> {
    const deadlineMs = Math.max(500, Math.min(renewDeadlineMs / 2, isLeading() ? leadingUntil - clock.now() : Infinity));
    const began = clock.now();
    const now = microTime(clock.date());
    const spec = { holderIdentity: identity, leaseDurationSeconds: Math.round(leaseMs / 1000), renewTime: now };
    // A leader renews what it wrote itself; whoever has changed it since makes that a conflict.
    if (!isLeading() || seen === undefined) {
      try {
        see((await client.request({ method: 'GET', path, deadlineMs, signal })) as Lease);
      } catch (error) {
        if (!isKubeError(error, 404)) throw error;
        seen = undefined;
      }
    }
    const held = seen?.lease;
    if (held === undefined) {
      await write('POST', { metadata: { namespace, name }, spec: { ...spec, acquireTime: now, leaseTransitions: 0 } }, deadlineMs, signal);
    } else {
      const holder = held.spec?.holderIdentity ?? '';
      if (holder !== '' && holder !== identity && clock.now() < seen!.at + leaseMs) {
        lose('taken');
        return;
      }
      const taken = holder !== identity;
      await write(
        'PUT',
        {
          metadata: held.metadata,
          spec: {
            ...held.spec,
            ...spec,
            ...(taken ? { acquireTime: now, leaseTransitions: (held.spec?.leaseTransitions ?? 0) + 1 } : {}),
          },
        },
        deadlineMs,
        signal,
      );
    }
    leadingUntil = began + renewDeadlineMs;
    if (told || !isLeading()) return;
    told = true;
    onEvent?.({ type: 'leading' });
  }

  /** Until when there is nothing to do: the next renewal, the next look, or the moment at which another's lease expires. */
  function pauseMs(failed: boolean): number {
    if (isLeading()) return Math.min(failed ? Math.min(retryMs, 1000) : retryMs, leadingUntil - clock.now());
    const expiresInMs = seen === undefined ? Infinity : seen.at + leaseMs - clock.now();
    return expiresInMs > 0 ? Math.min(standbyMs, expiresInMs) : standbyMs;
  }

  return {
    isLeading,
    assertLeading() {
      if (!isLeading()) throw new KubeError(0, 'NotLeader', 'this process does not lead, and writes nothing');
    },
    async run(signal) {
      while (!signal.aborted) {
        let failed = false;
        try {
          await attempt(signal);
        } catch (error) {
          if (signal.aborted) break;
          failed = true;
          // Changed by another since we saw it: look again before anything else is written.
          if (isKubeError(error, 404, 409)) lose('taken');
          onEvent?.({ type: 'failed', error });
        }
        if (told && !isLeading()) lose('deadline');
        await clock.wait(pauseMs(failed), signal).catch(() => undefined);
        if (told && !isLeading()) lose('deadline');
      }
    },
    async release() {
      const leading = isLeading();
      lose('released');
      if (!leading || seen === undefined) return;
      const { metadata, spec } = seen.lease;
      // A duration of 1 s, since 0 is not allowed: whoever reads it needs not wait for the old one.
      const released = { ...spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(clock.date()) };
      await write('PUT', { metadata, spec: released }, 2000).catch((error: unknown) => onEvent?.({ type: 'failed', error }));
    },
  };
}
