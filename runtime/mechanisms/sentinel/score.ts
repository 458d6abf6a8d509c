import { round4, type Assessment, type Axes, type Critique, type Evidence, type Grades } from '../../domain/assessment.ts';
import type { SentinelConfig } from './config.ts';

/** align and feas of one critique, 1..10: three criteria of 0..4 each. */
export function axesOf({ objective, constraints, effect, means, effort, risk }: Grades): { align: number; feas: number } {
  return { align: 1 + (9 * (objective + constraints + effect)) / 12, feas: 1 + (9 * (means + effort + risk)) / 12 };
}

/** Novelty 1..10 from the greatest cosine to another visible idea. */
export function novelty(
  greatestCosine: number,
  { noveltyNear: near, noveltyFar: far }: Pick<SentinelConfig, 'noveltyNear' | 'noveltyFar'>,
): number {
  return round4(Math.min(10, Math.max(1, 1 + (9 * (near - greatestCosine)) / (near - far))));
}

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
/** A refuted idea has at most this trust. */
const refutedTrust = 4;

export type Score = Required<Pick<Assessment, 'axes' | 'trust' | 'stable' | 'rejection' | 'spread'>>;

/** Axes (means over the judges), trust from the rounded axes, and whether the idea is stable. */
export function score(critiques: readonly Critique[], novel: number, config: SentinelConfig, evidence?: Evidence): Score {
  const { weights } = config;
  const perJudge = critiques.map((critique) => axesOf(critique.grades));
  const axes: Required<Axes> = {
    align: round4(mean(perJudge.map((a) => a.align))),
    feas: round4(mean(perJudge.map((a) => a.feas))),
    novel,
  };
  const trustOf = (a: Required<Axes>): number => round4(weights.align * a.align + weights.feas * a.feas + weights.novel * a.novel);
  const trusts = perJudge.map((a) => trustOf({ align: round4(a.align), feas: round4(a.feas), novel }));
  const refuted = evidence === 'refutes';
  const trust = refuted ? Math.min(refutedTrust, trustOf(axes)) : trustOf(axes);
  const rejection: Assessment['rejection'] = [
    ...(trust < config.trustThreshold ? (['trust'] as const) : []),
    ...(['align', 'feas', 'novel'] as const).filter((axis) => axes[axis] < config.minAxis),
    ...(refuted ? (['evidence'] as const) : []),
  ];
  return { axes, trust, stable: rejection.length === 0, rejection, spread: round4(Math.max(...trusts) - Math.min(...trusts)) };
}
