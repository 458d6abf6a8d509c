import type { InstanceSpec } from '../instance/spec.ts';
import { kinds } from '../kinds.ts';
import type { Role } from '../plan/roles.ts';
import { annotations, childOf, engineLabels, type Manifest, type Owner } from './metadata.ts';
import { type PodInputs, podTemplateOf, revisionOf } from './pod-template.ts';

/** `replicas` is left out where an autoscaler has them. */
export function deploymentOf(inputs: PodInputs, replicas: number | undefined): Manifest {
  const { owner, spec, role } = inputs;
  const { maxSurge, maxUnavailable, progressDeadlineSeconds, revisionHistoryLimit } = spec.rollout;
  return childOf(owner, kinds.deployment, {
    ...{ name: `${owner.name}-${role.name}`, component: role.name },
    annotations: { [annotations.revision]: revisionOf(inputs) },
    spec: {
      ...(replicas === undefined ? {} : { replicas }),
      selector: { matchLabels: { 'nireon.dev/instance': owner.name, 'nireon.dev/role': role.name } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } },
      ...{ progressDeadlineSeconds, revisionHistoryLimit },
      template: podTemplateOf(inputs),
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

/** What the pods of an instance run: what the spec says, else what they run already, else the operator's default. */
export const imageOf = (spec: InstanceSpec, running: string | undefined, standard: string): string =>
  spec.image.name ?? running ?? standard;
