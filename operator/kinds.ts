import type { ResourceKind } from './kube/resource.ts';

const namespaced = (group: string, version: string, kind: string, plural: string): ResourceKind => ({
  ...{ group, version, kind, plural },
  namespaced: true,
});

/** What the operator watches and writes; NireonInstance itself stands in crd.ts. */
export const kinds = {
  serviceAccount: namespaced('', 'v1', 'ServiceAccount', 'serviceaccounts'),
  configMap: namespaced('', 'v1', 'ConfigMap', 'configmaps'),
  secret: namespaced('', 'v1', 'Secret', 'secrets'),
  service: namespaced('', 'v1', 'Service', 'services'),
  controllerRevision: namespaced('apps', 'v1', 'ControllerRevision', 'controllerrevisions'),
  deployment: namespaced('apps', 'v1', 'Deployment', 'deployments'),
  job: namespaced('batch', 'v1', 'Job', 'jobs'),
  pod: namespaced('', 'v1', 'Pod', 'pods'),
  podDisruptionBudget: namespaced('policy', 'v1', 'PodDisruptionBudget', 'poddisruptionbudgets'),
  networkPolicy: namespaced('networking.k8s.io', 'v1', 'NetworkPolicy', 'networkpolicies'),
} as const;
