import type { Assessment } from '../../../domain/assessment.ts';
import type { Frame } from '../../../domain/frame.ts';

export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Where an idea stands among what a mechanism sees: never by arrival. `ordinal` is that of its frame. */
export interface Place {
  readonly round: number;
  readonly ordinal: number;
  readonly frameId: string;
  readonly index: number;
  readonly id: string;
}
export const byPlace = (a: Place, b: Place): number =>
  a.round - b.round || a.ordinal - b.ordinal || byText(a.frameId, b.frameId) || a.index - b.index || byText(a.id, b.id);

export const byRevision = (a: Assessment, b: Assessment): number => a.revision - b.revision || byText(a.id, b.id);
export const byRound = (a: Frame, b: Frame): number => a.round - b.round || a.ordinal - b.ordinal || byText(a.id, b.id);
