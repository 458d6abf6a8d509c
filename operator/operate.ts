import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Registry } from 'prom-client';
import { createLog } from '../platform/log.ts';
import { collectProcessMetrics } from '../platform/metrics.ts';
import type { OperatorConfig } from './config.ts';
import { createKubeClient, type KubeClient } from './kube/client.ts';
import { systemClock as clock } from './kube/clock.ts';
import { createEventRecorder, type RecordedEvent } from './kube/event-recorder.ts';
import { createFencedClient } from './kube/fenced-client.ts';
import { createElection } from './kube/leader-election.ts';
import { createRateLimit, type RateLimit } from './kube/rate-limit.ts';
import { loadKubeConfig } from './kube-config.ts';
import { createController } from './controller.ts';
import { createOperatorObserver } from './observe.ts';
import { type Cluster, createCluster } from './observe-cluster.ts';
import { createOpsServer } from './ops-server.ts';
import { createReconcile } from './reconcile.ts';

const flushMs = 500;
const controllerName = 'nireoninstance';

/** Takes part in leader election and answers for its health until `stop` fires; then gives the lease back. Its reason is a signal's name. */
export async function operateUntil(stop: AbortSignal, config: OperatorConfig, version: string): Promise<void> {
  const { namespace, leaseName, pod = hostname(), logLevel, ops, kubeconfig, kubeApiQps } = config;
  const { watchNamespaces, runtimeImage, maxConcurrentReconciles } = config;
  const base = { program: 'operator', instance: namespace, role: 'operator', version, pod };
  const log = await createLog({ level: logLevel, format: 'json', base, to: 1 });
  const registry = new Registry();
  collectProcessMetrics(registry);
  const observe = createOperatorObserver(log, registry, () => new Map([[controllerName, controller.queue()]]));

  let heardAt: number | undefined;
  const connect = (limit?: RateLimit): KubeClient =>
    createKubeClient({
      config: () => loadKubeConfig(kubeconfig),
      userAgent: `nireon-operator/${version}`,
      ...(limit === undefined ? {} : { limit }),
      onAnswer(answer) {
        if (answer.code !== '<error>') heardAt = clock.now();
        observe({ type: 'api-answered', ...answer });
      },
    });
  // Of its own, and without a limit: no work of ours may make a renewal late.
  const leaseClient = connect();
  const client = connect(createRateLimit(kubeApiQps, 2 * kubeApiQps, clock));
  const identity = `${pod}_${randomUUID()}`; // A pod that is made anew under its name is another process.
  const election = createElection({
    ...{ client: leaseClient, namespace, name: leaseName, identity, clock },
    onEvent(event) {
      observe({ type: 'election', lease: leaseName, event });
      if (event.type === 'leading') {
        recorder.record(leadsEvent(namespace, leaseName, identity));
        controller.lead();
      } else if (event.type === 'lost') void controller.follow();
    },
  });
  const fenced = createFencedClient(client, election.assertLeading);
  const recorder = createEventRecorder({ client: fenced, controller: 'nireon.dev/operator', instance: pod, clock });
  const scopes: readonly (string | undefined)[] = watchNamespaces.length > 0 ? watchNamespaces : [undefined];
  const clusters = scopes.map((scope) =>
    createCluster({
      ...{ client, namespace: scope, settings: { runtimeImage }, clock },
      onEvent: (event) => observe({ type: 'reflector', event }),
    }),
  );
  const controller = createController({
    ...{ name: controllerName, client: fenced, concurrency: maxConcurrentReconciles, observe, clock },
    watched: clusters.flatMap(({ watched }) => watched),
    reconcile: createReconcile(joined(clusters), recorder),
  });
  const server = createOpsServer({
    registry,
    live: [{ name: 'process', failure: () => undefined }],
    ready: [
      { name: 'process', failure: () => (stop.aborted ? 'the process is stopping' : undefined) },
      {
        name: 'api-server',
        failure: () => (heardAt !== undefined && clock.now() - heardAt < 30_000 ? undefined : 'the API server does not answer'),
      },
      { name: 'stores', failure: () => (controller.isSynced() ? undefined : 'what the API server has is not all listed yet') },
    ],
  });
  try {
    observe({ type: 'listening', address: await server.listen(ops) });
    stop.addEventListener('abort', () => observe({ type: 'stopping', signal: String(stop.reason) }), { once: true });
    const watching = controller.run(stop);
    await election.run(stop);
    await watching;
    // Whoever waits for the lease waits for this: what is not written by then is dropped.
    await Promise.race([recorder.flush(), clock.wait(flushMs)]);
    await election.release();
    observe({ type: 'stopped' });
  } finally {
    leaseClient.close();
    client.close();
    await server.close();
    log.flush();
  }
}

/** As client-go's leader election tells it, so that `kubectl describe lease` shows who led when. */
const leadsEvent = (namespace: string, name: string, identity: string): RecordedEvent => ({
  regarding: { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { namespace, name } },
  ...{ type: 'Normal', reason: 'LeaderElection', action: 'Elect', note: `${identity} became leader` },
});

/** Each instance is observed where its namespace is watched: the first that knows it. */
const joined = (clusters: readonly Cluster[]): Pick<Cluster, 'observe'> => ({
  async observe(name, signal) {
    for (const cluster of clusters) {
      const snapshot = await cluster.observe(name, signal);
      if (snapshot !== undefined) return snapshot;
    }
    return undefined;
  },
});
