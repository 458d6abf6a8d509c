import type { Assessment } from '../../../domain/assessment.ts';
import type { Frame } from '../../../domain/frame.ts';
import type { Idea } from '../../../domain/idea.ts';

export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Where an idea stands among what a mechanism sees: never by arrival. `ordinal` is that of its frame. */
export interface Placed {
  readonly idea: Idea;
  readonly ordinal: number;
}
export const byPlace = (a: Placed, b: Placed): number =>
  a.idea.round - b.idea.round ||
  a.ordinal - b.ordinal ||
  byText(a.idea.frameId, b.idea.frameId) ||
  a.idea.index - b.idea.index ||
  byText(a.idea.id, b.idea.id);

export const byRevision = (a: Assessment, b: Assessment): number => a.revision - b.revision || byText(a.id, b.id);
export const byRound = (a: Frame, b: Frame): number => a.round - b.round || a.ordinal - b.ordinal || byText(a.id, b.id);
