import { Gauge, type Registry } from 'prom-client';
import { createMetrics, firstLabels, knownLabels } from '../platform/metrics.ts';
import { reconcileResults } from './operator-event.ts';

/** What a controller's queue looks like at the moment of a scrape. */
export interface QueueView {
  readonly waiting: number;
  /** Milliseconds for which each key in work has been. */
  readonly workingMs: readonly number[];
}

/** client-go's buckets: 10 ns to 1,000 s. */
const queueSeconds = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10, 100, 1000];
/** controller-runtime's. */
const reconcileSeconds = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75, 2, 2.5, 3, 3.5, 4, 4.5,
  5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
];

/** Metrics under the names of controller-runtime and client-go, so that known dashboards and alerts read them; and our own. */
export function createOperatorMetrics(registry: Registry, queues: () => ReadonlyMap<string, QueueView>) {
  const { counter, gauge, histogram } = createMetrics(registry);
  const few = { name: firstLabels(20) };
  const controller = firstLabels(20);
  const fromQueues = (name: string, help: string, of: (view: QueueView) => number): Gauge =>
    new Gauge({
      ...{ name, help, labelNames: ['name'], registers: [registry] },
      collect() {
        for (const [queue, view] of queues()) this.set({ name: few.name(queue) }, of(view));
      },
    });
  fromQueues('workqueue_depth', 'Keys that wait', ({ waiting }) => waiting);
  fromQueues('workqueue_unfinished_work_seconds', 'Seconds of work in progress, over all workers', ({ workingMs }) =>
    workingMs.reduce((sum, ms) => sum + ms / 1000, 0),
  );
  fromQueues('workqueue_longest_running_processor_seconds', 'Seconds that the longest work in progress has taken', ({ workingMs }) =>
    Math.max(0, ...workingMs.map((ms) => ms / 1000)),
  );
  const plural = firstLabels(40);
  return {
    queueAdds: counter('workqueue_adds_total', 'Keys added, repetitions too', few),
    queueRetries: counter('workqueue_retries_total', 'Keys tried again after a failure', few),
    queueWait: histogram('workqueue_queue_duration_seconds', 'Time from adding a key to its work', few, queueSeconds),
    queueWork: histogram('workqueue_work_duration_seconds', 'Time that the work on a key took', few, queueSeconds),
    reconciles: counter('controller_runtime_reconcile_total', 'Reconciliations by their result', {
      controller,
      result: knownLabels(reconcileResults),
    }),
    reconcileErrors: counter('controller_runtime_reconcile_errors_total', 'Reconciliations that failed', { controller }),
    reconcileTime: histogram('controller_runtime_reconcile_time_seconds', 'Time of a reconciliation', { controller }, reconcileSeconds),
    requests: counter('rest_client_requests_total', 'Requests to the API server by answer', {
      code: firstLabels(40),
      method: knownLabels(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
      host: firstLabels(4),
    }),
    leading: gauge('leader_election_master_status', 'Whether this process leads', few),
    relists: counter('nireon_reflector_relists_total', 'Lists of all objects of a kind', { resource: plural }),
    missed: counter('nireon_reflector_missed_total', 'Changes that a watch had lost and a list found', { resource: plural }),
    interruptions: counter('nireon_reflector_interruptions_total', 'Lists and watches that failed', { resource: plural }),
  };
}
