import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ControlPlaneOptions {
  /** Runs kube-controller-manager too: Deployments get ReplicaSets and pods, what has lost its owner is collected. */
  readonly controllers?: boolean;
}

/** A real Kubernetes API of this test alone: etcd and kube-apiserver, no node. Its folder goes with it. */
export interface ControlPlane {
  /** https://127.0.0.1:port */
  readonly server: string;
  /** Bearer token of a member of system:masters. */
  readonly token: string;
  /** PEM of the authority that signed the server's certificate. */
  readonly ca: string;
  /** Path of a kubeconfig of that user. */
  readonly kubeconfig: string;
  /** SIGKILL to a part (SIGSTOP and SIGCONT hold it); resolves when it has ended, at once for a hold. */
  kill(part: Part, signal?: NodeJS.Signals): Promise<void>;
  /** Starts a killed part, on the same port and data; resolves when the API is ready. */
  restart(part: Part): Promise<void>;
  /** Ends all parts, and removes their data. */
  stop(): Promise<void>;
}

export type Part = 'etcd' | 'kube-apiserver' | 'kube-controller-manager';

const sources = join(import.meta.dirname, 'cluster');

/**
 * Folder of the built control plane, or undefined with a word on stderr, so that the tests that need it are skipped; with CI set, an error.
 * It does not build: that takes minutes (`make control-plane`).
 */
export function findControlPlane(): string | undefined {
  const folder = execFileSync(join(sources, 'build.sh'), ['--where'], { encoding: 'utf8' }).trim();
  if (existsSync(join(folder, 'kube-controller-manager'))) return folder;
  const missing = 'the Kubernetes control plane is not built (make control-plane; needs Go)';
  if (process.env['CI']) throw new Error(missing);
  process.stderr.write(`tests of the operator on a real API server are skipped: ${missing}\n`);
  return undefined;
}

/** Starts one in about three seconds; any number stand side by side. `stop` ends it, and so does the end of this process, however it comes. */
export async function startControlPlane({ controllers = false }: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const bin = findControlPlane();
  if (bin === undefined) throw new Error('the Kubernetes control plane is not built');
  const folder = mkdtempSync(join(tmpdir(), 'nireon-kube-'));
  const file = (name: string): string => join(folder, name);
  const [api, client, peer, manager] = (await freePorts(4)) as [number, number, number, number];
  const server = `https://127.0.0.1:${api}`;
  const token = randomBytes(16).toString('hex');
  const kubeconfig = file('kubeconfig');
  mkdirSync(file('etcd'), { mode: 0o700 });
  writeFileSync(file('tokens.csv'), `${token},admin,admin,system:masters\n`);
  const keys = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  writeFileSync(file('accounts.key'), keys.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(file('accounts.pub'), keys.publicKey.export({ type: 'spki', format: 'pem' }));

  const options: Record<Part, Record<string, string>> = {
    etcd: {
      'data-dir': file('etcd'),
      'unsafe-no-fsync': 'true',
      'log-level': 'warn',
      'listen-client-urls': `http://127.0.0.1:${client}`,
      'advertise-client-urls': `http://127.0.0.1:${client}`,
      'listen-peer-urls': `http://127.0.0.1:${peer}`,
      'initial-advertise-peer-urls': `http://127.0.0.1:${peer}`,
      'initial-cluster': `default=http://127.0.0.1:${peer}`,
    },
    'kube-apiserver': {
      'bind-address': '127.0.0.1',
      'secure-port': String(api),
      'cert-dir': file('certificates'),
      'etcd-servers': `http://127.0.0.1:${client}`,
      'endpoint-reconciler-type': 'none',
      'authorization-mode': 'RBAC',
      'enable-admission-plugins': 'OwnerReferencesPermissionEnforcement',
      'token-auth-file': file('tokens.csv'),
      'service-cluster-ip-range': '10.96.0.0/16',
      'service-account-issuer': 'https://kubernetes.default.svc',
      'service-account-signing-key-file': file('accounts.key'),
      'service-account-key-file': file('accounts.pub'),
    },
    'kube-controller-manager': {
      kubeconfig,
      'authentication-kubeconfig': kubeconfig,
      'authorization-kubeconfig': kubeconfig,
      'bind-address': '127.0.0.1',
      'secure-port': String(manager),
      'cert-dir': file('certificates'),
      'leader-elect': 'false',
      'use-service-account-credentials': 'true',
      'service-account-private-key-file': file('accounts.key'),
      // Its own default of 20 requests a second would be what a bench measures.
      'kube-api-qps': '1000',
      'kube-api-burst': '2000',
    },
  };
  const running = new Map<Part, { readonly child: ChildProcess; readonly ended: Promise<void> }>();
  const guard = guardian(folder);

  function start(part: Part): void {
    const out = openSync(file(`${part}.log`), 'a');
    const args = Object.entries(options[part]).map(([name, value]) => `--${name}=${value}`);
    const child = spawn(join(bin ?? '', part), args, { cwd: folder, stdio: ['ignore', out, out] });
    closeSync(out);
    running.set(part, { child, ended: new Promise((resolve) => child.once('exit', () => resolve())) });
    writeFileSync(file('pids'), [...running.values()].map(({ child: { pid } }) => `${pid}\n`).join(''));
  }
  async function kill(part: Part, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    running.get(part)?.child.kill(signal);
    if (signal === 'SIGSTOP' || signal === 'SIGCONT') return;
    await running.get(part)?.ended;
    running.delete(part);
  }
  async function ready(): Promise<void> {
    for (const deadline = Date.now() + 60_000; !(await answers(server, token)); await new Promise((resolve) => setTimeout(resolve, 50))) {
      const gone = [...running].find(([, { child }]) => child.exitCode !== null);
      if (gone === undefined && Date.now() < deadline) continue;
      const part = gone?.[0] ?? 'kube-apiserver';
      const log = readFileSync(file(`${part}.log`), 'utf8').slice(-2000);
      await stop();
      throw new Error(`${part} did not start:\n${log}`);
    }
  }
  async function stop(): Promise<void> {
    await Promise.all([...running.keys()].map((part) => kill(part)));
    rmSync(folder, { recursive: true, force: true });
    guard.stdin?.end();
  }

  start('etcd');
  start('kube-apiserver');
  await ready();
  const ca = readFileSync(file('certificates/apiserver.crt'), 'utf8');
  writeFileSync(kubeconfig, kubeconfigText(server, ca, token));
  if (controllers) start('kube-controller-manager');
  return {
    ...{ server, token, ca, kubeconfig, kill, stop },
    async restart(part) {
      start(part);
      await ready();
    },
  };
}

function kubeconfigText(server: string, ca: string, token: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
    users: [{ name: 'admin', user: { token } }],
  });
}

/** Waits for the end of this process, which closes its input; then ends what still runs, by the pids in the folder, and removes it. */
function guardian(folder: string): ChildProcess {
  const script = 'read -r _; [ -d "$0" ] || exit 0; while read -r pid; do kill -KILL "$pid"; done <"$0/pids"; sleep 0.2; rm -rf "$0"';
  const child = spawn('sh', ['-c', script, folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  child.unref();
  (child.stdin as unknown as { unref(): void } | null)?.unref();
  return child;
}

/** Whether the API server is ready to serve all its APIs; its certificate is only known once it runs. */
function answers(server: string, token: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request(`${server}/readyz`, {
      rejectUnauthorized: false,
      agent: false,
      timeout: 5000,
      headers: { authorization: `Bearer ${token}` },
    });
    asked.on('response', (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(false));
    asked.end();
  });
}

/** Held open together, so that they are different ones. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer();
          server.once('error', reject);
          server.listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
