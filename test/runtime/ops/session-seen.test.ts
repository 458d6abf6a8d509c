import { Registry } from 'prom-client';
import type { SpanRecord } from '../../../platform/tracing.ts';
import { createObserver } from '../../../runtime/observe.ts';
import { createWorld } from '../../support/engine-world.ts';
import { fixtureScript } from '../../support/fixture-f.ts';
import { createMemoryLog } from '../../support/memory-log.ts';
import { readScrape } from '../../support/scrape.ts';

const growing = fixtureScript(({ round, index }) => ({ a: round + 2 + index, f: 3 }));

/** A whole session, as log, metrics and spans show it. */
async function see() {
  const world = await createWorld({
    script: (request) => {
      const reply = growing(request);
      return reply && { ...reply, delayMs: 200 };
    },
  });
  await world.run({ id: 'ses_one', objective: 'Find the way.', seeds: ['A seed to grow from.'], policy: { experiments: false } });
  await world.stop();
  await world.store.close();
  const { log, lines } = await createMemoryLog('debug');
  const registry = new Registry();
  const spans: SpanRecord[] = [];
  const observe = createObserver({ log, registry, tracer: { record: (span) => void spans.push(span), close: async () => undefined } });
  for (const event of world.events) observe(event);
  return { lines: lines(), spans, families: readScrape(await registry.metrics()) };
}

describe('a session of 15 ideas', () => {
  let seen: Awaited<ReturnType<typeof see>>;
  beforeAll(async () => {
    seen = await see();
  });
  const sum = (name: string, pick: (labels: Readonly<Record<string, string>>) => boolean = () => true) =>
    [...seen.families.values()]
      .flatMap((family) => family.series)
      .filter((series) => series.name === name && pick(series.labels))
      .reduce((total, { value }) => total + value, 0);

  it('is counted as it went', () => {
    expect({
      calls: sum('nireon_llm_calls_total'),
      critiques: sum('nireon_llm_calls_total', ({ stage }) => stage === 'critique'),
      work: sum('nireon_work_duration_seconds_count'),
      attempts: sum('nireon_work_attempts_total'),
      signals: sum('nireon_reactor_signals_total'),
      matches: sum('nireon_reactor_rule_matches_total', ({ rule }) => rule === 'assess-generated'),
      published: sum('nireon_event_bus_published_total'),
      assessments: sum('nireon_assessments_total'),
      trust: sum('nireon_trust_score_count'),
      spent: sum('nireon_budget_spent_total', ({ resource }) => resource === 'llmCalls'),
      first: sum('nireon_first_assessment_seconds_count'),
      sessions: sum('nireon_session_duration_seconds_count'),
    }).toEqual({
      calls: 30,
      critiques: 15,
      work: 30,
      attempts: 30,
      signals: 46,
      matches: 15,
      published: 46,
      assessments: 15,
      trust: 15,
      spent: 30,
      first: 1,
      sessions: 1,
    });
    expect(sum('nireon_embeddings_total')).toBeGreaterThan(0);
    // An idea and its critique come one after the other; ten such pairs, five rounds, in a row.
    expect(sum('nireon_first_assessment_seconds_sum')).toBeGreaterThanOrEqual(0.4);
    expect(sum('nireon_session_duration_seconds_sum')).toBeGreaterThanOrEqual(2);
  });

  it('is one trace: every span hangs below another, and all below the session', () => {
    const byId = new Map(seen.spans.map((span) => [span.spanId, span]));
    expect(byId.size).toBe(seen.spans.length);
    expect(new Set(seen.spans.map((span) => span.traceId)).size).toBe(1);
    const roots = seen.spans.filter((span) => span.parentSpanId === undefined);
    expect(roots.map(({ name }) => name)).toEqual(['session']);
    expect(seen.spans.filter((span) => span.parentSpanId !== undefined && !byId.has(span.parentSpanId)).map(({ name }) => name)).toEqual(
      [],
    );
    const above = (span: SpanRecord): string[] => {
      const parent = span.parentSpanId === undefined ? undefined : byId.get(span.parentSpanId);
      return parent === undefined ? [span.name] : [span.name, ...above(parent)];
    };
    const critique = seen.spans.find((span) => span.name.startsWith('chat') && span.attributes['nireon.stage'] === 'critique')!;
    expect(above(critique)).toEqual([
      'chat scripted',
      'effect judge',
      'sentinel.assess',
      'signal idea.generated',
      'explorer.explore',
      'signal seed.planted',
      'session',
    ]);
  });

  it('carries its trace on every line that is about it', () => {
    const about = seen.lines.filter((line) => line['sessionId'] !== undefined);
    expect(about.length).toBeGreaterThan(200);
    const [{ traceId } = {}] = seen.spans;
    expect(about.filter((line) => line['traceId'] !== traceId)).toEqual([]);
    const apart = ['texts embedded', 'signal published', 'worker started', 'worker draining', 'worker stopped'];
    expect(seen.lines.filter((line) => line['sessionId'] === undefined && !apart.includes(String(line['msg'])))).toEqual([]);
  });
});
