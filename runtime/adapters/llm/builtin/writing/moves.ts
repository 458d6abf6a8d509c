import { deal } from './families/deal.ts';
import { flow } from './families/flow.ts';
import { guard } from './families/guard.ts';
import { hands } from './families/hands.ts';
import { shape } from './families/shape.ts';
import { sight } from './families/sight.ts';
import { trial } from './families/trial.ts';
import type { Topic } from './subject.ts';

/**
 * An inventive move, as templates. Slots: {T} the topic with its article, {t} without; {A} a concept with its article, {a} without; {W} people
 * who act (plural); {at} a place, led by a space, or nothing; {n} 3-6, {q} a percentage, {k} and {c} counts, {d} days, {m} weeks, {h} hours.
 */
export interface Move {
  readonly name: string;
  /** Absent: any. */
  readonly fits?: readonly Topic['kind'][];
  readonly titles: readonly string[];
  readonly opens: readonly string[];
  /** A claim with figures that a program of experiments.ts can contradict. */
  readonly claim?: string;
}

/** Moves of one kind, how such a thing goes day by day, and rules that a second concept may bring in: clauses, to follow a colon. */
export interface Family {
  readonly moves: readonly Move[];
  readonly workings: readonly string[];
  readonly rules: readonly string[];
}

/** Ways in which ideas are changed, with nothing in them about any subject. */
export const families: readonly Family[] = [flow, deal, sight, hands, shape, trial, guard];
