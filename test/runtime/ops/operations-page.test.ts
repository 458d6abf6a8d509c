import { readFileSync } from 'node:fs';
import { Registry } from 'prom-client';
import { parse } from 'yaml';
import { logFields } from '../../../platform/log-fields.ts';
import { errorCodes } from '../../../runtime/domain/errors.ts';
import { createRuntimeMetrics } from '../../../runtime/metrics.ts';
import { startStoreGauges } from '../../../runtime/store-gauges.ts';
import { stillClock } from '../../support/still-clock.ts';

const page = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
const rowOf = (name: string): string => page.split('\n').find((line) => line.startsWith(`| \`${name}\` |`)) ?? '';

/** What is looked at in the two configurations. */
interface Block {
  parsers?: { format: string; time_key: string }[];
  pipeline?: { outputs: { labels: string }[] };
  scrape_configs?: { pipeline_stages: { json?: { expressions: Record<string, string> } }[] }[];
}

describe('docs/operations.md', () => {
  it('has a row for every metric, with its type and labels, and no other', async () => {
    const registry = new Registry();
    createRuntimeMetrics(registry);
    const stats = () => Promise.reject(new Error('not read here'));
    await startStoreGauges({ registry, clock: stillClock, store: { stats } }).stop();
    const metrics = registry.getMetricsAsArray() as unknown as { name: string; type: string; labelNames: string[] }[];
    for (const { name, type, labelNames } of metrics) {
      expect([name, rowOf(name)]).toEqual([name, expect.stringContaining(`| ${type}`)]);
      for (const label of labelNames) expect([name, rowOf(name)]).toEqual([name, expect.stringMatching(`\\b${label}\\b`)]);
    }
    const named = new Set(page.match(/\bnireon_[a-z_]+/g)?.map((name) => name.replace(/_(bucket|sum)$/, '')));
    expect([...named].sort()).toEqual(metrics.map(({ name }) => name).sort());
  });

  it('names every field of a log line, and only codes that exist', () => {
    for (const field of Object.keys(logFields)) expect([field, page.includes(`\`${field}\``)]).toEqual([field, true]);
    const codes = page.match(/\b(LLM|STORE|WORK|WORKER|HEALTH|MODEL)_[A-Z_]+[A-Z]\b/g) ?? [];
    expect(codes.filter((code) => !Object.hasOwn(errorCodes, code))).toEqual([]);
  });

  it('has configurations of log shippers that read, and that speak of fields that exist', () => {
    const blocks = [...page.matchAll(/```yaml\n([^`]*)```/g)].map(([, text]) => parse(text!) as Block);
    const [fluentBit, promtail] = blocks;
    const known = ['time', 'level', 'msg', ...Object.keys(logFields)];
    expect(fluentBit!.parsers![0]).toMatchObject({ format: 'json', time_key: 'time' });
    const labels = [...fluentBit!.pipeline!.outputs[0]!.labels.matchAll(/\$(\w+)/g)].map(([, name]) => name);
    const { expressions } = promtail!.scrape_configs![0]!.pipeline_stages[0]!.json!;
    for (const field of [...labels, ...Object.values(expressions)]) expect(known).toContain(field);
  });
});
