import type { LevelSummary } from '../../domain/level.ts';
import { bestSoFar, gained } from '../../domain/planning/history.ts';
import type { SignalData } from '../../domain/signal.ts';
import type { StagnationConfig } from './config.ts';

export type StagnationReason = SignalData<'stagnation.detected'>['reasons'][number];

/** Why the session is not getting anywhere, as its history shows; empty while it is. */
export function stagnationReasons(history: LevelSummary['history'], eligible: number, config: StagnationConfig): StagnationReason[] {
  return [
    ...(isNoveltyLow(history, config) ? (['novelty'] as const) : []),
    ...(isTrustFlat(history, config) ? (['trust'] as const) : []),
    ...(eligible === 0 ? (['nothing-eligible'] as const) : []),
  ];
}

function isNoveltyLow(history: LevelSummary['history'], { noveltyFloor, noveltyStreak }: StagnationConfig): boolean {
  const latest = history.slice(-noveltyStreak);
  return latest.length === noveltyStreak && latest.every((round) => round.meanNovel !== undefined && round.meanNovel < noveltyFloor);
}

/** The best trust after the latest planned round, against that of `patience` planned rounds before it. */
function isTrustFlat(history: LevelSummary['history'], { minGain, patience }: StagnationConfig): boolean {
  const best = bestSoFar(history).filter((_, i) => history[i]?.cause === 'plan');
  const now = best.at(-1);
  const before = best.at(-1 - patience);
  return now !== undefined && before !== undefined && gained(before, now) < minGain;
}
