import type { Agent } from 'node:http';
import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Clock } from './clock.ts';

/** Where the API server is and what it is told about us. */
export interface Credentials {
  readonly server: URL;
  /** Authority, certificate, authorization: options of Node's https.request. */
  readonly options: RequestOptions;
  /** The agent of a proxy that the kubeconfig asks for. */
  readonly agent: Agent | undefined;
}

export interface CredentialsSource {
  read(): Promise<Credentials>;
  /** After a refusal: the next read loads everything anew, files and plugins too. */
  refused(): void;
}

/** Tokens and authorities in files are rotated in place: what is read is good for so long, unless it is refused before. */
const freshMs = 30_000;

/**
 * What client-node knows of kubeconfigs and authentication, without its agents, which keep the first authority that they saw.
 * `load` gives a new KubeConfig each time, and with it empty caches.
 */
export function createCredentials(load: () => KubeConfig, clock: Clock): CredentialsSource {
  let config: KubeConfig | undefined;
  let held: { readonly at: number; readonly credentials: Promise<Credentials> } | undefined;
  return {
    read() {
      if (held !== undefined && clock.now() - held.at < freshMs) return held.credentials;
      const reading = { at: clock.now(), credentials: readFrom((config ??= load())) };
      held = reading;
      // A failed read is not kept.
      reading.credentials.catch(() => {
        if (held === reading) held = undefined;
      });
      return reading.credentials;
    },
    refused() {
      config = undefined;
      held = undefined;
    },
  };
}

async function readFrom(config: KubeConfig): Promise<Credentials> {
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error('the kubeconfig names no current cluster');
  const all: RequestOptions = {};
  await config.applyToHTTPSOptions(all);
  const { agent, ...options } = all;
  const headers = options.headers as Record<string, string> | undefined;
  // A token file that ends with a line end would be no header.
  if (headers?.['Authorization'] !== undefined) headers['Authorization'] = headers['Authorization'].trim();
  return { server: new URL(cluster.server), options, agent: cluster.proxyUrl && typeof agent === 'object' ? agent : undefined };
}
