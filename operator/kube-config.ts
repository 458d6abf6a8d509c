import { KubeConfig } from '@kubernetes/client-node';

/**
 * The kubeconfig at the path; without one KUBECONFIG, ~/.kube/config, or the pod's service account. Throws, with a sentence, where there
 * is none, instead of falling back to a server on this machine.
 */
export function loadKubeConfig(path: string | undefined): KubeConfig {
  const config = new KubeConfig();
  if (path !== undefined) config.loadFromFile(path);
  else config.loadFromDefault();
  const server = config.getCurrentCluster()?.server;
  if (server === undefined || server === 'http://localhost:8080') {
    throw new Error('there is no kubeconfig: set KUBECONFIG or NIREON_KUBECONFIG, or run in a pod with a service account');
  }
  return config;
}
