import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { customResourceDefinition } from '../../operator/crd.ts';
import { createKubeClient } from '../../operator/kube/client.ts';
import { collectionPath } from '../../operator/kube/resource.ts';
import { crds } from '../support/kinds.ts';
import { kubeConfigOf } from '../support/kube-fault-proxy.ts';
import { type ControlPlane, findControlPlane, startControlPlane } from '../testbed/control-plane.ts';
import { until } from '../support/until.ts';

const root = join(import.meta.dirname, '../..');

interface Operator {
  readonly lines: Record<string, unknown>[];
  readonly errors: () => string;
  said(msg: string): boolean;
  get(path: string): Promise<{ status: number; text: string }>;
  signal(signal: NodeJS.Signals): void;
  readonly ended: Promise<number | null>;
}

const children = new Set<ChildProcess>();

function runOperator(env: Record<string, string>): Operator {
  const child = spawn(join(root, 'node_modules/.bin/node'), ['--disable-warning=ExperimentalWarning', 'operator/main.ts'], {
    cwd: root,
    env: { PATH: process.env['PATH'], NIREON_NAMESPACE: 'default', NIREON_OPS_PORT: '0', ...env },
  });
  children.add(child);
  const lines: Record<string, unknown>[] = [];
  let errors = '';
  createInterface(child.stdout).on('line', (line) => lines.push(JSON.parse(line) as Record<string, unknown>));
  child.stderr.on('data', (data) => (errors += String(data)));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve)).finally(() => children.delete(child));
  return {
    lines,
    errors: () => errors,
    said: (msg) => lines.some((line) => line['msg'] === msg),
    async get(path) {
      const address = lines.find((line) => line['msg'] === 'health and metrics listen')?.['address'];
      const response = await fetch(`${String(address)}${path}`);
      return { status: response.status, text: await response.text() };
    },
    signal: (signal) => void child.kill(signal),
    ended,
  };
}

afterAll(() => children.forEach((child) => child.kill('SIGKILL')));

describe('the operator process, before it starts', () => {
  it('names every bad setting, and ends with 78', async () => {
    const operator = runOperator({ NIREON_LOG_LEVEL: 'loud', NIREON_KUBE_API_QPS: '-1' });
    expect(await operator.ended).toBe(78);
    expect(operator.errors()).toContain('logLevel');
    expect(operator.errors()).toContain('kubeApiQps');
  });

  it('does not fall back to a server on this machine without a kubeconfig', async () => {
    const operator = runOperator({ HOME: '/nonexistent' });
    expect(await operator.ended).toBe(78);
    expect(operator.errors()).toContain('there is no kubeconfig');
  });
});

const whereBuilt = findControlPlane() === undefined ? describe.skip : describe;

whereBuilt('the operator process, on a real API server', () => {
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = await startControlPlane();
    const client = createKubeClient({ config: () => kubeConfigOf(plane), userAgent: 'test' });
    await client.request({ method: 'POST', path: collectionPath(crds), body: customResourceDefinition() });
    client.close();
  }, 60_000);
  afterAll(async () => {
    await plane?.stop();
  });

  it('leads alone, says so in log and metrics, and hands over as soon as it is told to end', async () => {
    const first = runOperator({ KUBECONFIG: plane.kubeconfig });
    await until('the first leads', () => first.said('leading'));
    const second = runOperator({ KUBECONFIG: plane.kubeconfig });
    await until('the second sees the first', () => second.said('another leads'));
    await until('the first is ready', async () => (await first.get('/readyz')).status === 200);
    expect((await second.get('/livez')).status).toBe(200);
    expect((await first.get('/metrics')).text).toContain('leader_election_master_status{name="nireon-operator"} 1');
    const metrics = (await second.get('/metrics')).text;
    expect(metrics).toContain('leader_election_master_status{name="nireon-operator"} 0');
    expect(metrics).toMatch(/rest_client_requests_total\{code="200",method="GET",host="127\.0\.0\.1:\d+"\} [1-9]/);
    const client = createKubeClient({ config: () => kubeConfigOf(plane), userAgent: 'test' });
    const events = await client.request({ method: 'GET', path: '/apis/events.k8s.io/v1/namespaces/default/events' });
    client.close();
    expect(events).toMatchObject({ items: [{ reason: 'LeaderElection', regarding: { kind: 'Lease', name: 'nireon-operator' } }] });
    first.signal('SIGTERM');
    expect(await first.ended).toBe(0);
    expect(first.lines.map(({ msg }) => msg)).toEqual(expect.arrayContaining(['stopping', 'no longer leading', 'stopped']));
    await until('the second leads', () => second.said('leading'), 3000);
    second.signal('SIGINT');
    expect(await second.ended).toBe(0);
  }, 60_000);

  it('stays up, not ready, while the API server is away, and leads again when that is back', async () => {
    const operator = runOperator({ KUBECONFIG: plane.kubeconfig });
    await until('it leads', () => operator.said('leading'));
    await plane.kill('kube-apiserver');
    await until('it has lost its lease', () => operator.said('no longer leading'));
    expect((await operator.get('/livez')).status).toBe(200);
    await plane.restart('kube-apiserver');
    await until('it leads again', () => operator.lines.filter(({ msg }) => msg === 'leading').length === 2);
    operator.signal('SIGTERM');
    expect(await operator.ended).toBe(0);
  }, 60_000);
});
