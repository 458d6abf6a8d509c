import type { LevelSummary } from '../../domain/level.ts';
import { features, leastLeft } from '../../domain/planning/features.ts';
import { flatStreak } from '../../domain/planning/history.ts';
import type { LevelDraft, MechanismContext, SignalDraft } from '../../ports/mechanism.ts';
import type { PlannerConfig } from './config.ts';
import type { Survey } from './survey.ts';

const flatBelow = 0.2;
const greatestDivergence = 2;

/** The next level with its seeds. The longer the best trust has stood still, the further they are to go. */
export function plant(
  seen: Survey,
  level: LevelSummary,
  { visible, session, ids }: MechanismContext<PlannerConfig>,
): { frames: LevelDraft[]; signals: SignalDraft[] } {
  const { policy } = session;
  const round = level.round + 1;
  const streak = flatStreak(level.history, flatBelow);
  const divergence = Math.min(greatestDivergence, policy.divergence * 1.5 ** Math.min(streak, 2));
  const left = leastLeft(level.limits, level.remaining);
  return {
    frames: [{ kind: 'level', round, cause: 'plan', goals: ['Go on from the ideas that did best.'] }],
    signals: seen.chosen.map((chosen): SignalDraft => {
      const idea = visible.idea(chosen.id)!;
      return {
        type: 'seed.planted',
        subject: idea.id,
        depth: idea.depth,
        frameId: ids.level(round),
        data: {
          ideaId: idea.id,
          text: idea.text,
          tags: idea.tags,
          action: 'explore',
          features: features({ ...chosen, maxDepth: policy.depth, leastLeft: left, streak }),
          variations: seen.affords.variations,
          divergence,
        },
      };
    }),
  };
}
