import canonicalize from 'canonicalize';
import { act, writeStatus } from './act.ts';
import type { ControllerOptions } from './controller.ts';
import { nireonInstances } from './crd.ts';
import type { EventRecorder } from './kube/event-recorder.ts';
import { apiVersionOf } from './kube/resource.ts';
import type { Cluster } from './observe-cluster.ts';
import { planFor } from './plan/plan.ts';

/** Observe, plan, act, tell. What did not go is planned again with its finding, so that the status says it. */
export function createReconcile(
  cluster: Pick<Cluster, 'observe'>,
  recorder: Pick<EventRecorder, 'record'>,
): ControllerOptions['reconcile'] {
  return async (name, client, signal) => {
    const snapshot = await cluster.observe(name, signal);
    if (snapshot === undefined) return undefined;
    const plan = planFor(snapshot);
    const finding = await act(plan.stages, client, signal);
    const { status, events } = finding === undefined ? plan : planFor(snapshot, finding);
    const { apiVersion = apiVersionOf(nireonInstances), kind = nireonInstances.kind, metadata } = snapshot.instance;
    for (const event of events) recorder.record({ regarding: { apiVersion, kind, metadata }, ...event });
    if (canonicalize(status) !== canonicalize(snapshot.instance.status)) await writeStatus(snapshot.instance, status, client, signal);
    const againInMs = finding === undefined ? plan.againInMs : 300_000;
    return againInMs === undefined ? undefined : { againInMs };
  };
}
