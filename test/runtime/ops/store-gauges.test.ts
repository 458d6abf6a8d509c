import { Registry } from 'prom-client';
import { NireonError } from '../../../runtime/domain/errors.ts';
import type { StoreStats } from '../../../runtime/ports/store.ts';
import { startStoreGauges } from '../../../runtime/store-gauges.ts';

const stats: StoreStats = {
  sessions: { running: 2, stopping: 1, finished: 4 },
  ideas: { unscored: 3, stable: 5, rejected: 7 },
  work: [
    { mechanism: 'explorer', state: 'ready', count: 11 },
    { mechanism: 'of-a-later-version', state: 'ready', count: 13 },
  ],
  outboxOldestSeconds: 1.5,
  budgetUsed: { llmCalls: 0.25 },
};

/** A clock whose sleeps end when told. */
function setUp(read: () => Promise<StoreStats>) {
  const registry = new Registry();
  const slept: number[] = [];
  let wake = (): void => undefined;
  let asleep = (): void => undefined;
  const sleeping = () => new Promise<void>((resolve) => (asleep = resolve));
  const clock = {
    nowMs: () => 0,
    isoNow: () => '',
    sleep: async (ms: number, abort?: AbortSignal) =>
      new Promise<void>((resolve) => {
        slept.push(ms);
        wake = resolve;
        abort?.addEventListener('abort', () => resolve());
        asleep();
      }),
  };
  const first = sleeping();
  const gauges = startStoreGauges({ store: { stats: read }, registry, clock });
  const turn = async () => {
    const next = sleeping();
    wake();
    await next;
  };
  const lines = async () => (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return { gauges, first, turn, lines, slept };
}

describe('startStoreGauges', () => {
  it('shows the store at once and every 15 s', async () => {
    let running = 2;
    const { gauges, first, turn, lines, slept } = setUp(async () => ({ ...stats, sessions: { ...stats.sessions, running } }));
    await first;
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'nireon_sessions{state="running"} 2',
        'nireon_idea_repository_count{state="stable"} 5',
        'nireon_work_items{mechanism="explorer",state="ready"} 11',
        'nireon_work_items{mechanism="explorer",state="running"} 0',
        'nireon_work_items{mechanism="other",state="ready"} 13',
        'nireon_session_budget_used_ratio_max{resource="llmCalls"} 0.25',
        'nireon_session_budget_used_ratio_max{resource="costMicroUsd"} 0',
        'nireon_outbox_oldest_seconds 1.5',
      ]),
    );
    running = 9;
    await turn();
    expect(await lines()).toContain('nireon_sessions{state="running"} 9');
    expect(slept).toEqual([15_000, 15_000]);
    await gauges.stop();
  });

  it('falls to 0 for work that is gone', async () => {
    let work = stats.work;
    const { gauges, first, turn, lines } = setUp(async () => ({ ...stats, work }));
    await first;
    work = [];
    await turn();
    expect(await lines()).toContain('nireon_work_items{mechanism="explorer",state="ready"} 0');
    expect(await lines()).toContain('nireon_work_items{mechanism="other",state="ready"} 0');
    await gauges.stop();
  });

  it('keeps what it knew while the store does not answer, and goes on', async () => {
    let lost = false;
    const { gauges, first, turn, lines } = setUp(async () => {
      if (lost) throw new NireonError('STORE_UNREACHABLE');
      return stats;
    });
    await first;
    lost = true;
    await turn();
    expect(await lines()).toContain('nireon_sessions{state="running"} 2');
    await gauges.stop();
  });
});
