import type { InstanceSpec } from '../instance/spec.ts';
import { kinds } from '../kinds.ts';
import type { Role } from '../plan/roles.ts';
import { annotations, childOf, engineLabels, type Manifest, type Owner } from './metadata.ts';
import type { Revision } from './revision.ts';

/** `replicas` is left out where an autoscaler has them. */
export function deploymentOf(owner: Owner, spec: InstanceSpec, role: Role, revision: Revision, replicas: number | undefined): Manifest {
  const { maxSurge, maxUnavailable, progressDeadlineSeconds, revisionHistoryLimit } = spec.rollout;
  return childOf(owner, kinds.deployment, {
    ...{ name: `${owner.name}-${role.name}`, component: role.name },
    annotations: { [annotations.revision]: revision.id },
    spec: {
      ...(replicas === undefined ? {} : { replicas }),
      selector: { matchLabels: { 'nireon.dev/instance': owner.name, 'nireon.dev/role': role.name } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } },
      ...{ progressDeadlineSeconds, revisionHistoryLimit },
      template: revision.template,
    },
  });
}

export const disruptionBudgetOf = (owner: Owner, role: Role): Manifest =>
  childOf(owner, kinds.podDisruptionBudget, {
    ...{ name: `${owner.name}-${role.name}`, component: role.name },
    spec: {
      maxUnavailable: role.spec.maxDisrupted,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: engineLabels(owner, role.name) },
    },
  });

/** What the pods of an instance run: what the spec says, else what they run already unless upgrades are followed at once, else the default. */
export const imageOf = ({ image, rollout }: InstanceSpec, running: string | undefined, standard: string): string =>
  image.name ?? (rollout.operatorUpgrade === 'Immediate' ? standard : (running ?? standard));
