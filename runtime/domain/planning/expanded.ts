import type { LevelSummary } from '../level.ts';
import type { Trace } from '../trace.ts';

/** Ideas that were planted as seeds of an exploration: traced rounds, and those since. */
export function expandedIdeas(traces: readonly Trace[], level: LevelSummary): Set<string> {
  return new Set([...traces.map((trace) => trace.parentIdeaId), ...level.explorations.map((exploration) => exploration.seedIdeaId)]);
}
