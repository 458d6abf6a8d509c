import type { StepCommit } from '../domain/step-commit.ts';
import type { Signal, SignalData } from '../domain/signal.ts';
import type { WorkItem } from '../domain/work.ts';
import type { Observe } from '../ports/observer.ts';

/** Tells what a commit that was written brought about. */
export function tellCommit(
  observe: Observe,
  /** `ageMs`: of the session, now. */
  of: { item: WorkItem; commit: StepCommit; signals: readonly Signal[]; durationMs: number; ageMs: number },
): void {
  const { item, commit, signals } = of;
  const place = { sessionId: item.sessionId, frameId: item.frameId, workId: item.id };
  observe({
    type: 'work-ended',
    ...place,
    signalId: item.signalId,
    mechanism: item.mechanism,
    operation: item.operation,
    state: commit.state,
    durationMs: of.durationMs,
    ...(commit.code === undefined ? {} : { code: commit.code }),
    result: commit.outcome.result,
  });
  for (const idea of commit.ideas) observe({ type: 'idea-stored', ...place, ideaId: idea.id, method: idea.method });
  for (const a of commit.assessments) {
    observe({
      type: 'idea-assessed',
      ...place,
      ideaId: a.ideaId,
      result: a.status === 'unscored' ? 'unscored' : a.stable ? 'stable' : 'rejected',
      revision: a.revision,
      ...(a.trust === undefined ? {} : { trust: a.trust }),
      ...(a.reason === undefined ? {} : { reason: a.reason }),
      // Seeds are planted when the session begins; those of later rounds wait for assessments by nature.
      ...(item.round === 1 ? { sinceSeedMs: of.ageMs } : {}),
    });
  }
  for (const work of [...commit.work, ...(commit.closes?.work ?? [])]) {
    const signal = signals.find((one) => one.id === work.signalId);
    observe({
      type: 'rule-matched',
      sessionId: item.sessionId,
      workId: work.id,
      ruleId: work.ruleId,
      signalType: signal?.type ?? 'unknown',
    });
  }
  for (const signal of signals) {
    const at = {
      sessionId: signal.sessionid,
      frameId: signal.frameid,
      workId: item.id,
      signalId: signal.id,
      traceparent: signal.traceparent,
    };
    observe({ type: 'signal-committed', ...at, signalType: signal.type, sequence: signal.sequence });
    if (signal.type === 'level.assessed') {
      const level = signal.data as SignalData<'level.assessed'>;
      const best = level.bestTrust === undefined ? {} : { bestTrust: level.bestTrust };
      observe({ type: 'level-closed', ...at, round: level.round, ideas: level.ideas, scored: level.scored, ...best });
    }
    if (signal.type === 'session.finished') {
      const { reason, code, rounds, spent, counts } = signal.data as SignalData<'session.finished'>;
      const said = code === undefined ? {} : { code };
      observe({ type: 'session-finished', ...at, reason, ...said, durationMs: of.ageMs, rounds, spent, stable: counts.stable });
    }
  }
}
