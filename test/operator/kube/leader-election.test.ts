import fc from 'fast-check';
import type { KubeClient, KubeRequest } from '../../../operator/kube/client.ts';
import { createKubeClient } from '../../../operator/kube/client.ts';
import { createFencedClient } from '../../../operator/kube/fenced-client.ts';
import { KubeError } from '../../../operator/kube/kube-error.ts';
import { createElection, type Election, type ElectionEvent } from '../../../operator/kube/leader-election.ts';
import { objectPath } from '../../../operator/kube/resource.ts';
import { leases } from '../../support/kinds.ts';
import { type KubeFaultProxy, kubeConfigOf, startKubeFaultProxy } from '../../support/kube-fault-proxy.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';
import { until } from '../../support/until.ts';
import { type ControlPlane, findControlPlane, startControlPlane } from '../../testbed/control-plane.ts';

/** One lease with the API server's optimistic concurrency. Requests of a cut-off client fail, before or after they are done. */
function createLeaseServer(clock: ManualClock) {
  let lease: { metadata: { resourceVersion: string }; spec: Record<string, unknown> } | undefined;
  let version = 0;
  const writes: { readonly by: string; readonly at: number }[] = [];
  const connect = (identity: string) => {
    const link = { lost: 'nothing' as 'nothing' | 'requests' | 'answers' };
    const client: KubeClient = {
      async request({ method, body }: KubeRequest) {
        if (link.lost === 'requests') throw new KubeError(0, 'Unreachable', 'cut off');
        const answer = method === 'GET' ? read() : write(method === 'POST', body as NonNullable<typeof lease>);
        if (link.lost === 'answers') throw new KubeError(0, 'Timeout', 'the answer was lost');
        return structuredClone(answer);
      },
      watch: async function* () {},
      close: () => undefined,
    };
    function read() {
      if (lease === undefined) throw new KubeError(404, 'NotFound', 'no lease');
      return lease;
    }
    function write(isNew: boolean, body: NonNullable<typeof lease>) {
      if (isNew ? lease !== undefined : lease?.metadata.resourceVersion !== body.metadata.resourceVersion)
        throw new KubeError(409, 'Conflict', 'no');
      writes.push({ by: identity, at: clock.now() });
      return (lease = structuredClone({ ...body, metadata: { ...body.metadata, resourceVersion: String(++version) } }));
    }
    return { client, link };
  };
  return { connect, writes, holder: () => lease?.spec['holderIdentity'], spec: () => lease?.spec };
}

function setUp(identities: readonly string[], skewMs: readonly number[] = []) {
  const clock = createManualClock();
  const server = createLeaseServer(clock);
  const end = new AbortController();
  const all = identities.map((identity, i) => {
    const { client, link } = server.connect(identity);
    const events: ElectionEvent[] = [];
    // Its wall clock may be wrong by any time.
    const own = { ...clock, date: () => new Date(clock.date().getTime() + (skewMs[i] ?? 0)) };
    const election = createElection({
      ...{ client, namespace: 'n', name: 'l', identity, clock: own, onEvent: (event: ElectionEvent) => void events.push(event) },
    });
    return { identity, election, events, link, stop: new AbortController() };
  });
  const runs = all.map(({ election, stop }) => election.run(AbortSignal.any([end.signal, stop.signal])));
  const leading = (): string[] => all.filter(({ election }) => election.isLeading()).map(({ identity }) => identity);
  return { clock, server, all, leading, runs, end };
}

describe('leader election', () => {
  it('lets one lead, who renews each two seconds, and the other stand by', async () => {
    const { clock, server, leading } = setUp(['a', 'b']);
    await clock.advance(60_000);
    expect(leading()).toEqual(['a']);
    expect(server.spec()).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 0 });
    expect(server.writes.length).toBe(31);
  });

  it('lets the standby follow within 16 s of the last renewal, whatever the clocks say', async () => {
    const { clock, all, server, leading } = setUp(['a', 'b'], [-3_600_000, 3_600_000]);
    await clock.advance(10_000);
    all[0]!.link.lost = 'requests';
    const cutAt = server.writes.at(-1)!.at;
    await clock.advance(30_000);
    expect(leading()).toEqual(['b']);
    const taken = server.writes.find(({ by }) => by === 'b')!.at - cutAt;
    expect(taken).toBeGreaterThanOrEqual(15_000);
    expect(taken).toBeLessThanOrEqual(16_000);
    expect(server.spec()).toMatchObject({ leaseTransitions: 1 });
    expect(all[0]!.events).toContainEqual({ type: 'lost', reason: 'deadline' });
  });

  it('stops writing ten seconds after its last renewal, before anybody can have followed', async () => {
    const { clock, all, server } = setUp(['a', 'b']);
    await clock.advance(4000);
    all[0]!.link.lost = 'requests';
    const renewedAt = server.writes.at(-1)!.at;
    const { election } = all[0]!;
    await clock.advance(renewedAt + 9999 - clock.now());
    expect(election.isLeading()).toBe(true);
    await clock.advance(1);
    expect(election.isLeading()).toBe(false);
    expect(() => election.assertLeading()).toThrow('does not lead');
  });

  it('does not count a renewal whose answer was lost, but goes on with it', async () => {
    const { clock, all, leading } = setUp(['a', 'b']);
    await clock.advance(4000);
    all[0]!.link.lost = 'answers';
    await clock.advance(3000);
    all[0]!.link.lost = 'nothing';
    await clock.advance(60_000);
    expect(leading()).toEqual(['a']);
  });

  it('hands over at once when it is released', async () => {
    const { clock, all, server, leading, runs } = setUp(['a', 'b']);
    await clock.advance(4000);
    all[0]!.stop.abort();
    await runs[0];
    await all[0]!.election.release();
    expect(server.holder()).toBe('');
    await clock.advance(1000);
    expect(leading()).toEqual(['b']);
    expect(all[0]!.events).toContainEqual({ type: 'lost', reason: 'released' });
  });

  it('never has two leaders, nor a write that lands under the other, however connections and processes fail', async () => {
    const step = fc.record({
      who: fc.integer({ min: 0, max: 2 }),
      lost: fc.constantFrom('nothing' as const, 'requests' as const, 'answers' as const),
      forMs: fc.integer({ min: 1, max: 20_000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
        const { clock, all, end, runs, leading } = setUp(['a', 'b', 'c'], [-5000, 0, 5000]);
        let last: { readonly by: string; readonly until: number } | undefined;
        for (const { who, lost, forMs } of steps) {
          all[who]!.link.lost = lost;
          for (let left = forMs; left > 0; left -= 500) {
            await clock.advance(Math.min(left, 500));
            const now = leading();
            expect(now.length).toBeLessThanOrEqual(1);
            // A write that begins now may land 4 s later.
            if (now[0] !== undefined && last !== undefined && last.by !== now[0]) expect(clock.now()).toBeGreaterThanOrEqual(last.until);
            if (now[0] !== undefined) last = { by: now[0], until: clock.now() + 4000 };
          }
        }
        for (const { link } of all) link.lost = 'nothing';
        await clock.advance(40_000);
        expect(leading()).toHaveLength(1);
        end.abort();
        await Promise.all(runs);
      }),
      { numRuns: 25 },
    );
  });
});

const whereBuilt = findControlPlane() === undefined ? describe.skip : describe;

whereBuilt('leader election, on a real API server', () => {
  let plane: ControlPlane;
  let proxy: KubeFaultProxy;
  const clients: KubeClient[] = [];
  const connect = (through?: KubeFaultProxy): KubeClient => {
    const client = createKubeClient({ config: through?.config ?? (() => kubeConfigOf(plane)), userAgent: 'test' });
    clients.push(client);
    return client;
  };
  beforeAll(async () => {
    plane = await startControlPlane();
    proxy = await startKubeFaultProxy(plane);
  }, 60_000);
  afterAll(async () => {
    for (const client of clients) client.close();
    await proxy?.stop();
    await plane?.stop();
  });

  it('hands over from one that is cut off, and fences its writes', async () => {
    const end = new AbortController();
    const timing = { leaseMs: 3000, renewDeadlineMs: 1500, retryMs: 300, standbyMs: 200, namespace: 'default', name: 'op' };
    const elect = (identity: string, client: KubeClient): Election => createElection({ ...timing, identity, client });
    const a = elect('a', connect(proxy));
    const b = elect('b', connect());
    const running = [a.run(end.signal)];
    await until('a leads', () => a.isLeading());
    running.push(b.run(end.signal));
    const writer = createFencedClient(connect(), a.assertLeading);
    const write = () =>
      writer.request({ method: 'POST', path: '/api/v1/namespaces/default/configmaps', body: { metadata: { generateName: 'w' } } });
    await write();
    proxy.fault = () => ({ silent: true });
    await until('b leads', () => b.isLeading());
    expect(a.isLeading()).toBe(false);
    await expect(write()).rejects.toMatchObject({ reason: 'NotLeader' });
    end.abort();
    await Promise.all(running);
    await b.release();
    const lease = (await connect().request({ method: 'GET', path: objectPath(leases, { namespace: 'default', name: 'op' }) })) as {
      spec: Record<string, unknown>;
    };
    expect(lease.spec).toMatchObject({ leaseTransitions: 1, leaseDurationSeconds: 1 });
    expect(lease.spec['holderIdentity'] ?? '').toBe('');
  });
});
