import type { Frame } from '../domain/frame.ts';
import type { LevelSummary } from '../domain/level.ts';
import { noResources } from '../domain/resources.ts';
import type { Budget } from '../domain/frame.ts';
import type { RankedIdea } from '../ports/store.ts';
import type { ReportRound } from './schema.ts';

interface RoundFacts {
  readonly frames: readonly Frame[];
  readonly budgets: readonly Budget[];
  readonly summaries: readonly LevelSummary[];
  readonly ideas: readonly RankedIdea[];
}

/** One entry a level, in order: as its summary says, or, while the level is open or was stopped, as its ideas stand now. */
export function roundsOf({ frames, budgets, summaries, ideas }: RoundFacts): ReportRound[] {
  const spent = new Map(budgets.map((budget) => [budget.frameId, budget.spent]));
  const closed = new Map(summaries.map((summary) => [summary.frameId, summary]));
  const titles = new Map(ideas.map(({ idea }) => [idea.id, idea.title]));
  return frames
    .filter((frame) => frame.kind === 'level')
    .sort((a, b) => a.round - b.round)
    .map((frame) => {
      const summary = closed.get(frame.id);
      const made = ideas.filter(({ idea }) => idea.round === frame.round && idea.method !== 'seed');
      const best = summary?.bestIdeaId;
      return {
        round: frame.round,
        cause: frame.cause ?? 'plan',
        open: frame.status === 'active',
        ...(summary === undefined ? soFar(made) : counts(summary)),
        ...(best === undefined ? {} : { best: { id: best, title: titles.get(best) ?? best } }),
        spent: spent.get(frame.id) ?? noResources,
      };
    });
}

function counts(summary: LevelSummary) {
  const { ideas, scored, unscored, stable, nearDuplicates, bestTrust, meanNovel } = summary;
  return {
    ...{ ideas, scored, unscored, stable, nearDuplicates },
    ...(bestTrust === undefined ? {} : { bestTrust }),
    ...(meanNovel === undefined ? {} : { meanNovel }),
  };
}

function soFar(made: readonly RankedIdea[]) {
  const trusts = made.flatMap(({ assessment }) => assessment?.trust ?? []);
  const novels = made.flatMap(({ assessment }) => assessment?.axes.novel ?? []);
  return {
    ideas: made.length,
    scored: trusts.length,
    unscored: made.filter(({ assessment }) => assessment?.status === 'unscored').length,
    stable: made.filter(({ assessment }) => assessment?.stable === true).length,
    nearDuplicates: 0,
    ...(trusts.length === 0 ? {} : { bestTrust: Math.max(...trusts) }),
    ...(novels.length === 0 ? {} : { meanNovel: novels.reduce((sum, novel) => sum + novel, 0) / novels.length }),
  };
}
