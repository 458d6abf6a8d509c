import type { Signal, SignalType } from '../domain/signal.ts';
import type { RankedIdea } from '../ports/store.ts';
import type { ReportExperiment } from './schema.ts';

/** Every program that was asked for, in order, with what became of it. */
export function experimentsOf(signals: readonly Signal[], ideas: readonly RankedIdea[]): ReportExperiment[] {
  const byIdea = new Map(ideas.map((entry) => [entry.idea.id, entry]));
  const finished = new Map(signals.filter(ofType('proto.finished')).map(({ data }) => [data.blockId, data]));
  const failed = new Map(signals.filter(ofType('proto.failed')).map(({ data }) => [data.block.id, data]));
  return signals.filter(ofType('proto.requested')).map(({ data: { ideaId, claim, attempt, block } }) => {
    const result = finished.get(block.id);
    const failure = failed.get(block.id);
    const about = byIdea.get(ideaId);
    const evidence = result === undefined ? undefined : about?.assessment?.evidence;
    return {
      idea: { id: ideaId, title: about?.idea.title ?? ideaId },
      ...{ claim, attempt, dialect: block.dialect, code: block.code },
      outcome: result !== undefined ? 'finished' : failure !== undefined ? 'failed' : 'running',
      ...(result === undefined ? {} : { result: result.result, cpuMs: result.cpuMs, image: result.image }),
      ...(result === undefined && failure !== undefined ? { failure: { code: failure.code, detail: failure.detail } } : {}),
      ...(evidence === undefined ? {} : { evidence }),
    };
  });
}

/** Narrows a signal to one type: for `filter`. */
export function ofType<T extends SignalType>(type: T): (signal: Signal) => signal is Signal & Signal<T> {
  return (signal): signal is Signal & Signal<T> => signal.type === type;
}
