import type { Registry } from 'prom-client';
import { createMetrics, firstLabels, knownLabels } from '../platform/metrics.ts';
import { mechanismNames } from './config.ts';
import { errorCodes } from './domain/errors.ts';
import { resourceNames } from './domain/resources.ts';
import { signalTypes } from './domain/signal.ts';
import { llmStages } from './ports/llm.ts';

const seconds = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/**
 * The metrics of one runtime process that events drive (docs/operations.md says what to watch). Under the most hostile labels they are
 * fewer than 2,000 series: codes, stages and types have their lists, names that users choose are counted up to a bound.
 */
export function createRuntimeMetrics(registry: Registry) {
  const { counter, gauge, histogram } = createMetrics(registry);
  const model = firstLabels(12);
  const code = knownLabels(['', ...Object.keys(errorCodes)]);
  const mechanism = knownLabels(mechanismNames);
  const signalType = knownLabels(signalTypes);
  const executor = knownLabels(['none', 'docker', 'kubernetes']);
  const outcome = knownLabels(['success', 'failure']);
  return {
    llmCalls: counter(
      'nireon_llm_calls_total',
      'Attempts at models; code says why one failed',
      { model, outcome, stage: knownLabels(llmStages), code },
      200,
    ),
    llmDuration: histogram(
      'nireon_llm_duration_ms_histogram',
      'Milliseconds that an attempt at a model took',
      { model, outcome },
      [50, 100, 250, 500, 1000, 2000, 4000, 8000, 15_000, 30_000, 60_000, 120_000],
      20,
    ),
    llmTokens: counter('nireon_llm_tokens_total', 'Tokens that models read (input) and wrote (output)', {
      model,
      direction: knownLabels(['input', 'output']),
    }),
    llmCost: counter('nireon_llm_cost_usd_total', 'US dollars that calls of models cost', { model }),
    llmBreaker: gauge('nireon_llm_breaker_state', 'Breaker of a model: 0 closed, 1 probing, 2 open', { model }),
    llmFallbacks: counter(
      'nireon_llm_fallbacks_total',
      'Calls that went on to the next model of their route',
      { from: model, to: model },
      40,
    ),
    published: counter('nireon_event_bus_published_total', 'Signals given to the bus', {
      bus: knownLabels(['local', 'postgres', 'kafka']),
      type: signalType,
    }),
    recordsRefused: counter('nireon_bus_records_refused_total', 'Records of the bus that were put aside, by reason', {
      code: knownLabels(['RECORD_FOREIGN', 'RECORD_NEWER', 'RECORD_INVALID', 'REQUEST_INVALID', 'SESSION_CONFLICT', 'BUDGET_TOO_SMALL']),
    }),
    kafkaLag: gauge(
      'nireon_kafka_consumer_lag',
      'Records that a consumer group has not committed yet',
      { topic: firstLabels(4, 255), partition: firstLabels(1000), group: firstLabels(4, 255) },
      300,
    ),
    bootstrap: gauge('nireon_bootstrap_duration_seconds', 'How long each phase of the start took', {
      phase: knownLabels(['config', 'store', 'migrate', 'models', 'bus', 'total']),
    }),
    workDuration: histogram('nireon_work_duration_seconds', 'From claim to end of a work item', { mechanism }, seconds),
    workWait: histogram('nireon_work_wait_seconds', 'From ready to claim of a work item', { mechanism }, seconds),
    workAttempts: counter('nireon_work_attempts_total', 'Claims of work items', { mechanism }),
    workDead: counter('nireon_work_dead_total', 'Work items that were given up', { mechanism, code }),
    takeovers: counter('nireon_lease_takeovers_total', 'Work items taken over from a worker whose lease ran out', {}),
    fenced: counter('nireon_commits_fenced_total', 'Commits refused because another worker had the item', {}),
    repeated: counter('nireon_effects_repeated_total', 'Effects called again because their worker was lost during the call', {}),
    sessionDuration: histogram(
      'nireon_session_duration_seconds',
      'From creation to end of a session',
      {},
      [1, 5, 15, 60, 180, 600, 1800, 3600, 10_800, 36_000, 86_400],
    ),
    firstAssessment: histogram(
      'nireon_first_assessment_seconds',
      "From planting a session's seed to its first assessment",
      {},
      [0.05, 0.1, 0.25, 0.5, 1, 2, 3, 4, 5, 7.5, 10, 20, 60],
    ),
    assessments: counter('nireon_assessments_total', 'Assessments of ideas', { result: knownLabels(['stable', 'rejected', 'unscored']) }),
    trust: histogram('nireon_trust_score', 'Trust of scored ideas, 0 to 10', {}, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
    budgetSpent: counter('nireon_budget_spent_total', 'Resources that effects used, in the units of session limits', {
      resource: knownLabels(resourceNames),
    }),
    costPerStableIdea: histogram(
      'nireon_cost_per_stable_idea_usd',
      'US dollars spent by a finished session for each of its stable ideas; sessions without one are left out',
      {},
      [0.0001, 0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 5],
    ),
    embeddings: counter('nireon_embeddings_total', 'Texts embedded', { model }, 4),
    embeddingBatch: histogram('nireon_embedding_batch_size', 'Texts per request to the embedder', {}, [1, 2, 4, 8, 16, 32, 64, 128, 256]),
    embeddingDuration: histogram(
      'nireon_embedding_duration_seconds',
      'How long a request to the embedder took',
      { model },
      [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5],
      3,
    ),
    signals: counter('nireon_reactor_signals_total', 'Signals committed and routed', { type: signalType }),
    ruleMatches: counter('nireon_reactor_rule_matches_total', 'Work items that a rule caused', { rule: firstLabels(50) }),
    sandboxRuns: counter('nireon_sandbox_runs_total', 'Programs run', {
      executor,
      outcome: knownLabels(['ok', 'program-error', 'timeout', 'out-of-memory', 'output-limit', 'rejected']),
    }),
    sandboxDuration: histogram('nireon_sandbox_duration_seconds', 'How long a program ran', { executor }, seconds, 4),
  };
}
