import type { EffectKind } from './effect.ts';
import type { ErrorCode } from './errors.ts';
import type { Resources } from './resources.ts';
import type { WorkState } from './work.ts';

/** Where an event belongs; ids go to logs and spans, never into metric labels. */
export interface EventPlace {
  readonly sessionId?: string;
  readonly frameId?: string;
  readonly signalId?: string;
  readonly workId?: string;
  readonly ideaId?: string;
  /** The effect that an event inside one belongs to. */
  readonly effectId?: string;
  readonly traceparent?: string;
}

type Told<Type extends string, Fields = object> = { readonly type: Type } & EventPlace & Fields;

/** Everything that the engine tells. runtime/observe.ts decides for each how it is seen; leaving one out does not compile. */
export type EngineEvent =
  // sessions and what they make
  | Told<'session-created', { ideas: number }>
  | Told<'session-stopping', { reason: string }>
  | Told<'session-finished', { reason: string; code?: string; durationMs: number; rounds: number; spent: Resources; stable: number }>
  | Told<'session-version-changed', { mechanism: string; pinned: number; running: number }>
  | Told<'level-closed', { round: number; ideas: number; scored: number; bestTrust?: number }>
  | Told<'idea-stored', { method: string }>
  | Told<
      'idea-assessed',
      /** `sinceSeedMs`: in round 1, since its seeds were planted. */
      { result: 'stable' | 'rejected' | 'unscored'; revision: number; trust?: number; reason?: string; sinceSeedMs?: number }
    >
  | Told<'signal-committed', { signalType: string; sequence: number }>
  | Told<'rule-matched', { ruleId: string; signalType: string }>
  // work
  | Told<'work-claimed', { mechanism: string; attempt: number; waitMs: number; takenOver: boolean }>
  | Told<
      'work-ended',
      {
        mechanism: string;
        operation: string;
        state: Extract<WorkState, 'done' | 'dead' | 'stopped'>;
        durationMs: number;
        code?: string;
        result: string;
      }
    >
  | Told<'work-retried', { mechanism: string; code: string; message: string; failures: number; delayMs: number }>
  | Told<'work-given-back', { mechanism: string }>
  | Told<'commit-fenced', { mechanism: string; attempt: number }>
  | Told<'commit-rebuilt', { mechanism: string; times: number }>
  | Told<'lease-renewed', { items: number; lost: number }>
  | Told<'worker-started', { mechanisms: readonly string[]; concurrency: number }>
  | Told<'worker-draining', { running: number }>
  | Told<'worker-stopped', { givenBack: number }>
  // effects
  | Told<
      'effect-finished',
      {
        name: string;
        kind: EffectKind;
        outcome: 'done' | 'failed' | 'refused' | 'recorded';
        code?: string;
        durationMs: number;
        usage: Resources;
      }
    >
  | Told<'effect-repeated', { name: string; kind: EffectKind; attempt: number }>
  | Told<'effect-overran', { name: string; overrun: Resources }>
  | Told<'replay-diverged', { name: string; ordinal: number }>
  // models
  | Told<
      'llm-call-finished',
      {
        model: string;
        stage: string;
        role: string;
        outcome: 'success' | 'failure';
        code?: string;
        durationMs: number;
        inputTokens: number;
        outputTokens: number;
        costMicroUsd: number;
      }
    >
  | Told<'llm-fell-back', { from: string; to: string; code: string }>
  | Told<'llm-breaker-changed', { model: string; state: 'closed' | 'open' | 'probing' }>
  | Told<'embedding-finished', { model: string; texts: number; tokens: number; durationMs: number }>
  | Told<'sandbox-run-finished', { executor: string; outcome: string; durationMs: number; cpuMs: number }>
  // store and bus
  | Told<'store-lost', { code: string; message: string }>
  | Told<'store-found', { afterMs: number }>
  | Told<'bus-published', { bus: string; signalType: string }>
  | Told<'bus-failed', { bus: string; code: string; message: string }>
  | Told<'bus-recovered', { bus: string; afterMs: number }>
  | Told<'bus-record-refused', { topic: string; partition: number; offset: string; group: string; code: ErrorCode; message: string }>
  | Told<'bus-lag-measured', { topic: string; partition: number; group: string; records: number }>
  | Told<'retention-swept', { sessions: number; pruned: number }>
  // the process
  | Told<'phase-finished', { phase: 'config' | 'store' | 'migrate' | 'models' | 'bus' | 'total'; durationMs: number }>
  | Told<'notice', { code: string; message: string }>
  | Told<'internal-error', { code: string; message: string; error: unknown }>;

export type EngineEventType = EngineEvent['type'];
