import { spawnSync } from 'node:child_process';
import { Registry } from 'prom-client';
import { collectProcessMetrics } from '../../../platform/metrics.ts';
import { createObserver } from '../../../runtime/observe.ts';
import { createOpsServer } from '../../../runtime/server/ops.ts';
import { startStoreGauges } from '../../../runtime/store-gauges.ts';
import { sampleEvents } from '../../support/engine-events.ts';
import { createMemoryLog } from '../../support/memory-log.ts';
import { findPromtool } from '../../support/promtool.ts';
import { stillClock } from '../../support/still-clock.ts';

const promtool = findPromtool();

describe('promtool check metrics', () => {
  (promtool === undefined ? it.skip : it)('finds no fault in /metrics but the two names that the manual gave', async () => {
    const registry = new Registry();
    collectProcessMetrics(registry);
    const observe = createObserver({ log: (await createMemoryLog('error')).log, registry });
    for (const event of Object.values(sampleEvents)) observe(event);
    const stats = {
      sessions: { running: 1, stopping: 0, finished: 2 },
      ideas: { unscored: 1, stable: 2, rejected: 3 },
      work: [{ mechanism: 'explorer', state: 'ready', count: 1 }] as const,
      outboxOldestSeconds: 0,
      budgetUsed: { llmCalls: 0.5 },
    };
    const gauges = startStoreGauges({ registry, clock: stillClock, store: { stats: async () => stats } });
    await gauges.stop();
    const server = createOpsServer({ registry, clock: stillClock, live: [], ready: [], components: {} });
    const url = await server.listen({ host: '127.0.0.1', port: 0 });
    const input = await (await fetch(`${url}/metrics`)).text();
    await server.close();

    const check = (text: string) => spawnSync(promtool!, ['check', 'metrics'], { input: text, encoding: 'utf8' });
    const { stdout, stderr } = check(input);
    const complaints = `${stdout}${stderr}`.split('\n').filter((line) => line.startsWith('nireon_') || line.startsWith('error'));
    expect(complaints).toEqual([
      'nireon_idea_repository_count non-histogram and non-summary metrics should not have "_count" suffix',
      "nireon_llm_duration_ms_histogram metric name should not include type 'histogram'",
      'nireon_llm_duration_ms_histogram metric names should not contain abbreviated units',
    ]);
    expect(check(input.replace('# TYPE nireon_llm_calls_total counter', '# TYPE nireon_llm_calls_total thing')).status).not.toBe(0);
  });
});
