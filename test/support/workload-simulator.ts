import type { KubeClient } from '../../operator/kube/client.ts';
import { collectionPath, type KubeObject, objectPath, type ResourceKind } from '../../operator/kube/resource.ts';

const pods: ResourceKind = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };

export interface WorkloadSimulator {
  /** Whether pods with this image become ready; all do unless said. */
  becomesReady: (image: string) => boolean;
  /** What a migrating pod with this image leaves when it ends; it passes unless said. Undefined: it does not end. */
  migrates: (image: string) => { readonly exitCode: number; readonly report: object } | undefined;
  stop(): Promise<void>;
}

const passed = { code: 'OK', message: '', retryable: false, runtime: '0.1.0', problems: [], schema: { version: 7, oldestRuntime: 1 } };

type Pod = KubeObject & {
  readonly spec: { readonly containers: readonly { readonly name: string; readonly image: string }[] };
  readonly status?: { readonly phase?: string; readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
};

/** Does to pods what a kubelet would, and to nothing else: those that may be are made ready, those that end are gone. */
export function startWorkloadSimulator(client: KubeClient): WorkloadSimulator {
  let stopped = false;
  const simulator: WorkloadSimulator = {
    becomesReady: () => true,
    migrates: () => ({ exitCode: 0, report: passed }),
    async stop() {
      stopped = true;
      await running;
    },
  };

  const isMigrating = (pod: Pod): boolean => pod.metadata.labels?.['app.kubernetes.io/component'] === 'migrate';
  async function migrate(pod: Pod): Promise<void> {
    const [{ name, image }] = pod.spec.containers as [{ name: string; image: string }];
    const ends = simulator.migrates(image);
    if (ends === undefined || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return;
    const now = new Date().toISOString();
    const terminated = { exitCode: ends.exitCode, message: JSON.stringify(ends.report), startedAt: now, finishedAt: now };
    const container = { name, image, imageID: image, ready: false, restartCount: 0, state: { terminated } };
    const phase = ends.exitCode === 0 ? 'Succeeded' : 'Failed';
    await patchStatus(pod, { phase, startTime: now, containerStatuses: [container] });
  }
  const patchStatus = (pod: Pod, status: object): Promise<unknown> =>
    client.request({
      ...{ method: 'PATCH', path: objectPath(pods, pod.metadata, 'status'), contentType: 'application/merge-patch+json' },
      body: { status },
    });

  async function makeReady(pod: Pod): Promise<void> {
    const [{ name, image }] = pod.spec.containers as [{ name: string; image: string }];
    if (!simulator.becomesReady(image) || pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')) return;
    const now = new Date().toISOString();
    const conditions = ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type) => ({
      type,
      status: 'True',
      lastTransitionTime: now,
    }));
    const container = { name, image, imageID: image, ready: true, restartCount: 0, state: { running: { startedAt: now } } };
    await patchStatus(pod, { phase: 'Running', startTime: now, conditions, containerStatuses: [container] });
  }
  async function round(): Promise<void> {
    const { items } = (await client.request({ method: 'GET', path: collectionPath(pods) })) as { items: Pod[] };
    for (const pod of items) {
      const isEnding = pod.metadata.deletionTimestamp !== undefined;
      const done = isEnding
        ? client.request({ method: 'DELETE', path: objectPath(pods, pod.metadata), body: { gracePeriodSeconds: 0 } })
        : isMigrating(pod)
          ? migrate(pod)
          : makeReady(pod);
      // Gone or changed meanwhile: the next round sees.
      await done.catch(() => undefined);
    }
  }
  const running = (async () => {
    while (!stopped) {
      await round().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  return simulator;
}
