import type { Registry } from 'prom-client';
import type { Log } from '../platform/log.ts';
import { isKubeError } from './kube/kube-error.ts';
import type { ElectionEvent } from './kube/leader-election.ts';
import { createOperatorMetrics, type QueueView } from './metrics.ts';
import type { ObserveOperator } from './operator-event.ts';

/** How each event of the operator is seen: its log line, its metrics. Nothing else in the operator logs or counts. */
export function createOperatorObserver(log: Log, registry: Registry, queues: () => ReadonlyMap<string, QueueView>): ObserveOperator {
  const metrics = createOperatorMetrics(registry, queues);

  function seeElection(name: string, event: ElectionEvent): void {
    switch (event.type) {
      case 'leading':
        metrics.leading.set({ name }, 1);
        log.info({ name }, 'leading');
        return;
      case 'lost':
        metrics.leading.set({ name }, 0);
        log[event.reason === 'released' ? 'info' : 'warn']({ name, reason: event.reason }, 'no longer leading');
        return;
      case 'holder':
        // Before anything was taken or lost there must be a 0: an absent series alerts nobody.
        metrics.leading.set({ name }, 0);
        log.info({ name, state: event.identity }, 'another leads');
        return;
      case 'failed':
        log.warn({ name, ...wordsOf(event.error) }, 'the lease could not be read or written');
    }
  }

  return (event) => {
    switch (event.type) {
      case 'listening':
        log.info({ address: event.address }, 'health and metrics listen');
        return;
      case 'stopping':
        log.info({ signal: event.signal }, 'stopping');
        return;
      case 'stopped':
        log.info({}, 'stopped');
        return;
      case 'api-answered':
        metrics.requests.add({ code: event.code, method: event.method, host: event.host });
        return;
      case 'election':
        seeElection(event.lease, event.event);
        return;
      case 'reflector': {
        const { event: seen } = event;
        const resource = { resource: seen.plural };
        if (seen.type === 'listed') {
          metrics.relists.add(resource);
          metrics.missed.add(resource, seen.missed);
          log[seen.missed > 0 ? 'warn' : 'debug']({ name: seen.plural, items: seen.objects, times: seen.missed }, 'objects listed');
        } else {
          metrics.interruptions.add(resource);
          log.warn({ name: seen.plural, delayMs: Math.round(seen.delayMs), ...wordsOf(seen.error) }, 'a watch was interrupted');
        }
        return;
      }
      case 'queue': {
        const name = { name: event.controller };
        const { event: seen } = event;
        if (seen.type === 'added') metrics.queueAdds.add(name);
        else if (seen.type === 'started') metrics.queueWait.observe(name, seen.waitMs / 1000);
        else if (seen.type === 'ended') metrics.queueWork.observe(name, seen.workMs / 1000);
        else {
          metrics.queueRetries.add(name);
          const { key, failures, delayMs, error } = seen;
          log.warn({ name: key, failures, delayMs: Math.round(delayMs), ...wordsOf(error) }, 'a reconciliation failed');
        }
        return;
      }
      case 'reconciled': {
        const { controller, result, durationMs } = event;
        metrics.reconciles.add({ controller, result });
        if (result === 'error') metrics.reconcileErrors.add({ controller });
        metrics.reconcileTime.observe({ controller }, durationMs / 1000);
      }
    }
  };
}

/** The API server's own words are for people; of anything else only where it happened is said. */
const wordsOf = (error: unknown): { code?: string; detail?: string; err?: unknown } =>
  isKubeError(error) ? { code: error.reason, detail: error.message } : { err: error };
