import type { InstanceSpec } from '../instance/spec.ts';
import { kinds } from '../kinds.ts';
import type { Role } from '../plan/roles.ts';
import { ports } from './config-map.ts';
import { childOf, engineLabels, type Manifest, type Owner } from './metadata.ts';

const port = (name: 'api' | 'ops', number: number) => ({ name, port: number, protocol: 'TCP', targetPort: name });

/** Names the pods of a role for whoever reads their metrics. */
export const headlessServiceOf = (owner: Owner, role: Role): Manifest =>
  childOf(owner, kinds.service, {
    ...{ name: `${owner.name}-${role.name}`, component: role.name },
    spec: { type: 'ClusterIP', clusterIP: 'None', selector: engineLabels(owner, role.name), ports: [port('ops', ports.ops)] },
  });

/** The API, by the pods of one role or of all. */
export const apiServiceOf = (owner: Owner, spec: InstanceSpec): Manifest =>
  childOf(owner, kinds.service, {
    ...{ name: `${owner.name}-api`, component: 'api' },
    spec: { type: 'ClusterIP', selector: engineLabels(owner, spec.api.role), ports: [port('api', 80)] },
  });

/** Health and metrics for all, the API for the namespace and those that the spec names. */
export function networkPolicyOf(owner: Owner, { networkPolicy }: InstanceSpec): Manifest {
  const { ingressFrom = [], egress } = networkPolicy;
  return childOf(owner, kinds.networkPolicy, {
    ...{ name: owner.name, component: 'network' },
    spec: {
      podSelector: { matchLabels: engineLabels(owner) },
      policyTypes: egress === undefined ? ['Ingress'] : ['Ingress', 'Egress'],
      ingress: [
        { ports: [{ protocol: 'TCP', port: ports.ops }] },
        { ports: [{ protocol: 'TCP', port: ports.api }], from: [{ podSelector: {} }, ...ingressFrom] },
      ],
      ...(egress === undefined ? {} : { egress }),
    },
  });
}
