import type { KubeClient } from './kube/client.ts';
import { type Clock, systemClock } from './kube/clock.ts';
import { createQueue, type Priority } from './kube/queue.ts';
import type { Reflector } from './kube/reflector.ts';
import { keyOf, type KubeObject, type ObjectName } from './kube/resource.ts';
import type { StoreChange, StoreView } from './kube/store.ts';
import type { QueueView } from './metrics.ts';
import type { ObserveOperator, ReconcileResult } from './operator-event.ts';

/** A kind whose changes concern some of the objects that are reconciled. */
export interface WatchedKind {
  readonly reflector: Reflector;
  readonly store: Pick<StoreView<KubeObject>, 'onChange' | 'values'>;
  /** Which ones, and how urgently. */
  readonly concerns: (change: StoreChange<KubeObject>) => { readonly keys: Iterable<string>; readonly priority: Priority };
}

export interface ControllerOptions {
  /** In metrics: `nireoninstance`. */
  readonly name: string;
  readonly watched: readonly WatchedKind[];
  /** Brings the cluster nearer to what the object asks for, by writes through this client, which is fenced. */
  readonly reconcile: (name: ObjectName, client: KubeClient, signal: AbortSignal) => Promise<{ readonly againInMs?: number } | undefined>;
  readonly client: KubeClient;
  readonly concurrency: number;
  readonly observe: ObserveOperator;
  readonly clock?: Clock;
}

export interface Controller {
  /** Keeps the stores warm until the signal; while another leads nothing else is done. */
  run(signal: AbortSignal): Promise<void>;
  /** Starts to reconcile, everything once, as soon as all stores are whole. */
  lead(): void;
  /** Ends it: what runs is aborted, and has ended when this resolves. */
  follow(): Promise<void>;
  /** Whether all stores are whole. */
  isSynced(): boolean;
  queue(): QueueView;
}

const syncPollMs = 50;

export function createController(options: ControllerOptions): Controller {
  const { name, watched, reconcile, client, concurrency, observe, clock = systemClock } = options;
  const isSynced = (): boolean => watched.every(({ reflector }) => reflector.isSynced());
  /** What is done while this process leads; made anew each time, so that nothing of an earlier reign is left in it. */
  let reign: { readonly queue: ReturnType<typeof createQueue>; readonly end: AbortController } | undefined;
  /** The end of the reign before: a key may still be in work. */
  let before: Promise<unknown> = Promise.resolve();

  async function work(key: string, signal: AbortSignal): Promise<{ readonly againInMs?: number } | undefined> {
    const began = clock.now();
    let result: ReconcileResult = 'error';
    try {
      const outcome = await reconcile(nameOf(key), client, signal);
      result = outcome?.againInMs === undefined ? 'success' : 'requeue_after';
      return outcome;
    } finally {
      observe({ type: 'reconciled', controller: name, result, durationMs: clock.now() - began });
    }
  }

  function lead(): void {
    if (reign !== undefined) return;
    const end = new AbortController();
    const queue = createQueue({ work, concurrency, clock, onEvent: (event) => observe({ type: 'queue', controller: name, event }) });
    reign = { queue, end };
    void start(queue, end.signal);
  }

  async function start(queue: ReturnType<typeof createQueue>, signal: AbortSignal): Promise<void> {
    await before;
    while (!isSynced() && !signal.aborted) await clock.wait(syncPollMs, signal).catch(() => undefined);
    if (signal.aborted) return;
    const add = ({ concerns }: WatchedKind, change: StoreChange<KubeObject>, priority?: Priority): void => {
      const { keys, priority: own } = concerns(change);
      for (const key of keys) queue.add(key, priority ?? own);
    };
    const offs = watched.map((kind) => kind.store.onChange((change) => add(kind, change)));
    signal.addEventListener('abort', () => offs.forEach((off) => off()), { once: true });
    for (const kind of watched) for (const object of kind.store.values()) add(kind, { after: object }, 'again');
  }

  async function follow(): Promise<void> {
    const ended = reign;
    reign = undefined;
    if (ended === undefined) return;
    ended.end.abort();
    before = ended.queue.stop({ abort: true });
    await before;
  }

  return {
    async run(signal) {
      await Promise.all(watched.map(({ reflector }) => reflector.run(signal)));
      await follow();
    },
    lead,
    follow,
    isSynced,
    queue() {
      const { waiting, workingSince } = reign?.queue.state() ?? { waiting: 0, workingSince: [] };
      return { waiting, workingMs: workingSince.map((since) => clock.now() - since) };
    },
  };
}

/** The name that keyOf wrote. */
function nameOf(key: string): ObjectName {
  const slash = key.indexOf('/');
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** For kinds that are themselves reconciled: an edit is urgent. */
export const itself: WatchedKind['concerns'] = ({ before, after }) => ({ keys: [keyOf((after ?? before).metadata)], priority: 'edit' });

/** For children: the objects of a kind that own them, urgent as what children did. */
export const ownersOf =
  (kind: string): WatchedKind['concerns'] =>
  ({ before, after }) => ({
    keys: new Set(
      [before, after].flatMap((object) =>
        (object?.metadata.ownerReferences ?? [])
          .filter((owner) => owner.controller === true && owner.kind === kind)
          .map((owner) => keyOf({ namespace: object!.metadata.namespace, name: owner.name })),
      ),
    ),
    priority: 'child',
  });
