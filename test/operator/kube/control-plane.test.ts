import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { findControlPlane, startControlPlane } from '../../testbed/control-plane.ts';

const whereBuilt = findControlPlane() === undefined ? describe.skip : describe;

whereBuilt('the control plane of the tests', () => {
  it('stands beside another, keeps its data over a SIGKILL, and leaves nothing', async () => {
    const [one, other] = await Promise.all([startControlPlane(), startControlPlane()]);
    const kubectl = (...args: string[]): string => execFileSync('kubectl', ['--kubeconfig', one.kubeconfig, ...args], { encoding: 'utf8' });
    try {
      expect(one.server).not.toBe(other.server);
      kubectl('create', 'configmap', 'kept', '--from-literal=a=1');
      await one.kill('kube-apiserver');
      await one.restart('kube-apiserver');
      expect(kubectl('get', 'configmap', 'kept', '-o', 'jsonpath={.data.a}')).toBe('1');
    } finally {
      await Promise.all([one.stop(), other.stop()]);
    }
    expect(existsSync(dirname(one.kubeconfig))).toBe(false);
  });
});
