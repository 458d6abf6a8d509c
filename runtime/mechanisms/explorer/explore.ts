import { round4 } from '../../domain/assessment.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import { dot } from '../../domain/vector.ts';
import type { OperationResult } from '../../ports/mechanism.ts';
import { broodResult, type Child } from '../writing/children.ts';
import { ownVector, repeatedBy, titlesAround } from '../writing/place.ts';
import { createCompass } from './compass.ts';
import type { Context } from './context.ts';
import { alignmentOf } from './direction.ts';
import { tryVariations, type Candidate, type Variation } from './write.ts';

export interface ExploreInput {
  readonly ideaId: string;
  readonly variations: number;
  readonly divergence: number;
}

/** Grows variations of an idea along directions at right angles to one another, and keeps those that are new. */
export async function explore(input: ExploreInput, context: Context): Promise<OperationResult> {
  const { config, visible } = context;
  const seed = visible.idea(input.ideaId);
  if (!seed) throw new Error(`idea ${input.ideaId} is not visible`);
  const { vector: e, made, code } = await ownVector(seed, context);
  if (!e) return { outcome: { result: 'explored', ...(code === undefined ? {} : { code }) } };

  const setCourse = createCompass(e, input.divergence, context);
  const neighbours = await titlesAround(seed, e, context);
  const accepted: Candidate[] = [];
  let refusal: ErrorCode | undefined;
  let open = Array.from({ length: input.variations }, (_, index): Variation => ({ index, course: setCourse(index, 0) }));
  for (let tryNumber = 0; ; tryNumber++) {
    const of = { seed, neighbours, firstOrdinal: tryNumber * input.variations, tryNumber };
    const { candidates, code: lost } = await tryVariations(open, of, context);
    refusal ??= lost;
    const refused: (Variation & { tooClose: string })[] = [];
    for (const candidate of candidates) {
      const tooClose = await repeatedBy(candidate, [{ text: seed.text, vector: e }, ...accepted], config.minNovelty, context);
      if (tooClose === undefined) accepted.push(candidate);
      else refused.push({ ...candidate.variation, tooClose });
    }
    if (refused.length === 0 || tryNumber >= config.noveltyRetries) {
      accepted.sort((a, b) => a.variation.index - b.variation.index);
      const children = accepted.map((candidate) => child(candidate, e));
      return broodResult('explored', { parent: seed, children, made, nearDuplicates: refused.length, code: refusal }, context);
    }
    open = refused.map(({ index, tooClose }) => ({ index, tooClose, course: setCourse(index, tryNumber + 1) }));
  }
}

function child({ variation: { course }, ...placed }: Candidate, e: Float32Array): Child {
  const direction = {
    toward: [...course.words.toward],
    away: [...course.words.away],
    strength: round4(course.strength),
    distance: round4(1 - dot(e, placed.vector)),
    alignment: round4(alignmentOf(e, course.u, placed.vector)),
  };
  return { ...placed, origin: { method: 'explore', direction } };
}
