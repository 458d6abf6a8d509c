import { atMost } from '../../domain/at-most.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import { writtenIdeaSchema, type Idea } from '../../domain/idea.ts';
import { placeTexts, type PlacedIdea } from '../writing/place.ts';
import type { Course } from './compass.ts';
import type { Context } from './context.ts';
import { distanceOfStep, distanceWord } from './direction.ts';

/** One variation on its way. */
export interface Variation {
  readonly index: number;
  readonly course: Course;
  /** What an earlier try of it came too close to. */
  readonly tooClose?: string;
}

export interface Candidate extends PlacedIdea {
  readonly variation: Variation;
}

/** What a try brought; `code` is the first reason why a variation is missing. */
export interface Tried {
  readonly candidates: readonly Candidate[];
  readonly code?: ErrorCode | undefined;
}

export interface TryOf {
  readonly seed: Idea;
  /** Titles of the ideas around the seed, a line each. */
  readonly neighbours: string;
  /** Ordinal of the call for variation 0. */
  readonly firstOrdinal: number;
  readonly tryNumber: number;
}

/** Asks for each variation, so many at a time in the order of their index, and places what was written: one embed effect a try. */
export async function tryVariations(open: readonly Variation[], of: TryOf, context: Context): Promise<Tried> {
  const answers = await atMost(context.config.parallel, open, (variation) => ask(variation, of, context));
  const written = answers.flatMap((answer, i) => (answer.ok ? [{ ...answer.value, variation: open[i]! }] : []));
  const code = answers.flatMap((answer) => (answer.ok ? [] : [answer.code]))[0];
  const embedded = await placeTexts(written, of.tryNumber, context);
  return embedded.ok ? { candidates: embedded.placed, code } : { candidates: [], code: code ?? embedded.code };
}

function ask({ index, course, tooClose }: Variation, { seed, neighbours, firstOrdinal }: TryOf, { llm, config }: Context) {
  return llm({
    name: 'vary',
    ordinal: firstOrdinal + index,
    stage: 'exploration',
    role: 'idea-generator',
    subject: seed.id,
    material: [
      { label: 'seed', text: `${seed.title}\n\n${seed.text}` },
      { label: 'toward', text: course.words.toward.join(', ') },
      { label: 'away', text: course.words.away.join(', ') },
      { label: 'distance', text: distanceWord(distanceOfStep(course.strength)) },
      { label: 'already there', text: neighbours },
      ...(tooClose === undefined ? [] : [{ label: 'too close to this', text: tooClose }]),
      { label: 'length', text: `${config.minLength} to ${config.maxLength} characters` },
    ],
    answer: writtenIdeaSchema(config),
    temperature: 0.8,
    maxOutputTokens: 800,
  });
}
