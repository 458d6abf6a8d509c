import { Registry } from 'prom-client';
import { createMetrics, firstLabels, knownLabels } from '../../platform/metrics.ts';

describe('createMetrics', () => {
  it('shows what is not in a closed set as other', async () => {
    const { registry, counter } = createMetrics(new Registry());
    const calls = counter('calls_total', 'Calls', { code: knownLabels(['A', 'B']) });
    for (const code of ['A', 'B', 'C', 'D', 'A']) calls.add({ code });
    expect(await registry.metrics()).toContain('calls_total{code="A"} 2\ncalls_total{code="B"} 1\ncalls_total{code="other"} 2\n');
  });

  it('lets the first names of an open set through, and none that is absurdly long', () => {
    const label = firstLabels(2);
    expect(['a', 'b', 'c', 'a', 'x'.repeat(65), ''].map(label)).toEqual(['a', 'b', 'other', 'a', 'other', 'other']);
  });

  it('counts combinations beyond the limit of a metric under other', async () => {
    const { registry, counter } = createMetrics(new Registry());
    const calls = counter('calls_total', 'Calls', { a: firstLabels(10), b: firstLabels(10) }, 3);
    for (let i = 0; i < 10; i++) for (let j = 0; j < 10; j++) calls.add({ a: `a${i}`, b: `b${j}` });
    const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith('calls_total'));
    expect(lines).toHaveLength(4);
    expect(lines).toContain('calls_total{a="other",b="other"} 97');
  });

  it('shows a counter without labels from the start', async () => {
    const { registry, counter } = createMetrics(new Registry());
    counter('lost_total', 'Lost', {});
    expect(await registry.metrics()).toContain('lost_total 0');
  });
});
