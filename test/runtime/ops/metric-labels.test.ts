import { Registry } from 'prom-client';
import { collectProcessMetrics } from '../../../platform/metrics.ts';
import { mechanismNames } from '../../../runtime/config.ts';
import type { EngineEvent } from '../../../runtime/domain/engine-event.ts';
import { errorCodes } from '../../../runtime/domain/errors.ts';
import { createRandom } from '../../../runtime/domain/random.ts';
import { signalTypes } from '../../../runtime/domain/signal.ts';
import { llmStages } from '../../../runtime/ports/llm.ts';
import { createObserver } from '../../../runtime/observe.ts';
import { startStoreGauges } from '../../../runtime/store-gauges.ts';
import { sampleEvents } from '../../support/engine-events.ts';
import { createMemoryLog } from '../../support/memory-log.ts';
import { stillClock } from '../../support/still-clock.ts';
import { readScrape } from '../../support/scrape.ts';

const words: Record<string, readonly string[]> = {
  outcome: ['success', 'failure', 'ok', 'program-error', 'timeout', 'out-of-memory', 'output-limit', 'rejected'],
  stage: llmStages,
  code: Object.keys(errorCodes),
  mechanism: mechanismNames,
  signalType: signalTypes,
  result: ['stable', 'rejected', 'unscored'],
  phase: ['config', 'store', 'migrate', 'models', 'bus', 'total'],
  state: ['closed', 'open', 'probing', 'dead', 'done'],
  bus: ['local', 'postgres', 'kafka'],
  executor: ['none', 'docker', 'kubernetes'],
};

/** The event with each text in it replaced: by any that is known for its key, or by one never seen before. */
function hostile(event: EngineEvent, random: () => number): EngineEvent {
  const entries = Object.entries(event).map(([key, value]) => {
    if (typeof value !== 'string' || key === 'type') return [key, value];
    const known = words[key] ?? [];
    const i = Math.floor(random() * (known.length + 1));
    return [key, known[i] ?? `"\n{}=${random()}`];
  });
  return Object.fromEntries(entries) as EngineEvent;
}

describe('metrics of a runtime process', () => {
  it('stay below 2,000 series under hostile labels, each with help, type and closed labels', async () => {
    const registry = new Registry();
    const { log } = await createMemoryLog('error');
    const observe = createObserver({ log, registry });
    collectProcessMetrics(registry);
    const gauges = startStoreGauges({
      registry,
      clock: stillClock,
      store: {
        stats: async () => ({
          sessions: { running: 1, stopping: 0, finished: 2 },
          ideas: { unscored: 1, stable: 2, rejected: 3 },
          work: Array.from({ length: 500 }, (_, i) => ({ mechanism: `m${i}`, state: 'ready' as const, count: 1 })),
          outboxOldestSeconds: 0,
          budgetUsed: { llmCalls: 0.5 },
        }),
      },
    });
    await gauges.stop();
    const { uniform } = createRandom('labels');
    for (let i = 0; i < 3000; i++) for (const event of Object.values(sampleEvents)) observe(hostile(event, () => uniform()));
    const families = [...readScrape(await registry.metrics()).values()];
    const series = families.flatMap((family) => family.series);
    expect(series.length).toBeGreaterThan(1000);
    expect(series.length).toBeLessThanOrEqual(2000);
    for (const { name, type, help, series } of families) {
      expect([name, help.length > 8]).toEqual([name, true]);
      if (!name.startsWith('nireon_')) continue;
      expect([name, series.length > 0]).toEqual([name, true]);
      expect([name, type === 'counter']).toEqual([name, name.endsWith('_total')]);
      const ids = Object.keys(series[0]!.labels).filter((label) => /id$/i.test(label));
      expect([name, ids]).toEqual([name, []]);
    }
  });
});
