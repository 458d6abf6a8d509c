import { round4 } from '../../domain/assessment.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import { contentHash, type Direction, type Idea } from '../../domain/idea.ts';
import { repeatedText, type Placed } from '../../domain/repetition.ts';
import { dot } from '../../domain/vector.ts';
import type { IdeaDraft, OperationResult, SignalDraft, VectorDraft } from '../../ports/mechanism.ts';
import { createCompass } from './compass.ts';
import type { Context } from './context.ts';
import { alignmentOf } from './direction.ts';
import { tryVariations, type Candidate, type Variation } from './write.ts';

export interface ExploreInput {
  readonly ideaId: string;
  readonly variations: number;
  readonly divergence: number;
}

const mostTitles = 8;

/** Grows variations of an idea along directions at right angles to one another, and keeps those that are new (engine.md 4.1). */
export async function explore(input: ExploreInput, context: Context): Promise<OperationResult> {
  const { config, visible } = context;
  const seed = visible.idea(input.ideaId);
  if (!seed) throw new Error(`idea ${input.ideaId} is not visible`);
  const { vector: e, made, code } = await seedVector(seed, context);
  if (!e) return { outcome: { result: 'explored', ...(code === undefined ? {} : { code }) } };

  const setCourse = createCompass(e, input.divergence, context);
  const neighbours = (await visible.nearest(e, mostTitles, [seed.id])).map(({ idea }) => idea.title);
  const accepted: Candidate[] = [];
  let refusal: ErrorCode | undefined;
  let open = Array.from({ length: input.variations }, (_, index): Variation => ({ index, course: setCourse(index, 0) }));
  for (let tryNumber = 0; ; tryNumber++) {
    const of = { seed, neighbours, firstOrdinal: tryNumber * input.variations, tryNumber };
    const { candidates, code: lost } = await tryVariations(open, of, context);
    refusal ??= lost;
    const refused: (Variation & { tooClose: string })[] = [];
    for (const candidate of candidates) {
      const tooClose = await repeats(candidate, [{ text: seed.text, vector: e }, ...accepted], context);
      if (tooClose === undefined) accepted.push(candidate);
      else refused.push({ ...candidate.variation, tooClose });
    }
    if (refused.length === 0 || tryNumber >= config.noveltyRetries) {
      accepted.sort((a, b) => a.variation.index - b.variation.index);
      return result({ seed, e, accepted, made, nearDuplicates: refused.length, refusal }, context);
    }
    open = refused.map(({ index, tooClose }) => ({ index, tooClose, course: setCourse(index, tryNumber + 1) }));
  }
}

/** The seed's own vector; embedded now if nobody has before. */
async function seedVector(
  seed: Idea,
  { visible, embed }: Context,
): Promise<{ vector?: Float32Array; made: VectorDraft[]; code?: ErrorCode }> {
  const known = visible.vector(seed.id);
  if (known) return { vector: known, made: [] };
  const answer = await embed('embed-seed', 0, [seed.text]);
  if (!answer.ok) return { made: [], code: answer.code };
  const vector = answer.vectors[0]!;
  return { vector, made: [{ ideaId: seed.id, kind: 'text', values: vector }] };
}

/** The text that the candidate repeats, among `own` (the seed may have no visible vector) and all visible ideas. */
async function repeats(candidate: Candidate, own: readonly Placed[], { config, visible }: Context): Promise<string | undefined> {
  if (visible.hasContent(contentHash(candidate.text))) return candidate.text;
  const nearest = await visible.nearest(candidate.vector, 1);
  const seen = nearest.map(({ idea }): Placed => ({ text: idea.text, vector: visible.vector(idea.id)! }));
  return repeatedText(candidate, [...own, ...seen], config.minNovelty);
}

interface Explored {
  readonly seed: Idea;
  readonly e: Float32Array;
  readonly accepted: readonly Candidate[];
  readonly made: readonly VectorDraft[];
  readonly nearDuplicates: number;
  readonly refusal: ErrorCode | undefined;
}

function result({ seed, e, accepted, made, nearDuplicates, refusal }: Explored, context: Context): OperationResult {
  const ideas = accepted.map(({ variation: { course }, title, text, vector }): IdeaDraft & { direction: Direction } => ({
    method: 'explore',
    title,
    text,
    parentIds: [seed.id],
    depth: seed.depth + 1,
    tags: [],
    direction: {
      toward: [...course.words.toward],
      away: [...course.words.away],
      strength: round4(course.strength),
      distance: round4(1 - dot(e, vector)),
      alignment: round4(alignmentOf(e, course.u, vector)),
    },
  }));
  const vectors = accepted.flatMap(({ vector, phrases }, index): VectorDraft[] => {
    const ideaId = context.ids.idea(index);
    return [
      { ideaId, kind: 'text', values: vector },
      ...phrases.map((phrase): VectorDraft => ({ ideaId, kind: 'phrase', phrase: phrase.text, values: phrase.vector })),
    ];
  });
  const signals = ideas.map((idea, index): SignalDraft => {
    const ideaId = context.ids.idea(index);
    const { title, text, parentIds, method, direction } = idea;
    return {
      type: 'idea.generated',
      subject: ideaId,
      depth: idea.depth,
      data: { ideaId, title, text, parentIds, method, round: context.round, index, direction },
    };
  });
  return {
    ideas,
    vectors: [...made, ...vectors],
    signals,
    outcome: {
      result: 'explored',
      ...(refusal === undefined ? {} : { code: refusal }),
      ...(nearDuplicates === 0 ? {} : { nearDuplicates }),
    },
  };
}
