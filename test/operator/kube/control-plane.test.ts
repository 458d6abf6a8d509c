import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { createKubeClient } from '../../../operator/kube/client.ts';
import { collectionPath, objectPath } from '../../../operator/kube/resource.ts';
import { configMaps } from '../../support/kinds.ts';
import { kubeConfigOf } from '../../support/kube-fault-proxy.ts';
import { findControlPlane, startControlPlane } from '../../testbed/control-plane.ts';

const whereBuilt = findControlPlane() === undefined ? describe.skip : describe;

whereBuilt('the control plane of the tests', () => {
  it('stands beside another, keeps its data over a SIGKILL, and leaves nothing', async () => {
    const [one, other] = await Promise.all([startControlPlane(), startControlPlane()]);
    const client = createKubeClient({ config: () => kubeConfigOf(one), userAgent: 'test' });
    try {
      expect(one.server).not.toBe(other.server);
      await client.request({ method: 'POST', path: collectionPath(configMaps, 'default'), body: { metadata: { name: 'kept' } } });
      await one.kill('kube-apiserver');
      await one.restart('kube-apiserver');
      const kept = await client.request({ method: 'GET', path: objectPath(configMaps, { namespace: 'default', name: 'kept' }) });
      expect(kept).toMatchObject({ metadata: { name: 'kept' } });
    } finally {
      client.close();
      await Promise.all([one.stop(), other.stop()]);
    }
    expect(existsSync(dirname(one.kubeconfig))).toBe(false);
  });
});
