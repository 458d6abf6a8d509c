import { round4 } from '../assessment.ts';
import type { HistoryEntry } from '../level.ts';

/** Rounds of cause plan so far: what policy.rounds bounds. */
export const plannedRounds = (history: readonly HistoryEntry[]): number => history.filter((entry) => entry.cause === 'plan').length;

export const interventions = (history: readonly HistoryEntry[]): number => history.filter((entry) => entry.cause === 'stagnation').length;

/** The first round of those that the last plan brought: later ones were interventions. */
export function roundOfLastPlan(history: readonly HistoryEntry[]): number {
  return history.findLast((entry) => entry.cause === 'plan')?.round ?? 1;
}

/** Best trust of the session after each of the rounds; a session without a score stands at 0. */
export function bestSoFar(history: readonly HistoryEntry[]): number[] {
  let best = 0;
  return history.map((entry) => (best = Math.max(best, entry.bestTrust ?? 0)));
}

/** By how much trust rose; rounded like trust itself, so that a rise of exactly a bound counts as reaching it. */
export const gained = (before: number, now: number): number => round4(now - before);

/** Latest rounds in a row that raised the best trust by less than `step`. */
export function flatStreak(history: readonly HistoryEntry[], step: number): number {
  const best = bestSoFar(history);
  let streak = 0;
  for (let i = best.length - 1; i > 0 && gained(best[i - 1]!, best[i]!) < step; i--) streak++;
  return streak;
}
