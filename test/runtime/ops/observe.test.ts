import { Registry } from 'prom-client';
import { logFields } from '../../../platform/log-fields.ts';
import type { SpanRecord } from '../../../platform/tracing.ts';
import type { EngineEvent } from '../../../runtime/domain/engine-event.ts';
import { NireonError } from '../../../runtime/domain/errors.ts';
import { traceParent } from '../../../runtime/domain/ids.ts';
import { createObserver } from '../../../runtime/observe.ts';
import { place, sampleEvents } from '../../support/engine-events.ts';
import { createMemoryLog } from '../../support/memory-log.ts';
import { readScrape } from '../../support/scrape.ts';

async function setUp(level: 'debug' | 'info' = 'debug') {
  const memory = await createMemoryLog(level);
  const registry = new Registry();
  const spans: SpanRecord[] = [];
  const observe = createObserver({
    log: memory.log,
    registry,
    tracer: { record: (span) => void spans.push(span), close: async () => undefined },
    now: () => 10_000,
  });
  return { ...memory, registry, spans, observe, scrape: async () => readScrape(await registry.metrics()) };
}
const all = Object.values(sampleEvents) as EngineEvent[];
const traceId = traceParent(place.sessionId, '').split('-')[1];

describe('createObserver', () => {
  it('gives every event a log line with constant text, known fields and, in a session, its trace', async () => {
    const { observe, lines } = await setUp();
    for (const event of all) {
      const before = lines().length;
      observe(event);
      const [line, ...more] = lines().slice(before);
      expect([event.type, line?.['msg'], more]).toEqual([event.type, expect.stringMatching(/^[A-Za-z][A-Za-z :]+$/), []]);
      const known = new Set(['time', 'level', 'msg', ...Object.keys(logFields)]);
      expect(Object.keys(line!).filter((field) => !known.has(field))).toEqual([]);
      if (event.sessionId !== undefined)
        expect(line).toMatchObject({ sessionId: 'ses_one', traceId, spanId: expect.stringMatching(/^[0-9a-f]{16}$/) });
    }
    expect(lines()).toHaveLength(all.length);
  });

  it('writes at level info only what an operator wants to read', async () => {
    const { observe, lines } = await setUp('info');
    for (const event of all) observe(event);
    observe({ ...sampleEvents['work-claimed'], takenOver: false });
    observe({ ...sampleEvents['work-ended'], state: 'done' });
    observe({ ...sampleEvents['lease-renewed'], lost: 0 });
    observe({ ...sampleEvents['llm-call-finished'], outcome: 'success' });
    const quiet = [
      'idea stored',
      'signal committed',
      'work claimed',
      'work ended',
      'model call finished',
      'signal published',
      'texts embedded',
    ];
    expect(lines().filter(({ msg }) => quiet.includes(String(msg)))).toEqual([]);
    expect(lines().length).toBeGreaterThan(20);
  });

  it('counts what happened', async () => {
    const { observe, scrape } = await setUp();
    for (const event of all) observe(event);
    const families = await scrape();
    const value = (name: string, labels: Record<string, string> = {}) =>
      families
        .get(name.replace(/_(sum|count)$/, ''))
        ?.series.find((series) => series.name === name && JSON.stringify(series.labels) === JSON.stringify(labels))?.value ??
      families.get(name)?.series.find((series) => JSON.stringify(series.labels) === JSON.stringify(labels))?.value;
    expect({
      calls: value('nireon_llm_calls_total', { model: 'mini', outcome: 'failure', stage: 'critique', code: 'LLM_OVERLOADED' }),
      duration: value('nireon_llm_duration_ms_histogram_sum', { model: 'mini', outcome: 'failure' }),
      read: value('nireon_llm_tokens_total', { model: 'mini', direction: 'input' }),
      wrote: value('nireon_llm_tokens_total', { model: 'mini', direction: 'output' }),
      cost: value('nireon_llm_cost_usd_total', { model: 'mini' }),
      breaker: value('nireon_llm_breaker_state', { model: 'mini' }),
      fallbacks: value('nireon_llm_fallbacks_total', { from: 'mini', to: 'local' }),
      published: value('nireon_event_bus_published_total', { bus: 'local', type: 'idea.generated' }),
      bootstrap: value('nireon_bootstrap_duration_seconds', { phase: 'total' }),
      workDuration: value('nireon_work_duration_seconds_sum', { mechanism: 'sentinel' }),
      workWait: value('nireon_work_wait_seconds_sum', { mechanism: 'explorer' }),
      attempts: value('nireon_work_attempts_total', { mechanism: 'explorer' }),
      dead: value('nireon_work_dead_total', { mechanism: 'sentinel', code: 'WORK_CRASHED' }),
      takeovers: value('nireon_lease_takeovers_total'),
      fenced: value('nireon_commits_fenced_total'),
      repeated: value('nireon_effects_repeated_total'),
      session: value('nireon_session_duration_seconds_sum'),
      first: value('nireon_first_assessment_seconds_sum'),
      assessments: value('nireon_assessments_total', { result: 'stable' }),
      trust: value('nireon_trust_score_sum'),
      spent: value('nireon_budget_spent_total', { resource: 'inputTokens' }),
      perIdea: value('nireon_cost_per_stable_idea_usd_sum'),
      embeddings: value('nireon_embeddings_total', { model: 'all-MiniLM-L6-v2' }),
      batch: value('nireon_embedding_batch_size_sum'),
      signals: value('nireon_reactor_signals_total', { type: 'idea.generated' }),
      matches: value('nireon_reactor_rule_matches_total', { rule: 'assess-generated' }),
      runs: value('nireon_sandbox_runs_total', { executor: 'docker', outcome: 'ok' }),
    }).toEqual({
      calls: 1,
      duration: 640,
      read: 120,
      wrote: 40,
      cost: 55e-6,
      breaker: 2,
      fallbacks: 1,
      published: 1,
      bootstrap: 0.64,
      workDuration: 0.031,
      workWait: 0.012,
      attempts: 1,
      dead: 1,
      takeovers: 1,
      fenced: 1,
      repeated: 1,
      session: 4.2,
      first: 0.9,
      assessments: 1,
      trust: 7.4,
      spent: 120,
      perIdea: 55e-6 / 2,
      embeddings: 4,
      batch: 4,
      signals: 1,
      matches: 1,
      runs: 1,
    });
  });

  it('hangs spans together as the work did: signal, work item, effect, model call, next signal', async () => {
    const { observe, spans } = await setUp();
    for (const event of all) observe(event);
    const named = (name: string) => spans.find((span) => span.name === name)!;
    const root = named('session');
    const work = named('sentinel.assess');
    const effect = named('effect vary');
    const call = named('chat mini');
    const signal = named('signal idea.generated');
    expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
    expect(root.parentSpanId).toBeUndefined();
    // The span of a signal is the one in its traceparent, so that another process finds it.
    expect([signal.spanId, work.parentSpanId]).toEqual(Array(2).fill(traceParent(place.sessionId, place.signalId).split('-')[2]));
    expect([effect.parentSpanId, signal.parentSpanId]).toEqual([work.spanId, work.spanId]);
    expect([call.parentSpanId, named('sandbox run').parentSpanId]).toEqual([effect.spanId, effect.spanId]);
    expect(call).toMatchObject({
      kind: 'client',
      endMs: 10_000,
      durationMs: 640,
      errorCode: 'LLM_OVERLOADED',
      attributes: { 'gen_ai.request.model': 'mini', 'gen_ai.usage.input_tokens': 120, 'nireon.work.id': 'wrk_one' },
    });
    expect(work).toMatchObject({ errorCode: 'WORK_CRASHED' });
  });

  it("keeps other software's words from the log below debug, and says those of our own", async () => {
    const { observe, lines } = await setUp('info');
    observe({ ...sampleEvents['internal-error'], message: 'cannot parse THE PROMPT', error: new TypeError('cannot parse THE PROMPT') });
    const thrown = new NireonError('MECHANISM_FAILED', 'sentinel.assess: THE PROMPT', { cause: new Error('THE PROMPT') });
    observe({ ...sampleEvents['internal-error'], code: thrown.code, message: thrown.message, error: thrown });
    observe({ ...sampleEvents['work-retried'], code: 'MECHANISM_FAILED', message: 'THE PROMPT' });
    observe(sampleEvents['store-lost']);
    expect(JSON.stringify(lines())).not.toContain('THE PROMPT');
    expect(lines()[0]).toMatchObject({ code: 'INTERNAL', err: { type: 'TypeError', stack: expect.stringContaining('at ') } });
    expect(lines()[3]).toMatchObject({ detail: 'the store does not answer' });
  });

  it('takes the time to the first assessment once a session', async () => {
    const { observe, scrape } = await setUp();
    for (const [sessionId, sinceSeedMs] of [
      ['ses_a', 500],
      ['ses_a', 900],
      ['ses_b', 1500],
    ] as const) {
      observe({ ...sampleEvents['idea-assessed'], sessionId, sinceSeedMs });
    }
    const { sinceSeedMs: _, ...later } = sampleEvents['idea-assessed'];
    observe({ ...later, sessionId: 'ses_c' });
    const series = (await scrape()).get('nireon_first_assessment_seconds')!.series;
    expect(series.filter(({ name }) => /sum|count/.test(name)).map(({ value }) => value)).toEqual([2, 2]);
  });

  it('never throws, whatever an event holds', async () => {
    const { observe, lines } = await setUp();
    observe({ ...sampleEvents['llm-call-finished'], durationMs: Number.NaN, inputTokens: -1 });
    observe({ ...sampleEvents['idea-assessed'], trust: 'high' as unknown as number });
    expect(lines().filter(({ msg }) => msg === 'event could not be recorded')).not.toEqual([]);
  });
});
