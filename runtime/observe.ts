import type { Registry } from 'prom-client';
import type { LogFields } from '../platform/log-fields.ts';
import { foreignCodes, type Log, type LogLevel } from '../platform/log.ts';
import type { Tracer } from '../platform/tracing.ts';
import type { EngineEvent, EventPlace } from './domain/engine-event.ts';
import { resourceNames } from './domain/resources.ts';
import { createRuntimeMetrics } from './metrics.ts';
import type { Observe } from './ports/observer.ts';
import { spanAt, spanOf, traceOf } from './spans.ts';

export interface ObserverOptions {
  readonly log: Log;
  readonly registry: Registry;
  /** Absent: no spans. */
  readonly tracer?: Tracer | undefined;
  /** Wall time in milliseconds since 1970, at which spans end. */
  readonly now?: () => number;
}

interface Line {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}
const say = (level: LogLevel, message: string, fields: LogFields): Line => ({ level, message, fields });

/** How each event of the engine is seen: its log line, its metrics, its span. Nothing else in the runtime logs or counts. */
export function createObserver({ log, registry, tracer, now = Date.now }: ObserverOptions): Observe {
  const metrics = createRuntimeMetrics(registry);
  const debugging = log.isLevelEnabled('debug');
  const breakerStates = { closed: 0, probing: 1, open: 2 };

  const wordsOf = (event: { code: string; message: string }) => ({
    code: event.code,
    detail: foreignCodes.has(event.code) && !debugging ? undefined : event.message,
  });
  /** Whether no assessment of the session was seen here before; the sessions of the last while are remembered. */
  const assessed = new Set<string>();
  function isFirst(sessionId = ''): boolean {
    if (assessed.has(sessionId)) return false;
    if (assessed.size >= 10_000) assessed.delete(assessed.values().next().value!);
    assessed.add(sessionId);
    return true;
  }
  function trace(event: EventPlace, span: Parameters<typeof spanAt>[1]): void {
    if (tracer === undefined) return;
    const record = spanAt(event, span, now());
    if (record !== undefined) tracer.record(record);
  }

  function see(event: EngineEvent): Line | undefined {
    switch (event.type) {
      case 'session-created':
        return say('info', 'session created', { ideas: event.ideas });
      case 'session-stopping':
        return say('info', 'session stopping', { reason: event.reason });
      case 'session-finished': {
        const { reason, code, durationMs, rounds, stable, spent } = event;
        metrics.sessionDuration.observe({}, durationMs / 1000);
        if (stable > 0) metrics.costPerStableIdea.observe({}, spent.costMicroUsd / 1e6 / stable);
        trace(event, {
          name: 'session',
          kind: 'internal',
          spanId: spanOf(event.sessionId ?? ''),
          durationMs,
          attributes: { 'nireon.reason': reason },
          ...(code === undefined ? {} : { errorCode: code }),
        });
        return say('info', 'session finished', { reason, code, durationMs, rounds, stable, usage: spent });
      }
      case 'session-version-changed': {
        const { mechanism, pinned, running } = event;
        return say('warn', 'session runs under another version of a mechanism', { mechanism, pinned, running });
      }
      case 'level-closed': {
        const { round, ideas, scored, bestTrust } = event;
        return say('info', 'level closed', { round, ideas, scored, trust: bestTrust });
      }
      case 'idea-stored':
        return say('debug', 'idea stored', { method: event.method });
      case 'idea-assessed': {
        const { result, trust, revision, reason, sinceSeedMs } = event;
        metrics.assessments.add({ result });
        if (trust !== undefined) metrics.trust.observe({}, trust);
        if (sinceSeedMs !== undefined && isFirst(event.sessionId)) metrics.firstAssessment.observe({}, sinceSeedMs / 1000);
        return say('debug', 'idea assessed', { result, trust, revision, reason, sinceSeedMs });
      }
      case 'signal-committed': {
        const { signalType, sequence } = event;
        metrics.signals.add({ type: signalType });
        if (event.signalId !== undefined) {
          const parent = event.workId ?? event.sessionId;
          const attributes = { 'nireon.sequence': sequence };
          trace(event, {
            name: `signal ${signalType}`,
            kind: 'producer',
            spanId: spanOf(event.signalId),
            parent,
            durationMs: 0,
            attributes,
          });
        }
        return say('debug', 'signal committed', { signalType, sequence });
      }
      case 'rule-matched':
        metrics.ruleMatches.add({ rule: event.ruleId });
        return say('debug', 'rule matched', { ruleId: event.ruleId, signalType: event.signalType });

      case 'work-claimed': {
        const { mechanism, attempt, waitMs, takenOver } = event;
        metrics.workAttempts.add({ mechanism });
        metrics.workWait.observe({ mechanism }, waitMs / 1000);
        if (!takenOver) return say('debug', 'work claimed', { mechanism, attempt, waitMs });
        metrics.takeovers.add({});
        return say('warn', 'work taken over from a worker that was lost', { mechanism, attempt, waitMs });
      }
      case 'work-ended': {
        const { mechanism, operation, state, durationMs, code, result } = event;
        metrics.workDuration.observe({ mechanism }, durationMs / 1000);
        if (event.workId !== undefined) {
          trace(event, {
            name: `${mechanism}.${operation}`,
            kind: 'consumer',
            spanId: spanOf(event.workId),
            parent: event.signalId,
            durationMs,
            attributes: { 'nireon.state': state, 'nireon.result': result },
            ...(state === 'dead' ? { errorCode: code ?? 'WORK_DEAD' } : {}),
          });
        }
        if (state !== 'dead') return say('debug', 'work ended', { mechanism, operation, state, durationMs, code, result });
        metrics.workDead.add({ mechanism, code: code ?? '' });
        return say('error', 'work given up', { mechanism, operation, durationMs, code, result });
      }
      case 'work-retried': {
        const { mechanism, failures, delayMs } = event;
        return say('warn', 'work failed and is tried again', { mechanism, failures, delayMs, ...wordsOf(event) });
      }
      case 'work-given-back':
        return say('info', 'work given back', { mechanism: event.mechanism });
      case 'commit-fenced':
        metrics.fenced.add({});
        return say('warn', 'commit refused: another worker has the item', { mechanism: event.mechanism, attempt: event.attempt });
      case 'commit-rebuilt':
        return say('debug', 'commit rebuilt: the counters moved', { mechanism: event.mechanism, times: event.times });
      case 'lease-renewed':
        return event.lost > 0 ? say('warn', 'leases lost', { items: event.lost }) : undefined;
      case 'worker-started':
        return say('info', 'worker started', { mechanisms: event.mechanisms, concurrency: event.concurrency });
      case 'worker-draining':
        return say('info', 'worker draining', { running: event.running });
      case 'worker-stopped':
        return say('info', 'worker stopped', { items: event.givenBack });

      case 'effect-finished': {
        const { name, kind, outcome, code, durationMs, usage } = event;
        for (const resource of resourceNames) if (usage[resource] > 0) metrics.budgetSpent.add({ resource }, usage[resource]);
        if (event.effectId !== undefined) {
          trace(event, {
            name: `effect ${name}`,
            kind: 'internal',
            spanId: spanOf(event.effectId),
            parent: event.workId,
            durationMs,
            attributes: { 'nireon.effect.kind': kind, 'nireon.effect.outcome': outcome },
            ...(outcome === 'failed' ? { errorCode: code ?? 'INTERNAL' } : {}),
          });
        }
        const level = outcome === 'failed' ? 'warn' : outcome === 'refused' ? 'info' : 'debug';
        return say(level, 'effect finished', { name, kind, result: outcome, code, durationMs, usage });
      }
      case 'effect-repeated':
        metrics.repeated.add({});
        return say('warn', 'effect called again: its worker was lost during the call', {
          name: event.name,
          kind: event.kind,
          attempt: event.attempt,
        });
      case 'effect-overran':
        return say('warn', 'effect used more than was reserved', { name: event.name, overrun: event.overrun });
      case 'replay-diverged':
        return say('error', 'effect asked for again with another request', { name: event.name, ordinal: event.ordinal });

      case 'llm-call-finished': {
        const { model, stage, role, outcome, code, durationMs, inputTokens, outputTokens, costMicroUsd } = event;
        metrics.llmCalls.add({ model, outcome, stage, code: code ?? '' });
        metrics.llmDuration.observe({ model, outcome }, durationMs);
        metrics.llmTokens.add({ model, direction: 'input' }, inputTokens);
        metrics.llmTokens.add({ model, direction: 'output' }, outputTokens);
        metrics.llmCost.add({ model }, costMicroUsd / 1e6);
        trace(event, {
          name: `chat ${model}`,
          kind: 'client',
          parent: event.effectId ?? event.workId,
          durationMs,
          // OpenTelemetry's semantic conventions for generative AI; never the texts.
          attributes: {
            'gen_ai.operation.name': 'chat',
            'gen_ai.request.model': model,
            'gen_ai.usage.input_tokens': inputTokens,
            'gen_ai.usage.output_tokens': outputTokens,
            'nireon.stage': stage,
            'nireon.llm.role': role,
          },
          ...(outcome === 'failure' ? { errorCode: code ?? 'INTERNAL' } : {}),
        });
        const fields = { model, stage, llmRole: role, code, durationMs, inputTokens, outputTokens, costMicroUsd };
        return say(outcome === 'failure' ? 'warn' : 'debug', `model call ${outcome === 'failure' ? 'failed' : 'finished'}`, fields);
      }
      case 'llm-fell-back':
        metrics.llmFallbacks.add({ from: event.from, to: event.to });
        return say('warn', 'call goes on to another model', { from: event.from, to: event.to, code: event.code });
      case 'llm-breaker-changed':
        metrics.llmBreaker.set({ model: event.model }, breakerStates[event.state]);
        return say(event.state === 'open' ? 'warn' : 'info', 'breaker of a model changed', {
          model: event.model,
          state: event.state,
        });
      case 'embedding-finished': {
        const { model, texts, tokens, durationMs } = event;
        metrics.embeddings.add({ model }, texts);
        metrics.embeddingBatch.observe({}, texts);
        metrics.embeddingDuration.observe({ model }, durationMs / 1000);
        return say('debug', 'texts embedded', { model, texts, tokens, durationMs });
      }
      case 'sandbox-run-finished': {
        const { executor, outcome, durationMs, cpuMs } = event;
        metrics.sandboxRuns.add({ executor, outcome });
        metrics.sandboxDuration.observe({ executor }, durationMs / 1000);
        const attributes = { 'nireon.sandbox.executor': executor, 'nireon.sandbox.outcome': outcome, 'nireon.sandbox.cpu_ms': cpuMs };
        trace(event, {
          name: 'sandbox run',
          kind: 'client',
          parent: event.effectId ?? event.workId,
          durationMs,
          attributes,
        });
        return say('debug', 'program ran', { executor, result: outcome, durationMs, cpuMs });
      }

      case 'store-lost':
        return say('error', 'store lost', wordsOf(event));
      case 'store-found':
        return say('info', 'store found again', { afterMs: event.afterMs });
      case 'bus-published':
        metrics.published.add({ bus: event.bus, type: event.signalType });
        return say('debug', 'signal published', { bus: event.bus, signalType: event.signalType });
      case 'bus-failed':
        return say('warn', 'bus failed', { bus: event.bus, ...wordsOf(event) });
      case 'bus-recovered':
        return say('info', 'bus works again', { bus: event.bus, afterMs: event.afterMs });
      case 'bus-lag-measured': {
        const { topic, partition, group, records } = event;
        metrics.kafkaLag.set({ topic, partition: String(partition), group }, records);
        return say('debug', 'records wait', { topic, partition, group, records });
      }
      case 'bus-record-refused': {
        const { topic, partition, offset, group, code } = event;
        metrics.recordsRefused.add({ code });
        return say('warn', 'record of the bus put aside', { topic, partition, offset, group, ...wordsOf(event), code });
      }
      case 'retention-swept':
        return say('info', 'old records removed', { sessions: event.sessions, pruned: event.pruned });
      case 'phase-finished':
        metrics.bootstrap.set({ phase: event.phase }, event.durationMs / 1000);
        return say('info', 'phase of the start finished', { phase: event.phase, durationMs: event.durationMs });
      case 'notice':
        return say('warn', 'notice', { code: event.code, detail: event.message });
      case 'internal-error':
        return say('error', 'internal error', { ...wordsOf(event), err: event.error });
      default:
        return event satisfies never;
    }
  }

  function write(event: EventPlace, { level, message, fields }: Line): void {
    if (level === 'debug' && !debugging) return;
    const { sessionId, frameId, signalId, workId, ideaId, effectId } = event;
    const ids = sessionId === undefined ? {} : { traceId: traceOf(sessionId), spanId: spanOf(workId ?? signalId ?? sessionId) };
    log[level]({ sessionId, frameId, signalId, workId, ideaId, effectId, ...ids, ...fields }, message);
  }

  return (event) => {
    try {
      const line = see(event);
      if (line !== undefined) write(event, line);
    } catch (error) {
      // A value that a metric refuses must not become the engine's failure.
      log.error({ code: 'INTERNAL', name: event.type, err: error }, 'event could not be recorded');
    }
  };
}
