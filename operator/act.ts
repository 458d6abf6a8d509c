import { nireonInstances } from './crd.ts';
import type { InstanceStatus } from './instance/status.ts';
import { apply, remove } from './kube/apply.ts';
import type { KubeClient } from './kube/client.ts';
import { isKubeError } from './kube/kube-error.ts';
import type { Finding, StoredInstance } from './plan/snapshot.ts';
import type { Stage, Write } from './plan/plan.ts';

const manager = 'nireon-operator';

/** Carries the stages out, one write after the other; stops at the first that cannot be, and says why. */
export async function act(stages: readonly Stage[], client: KubeClient, signal: AbortSignal): Promise<Finding | undefined> {
  for (const stage of stages) {
    for (const write of stage.apply) {
      const finding = await carryOut(write, client, signal);
      if (finding !== undefined) return finding;
    }
    for (const ref of stage.remove) await remove(client, { ...ref, signal });
  }
  return undefined;
}

async function carryOut({ manifest: { kind, object }, uid }: Write, client: KubeClient, signal: AbortSignal): Promise<Finding | undefined> {
  const { name, namespace } = object.metadata;
  try {
    const request = { kind, object, manager, force: true, signal, expect: uid === undefined ? ('new' as const) : { uid } };
    const { outcome } = await apply(client, request);
    if (outcome !== 'exists') return undefined;
    const message = `${kind.kind} ${namespace ?? ''}/${name} exists and is not ours; rename it or this instance`;
    return { reason: 'OwnershipConflict', message, stalled: true };
  } catch (error) {
    if (isKubeError(error, 422))
      return { reason: kind.kind === 'Deployment' ? 'PodTemplateInvalid' : 'InvalidSpec', message: said(error), stalled: true };
    if (isKubeError(error, 403)) return { reason: 'Forbidden', message: `${kind.plural} cannot be written: ${said(error)}`, stalled: true };
    throw error;
  }
}

const said = (error: unknown): string => (error as Error).message.slice(0, 200);

/** Writes a status that is not what stands there; an instance that is gone meanwhile needs none. */
export async function writeStatus(
  instance: StoredInstance,
  status: InstanceStatus,
  client: KubeClient,
  signal: AbortSignal,
): Promise<void> {
  const { name, namespace, uid = '' } = instance.metadata;
  await apply(client, {
    ...{ kind: nireonInstances, manager: `${manager}-status`, force: true, expect: { uid }, subresource: 'status' },
    object: { metadata: { name, ...(namespace === undefined ? {} : { namespace }) }, status } as StoredInstance,
    signal,
  });
}
