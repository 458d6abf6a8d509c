import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Registry } from 'prom-client';
import { createLog } from '../platform/log.ts';
import { collectProcessMetrics } from '../platform/metrics.ts';
import type { OperatorConfig } from './config.ts';
import { createKubeClient } from './kube/client.ts';
import { systemClock as clock } from './kube/clock.ts';
import { createElection } from './kube/leader-election.ts';
import { loadKubeConfig } from './kube-config.ts';
import { createOperatorObserver } from './observe.ts';
import { createOpsServer } from './ops-server.ts';

/** Takes part in leader election and answers for its health until `stop` fires; then gives the lease back. Its reason is a signal's name. */
export async function operateUntil(stop: AbortSignal, config: OperatorConfig, version: string): Promise<void> {
  const { namespace, leaseName, pod = hostname(), logLevel, ops, kubeconfig } = config;
  const base = { program: 'operator', instance: namespace, role: 'operator', version, pod };
  const log = await createLog({ level: logLevel, format: 'json', base, to: 1 });
  const registry = new Registry();
  collectProcessMetrics(registry);
  const observe = createOperatorObserver(log, registry, () => new Map());

  let heardAt: number | undefined;
  const leaseClient = createKubeClient({
    config: () => loadKubeConfig(kubeconfig),
    userAgent: `nireon-operator/${version}`,
    onAnswer(answer) {
      if (answer.code !== '<error>') heardAt = clock.now();
      observe({ type: 'api-answered', ...answer });
    },
  });
  const election = createElection({
    ...{ client: leaseClient, namespace, name: leaseName, clock },
    // A pod that is made anew under its name is another process.
    identity: `${pod}_${randomUUID()}`,
    onEvent: (event) => observe({ type: 'election', lease: leaseName, event }),
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
    ],
  });
  try {
    observe({ type: 'listening', address: await server.listen(ops) });
    stop.addEventListener('abort', () => observe({ type: 'stopping', signal: String(stop.reason) }), { once: true });
    await election.run(stop);
    await election.release();
    observe({ type: 'stopped' });
  } finally {
    leaseClient.close();
    await server.close();
    log.flush();
  }
}
