import { createHash } from 'node:crypto';
import { backoffMs } from './backoff.ts';
import type { KubeClient } from './client.ts';
import { type Clock, systemClock } from './clock.ts';
import { isKubeError } from './kube-error.ts';
import { microTime } from './micro-time.ts';
import { collectionPath, type KubeObject, objectPath, type ResourceKind } from './resource.ts';

const eventKind: ResourceKind = { group: 'events.k8s.io', version: 'v1', kind: 'Event', plural: 'events', namespaced: true };

/** Something that happened to an object, for people. */
export interface RecordedEvent {
  readonly regarding: Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>;
  readonly type: 'Normal' | 'Warning';
  /** One word in CamelCase, ≤ 128 characters. */
  readonly reason: string;
  /** What was being done, one word. */
  readonly action: string;
  /** One sentence; cut at 1,024 bytes, which is all that the server takes. */
  readonly note: string;
}

export interface EventRecorderOptions {
  readonly client: KubeClient;
  /** `nireon.dev/operator`; the name is ≤ 128 characters. */
  readonly controller: string;
  /** Of this process. */
  readonly instance: string;
  readonly onDropped?: (event: RecordedEvent, why: 'rate' | 'full' | 'refused') => void;
  readonly clock?: Clock;
}

export interface EventRecorder {
  /** Never waits and never throws: an event that cannot be written is dropped. */
  record(event: RecordedEvent): void;
  /** Resolves when all that was recorded has been written or dropped. */
  flush(): Promise<void>;
}

/** client-go's numbers: so many at once of one object, then one each five minutes. */
const burst = 25;
const refillMs = 300_000;
/** An equal event within this time continues the series. */
const seriesMs = 360_000;
const mostSeries = 4096;
const mostWaiting = 1000;
const mostAttempts = 4;

interface Series {
  readonly name: string;
  readonly namespace: string;
  count: number;
  lastAt: number;
  /** The count that the server knows, or undefined while it knows nothing. */
  written: number | undefined;
  writing: boolean;
}

/**
 * events.k8s.io/v1 without spam: equal events are one object with a count, which is written as it stands when its turn comes, and an
 * object has a budget. One write at a time.
 */
export function createEventRecorder({ client, controller, instance, onDropped, clock = systemClock }: EventRecorderOptions): EventRecorder {
  const known = new Map<string, Series>();
  const budgets = new Map<string, { left: number; at: number }>();
  const waiting: { readonly event: RecordedEvent; readonly series: Series; readonly at: Date }[] = [];
  let draining: Promise<void> | undefined;

  function mayWrite(key: string): boolean {
    const budget = budgets.get(key) ?? { left: burst, at: clock.now() };
    const refilled = Math.min(burst, budget.left + (clock.now() - budget.at) / refillMs);
    budgets.delete(key);
    budgets.set(key, { left: refilled >= 1 ? refilled - 1 : refilled, at: clock.now() });
    forgetOldest(budgets);
    return refilled >= 1;
  }

  function enqueue(event: RecordedEvent, series: Series): void {
    if (series.writing) return;
    if (waiting.length >= mostWaiting) {
      onDropped?.(event, 'full');
      return;
    }
    series.writing = true;
    waiting.push({ event, series, at: clock.date() });
    draining ??= drain().finally(() => (draining = undefined));
  }

  async function drain(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { event, series, at } = next;
      series.writing = false;
      const count = series.count;
      if (await write(event, series, at, count)) series.written = count;
      else {
        known.delete(keyOf(event));
        onDropped?.(event, 'refused');
      }
    }
  }

  async function write(event: RecordedEvent, series: Series, at: Date, count: number): Promise<boolean> {
    for (let attempts = 1; ; attempts++) {
      try {
        if (series.written === undefined) await create(event, series, at, count);
        else await update(series, count);
        return true;
      } catch (error) {
        // Its answer was lost, or the server has forgotten it: events live for an hour.
        if (isKubeError(error, 409)) return true;
        if (isKubeError(error, 404) && series.written !== undefined) series.written = undefined;
        else if (!isKubeError(error) || attempts >= mostAttempts || (error.status >= 400 && error.status < 500 && error.status !== 429))
          return false;
        else await clock.wait(Math.max(backoffMs(attempts, { firstMs: 200, mostMs: 5000 }), error.retryAfterMs ?? 0));
      }
    }
  }

  const create = (event: RecordedEvent, { name, namespace }: Series, at: Date, count: number): Promise<unknown> =>
    client.request({
      method: 'POST',
      path: collectionPath(eventKind, namespace),
      body: {
        metadata: { name, namespace },
        eventTime: microTime(at),
        reportingController: controller,
        reportingInstance: cut(instance, 128),
        regarding: reference(event.regarding),
        type: event.type,
        reason: event.reason,
        action: event.action,
        note: cut(event.note, 1024),
        ...(count > 1 ? { series: { count, lastObservedTime: microTime(clock.date()) } } : {}),
      },
    });
  const update = ({ name, namespace }: Series, count: number): Promise<unknown> =>
    client.request({
      method: 'PATCH',
      path: objectPath(eventKind, { namespace, name }),
      contentType: 'application/merge-patch+json',
      body: { series: { count, lastObservedTime: microTime(clock.date()) } },
    });

  return {
    record(event) {
      const key = keyOf(event);
      const before = known.get(key);
      const series = before !== undefined && clock.now() - before.lastAt < seriesMs ? before : newSeries(event);
      series.count++;
      series.lastAt = clock.now();
      known.delete(key);
      known.set(key, series);
      forgetOldest(known);
      // A new object, or a first repetition: what follows is written with whatever comes next, or when the budget allows.
      if (mayWrite(uidOf(event))) enqueue(event, series);
      else {
        if (series.written === undefined && !series.writing) known.delete(key);
        onDropped?.(event, 'rate');
      }
    },
    async flush() {
      await draining;
    },
  };
}

const uidOf = ({ regarding: { metadata } }: RecordedEvent): string => metadata.uid ?? `${metadata.namespace ?? ''}/${metadata.name}`;
const keyOf = (event: RecordedEvent): string => JSON.stringify([uidOf(event), event.type, event.reason, event.action, event.note]);

let made = 0;
function newSeries(event: RecordedEvent): Series {
  const { name, namespace = 'default' } = event.regarding.metadata;
  const suffix = createHash('sha256')
    .update(`${keyOf(event)} ${Date.now()} ${process.pid} ${made++}`)
    .digest('hex')
    .slice(0, 16);
  return { name: `${name.slice(0, 230)}.${suffix}`, namespace, count: 0, lastAt: 0, written: undefined, writing: false };
}

function reference({ apiVersion, kind, metadata: { name, namespace, uid, resourceVersion } }: RecordedEvent['regarding']): object {
  return { apiVersion, kind, name, namespace, uid, resourceVersion };
}

/** Whole characters of at most so many bytes. */
function cut(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  let short = text.slice(0, bytes - 3);
  while (Buffer.byteLength(short) > bytes - 3) short = short.slice(0, -1);
  return `${short}…`;
}

function forgetOldest(map: Map<string, unknown>): void {
  if (map.size > mostSeries) map.delete(map.keys().next().value!);
}
