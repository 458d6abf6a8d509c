import { z } from 'zod';
import { round4 } from '../../domain/assessment.ts';
import { contentHash, type Direction, type Idea } from '../../domain/idea.ts';
import { phrases } from '../../domain/phrases.ts';
import { dot } from '../../domain/vector.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import type { IdeaDraft, MechanismContext, OperationResult, SignalDraft, VectorDraft } from '../../ports/mechanism.ts';
import type { ExplorerConfig } from './config.ts';
import {
  alignmentOf,
  decode,
  distanceOfStep,
  distanceWord,
  freshDirection,
  strengthOf,
  wide,
  type Concept,
  type Decoded,
} from './direction.ts';

type Context = MechanismContext<ExplorerConfig>;
export interface ExploreInput {
  readonly ideaId: string;
  readonly variations: number;
  readonly divergence: number;
}

/** One variation on its way: where it is to go, and what came of it. */
interface Variation {
  readonly index: number;
  u: Float64Array;
  strength: number;
  words: Decoded;
  tooClose?: string;
}
interface Accepted {
  readonly variation: Variation;
  readonly title: string;
  readonly text: string;
  readonly vector: Float32Array;
  readonly phrases: readonly { readonly text: string; readonly vector: Float32Array }[];
}
interface Written {
  readonly variation: Variation;
  readonly title: string;
  readonly text: string;
}

const mostTitles = 8;
const mostSessionPhrases = 256;

/** Grows variations of an idea along directions at right angles to one another, and keeps those that are new (engine.md 4.1). */
export async function explore(input: ExploreInput, context: Context): Promise<OperationResult> {
  const { config, visible } = context;
  const seed = visible.idea(input.ideaId);
  if (!seed) throw new Error(`idea ${input.ideaId} is not visible`);
  const { vector: e, made, code } = await seedVector(seed, context);
  if (!e) return { outcome: { result: 'explored', ...(code === undefined ? {} : { code }) } };

  const compass = createCompass(input, e, context);
  let open = Array.from({ length: input.variations }, (_, index) => compass.variation(index));
  const accepted: Accepted[] = [];
  let refusal: ErrorCode | undefined;
  let nearDuplicates = 0;
  for (let tryNumber = 0; open.length > 0; tryNumber++) {
    if (tryNumber > 0) for (const variation of open) compass.turn(variation, tryNumber);
    const { written, code: failed } = await write(open, tryNumber, input, seed, e, context);
    refusal ??= failed;
    const embedded = await embedAll(written, tryNumber, context);
    if (!embedded.ok) refusal ??= embedded.code;
    const refused: Variation[] = [];
    for (const candidate of embedded.ok ? embedded.ideas : []) {
      const close = await tooCloseTo(candidate, accepted, context);
      if (close === undefined) accepted.push(candidate);
      else refused.push(Object.assign(candidate.variation, { tooClose: close }));
    }
    if (tryNumber >= config.noveltyRetries) {
      nearDuplicates = refused.length;
      break;
    }
    open = refused;
  }
  accepted.sort((a, b) => a.variation.index - b.variation.index);
  return result(seed, e, accepted, made, nearDuplicates, refusal, context);
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

/** Chooses directions: each at right angles to the seed and to those before it, each told in words that no other uses. */
function createCompass(input: ExploreInput, e: Float32Array, { config, random, bank, visible }: Context) {
  const session: Concept[] = visible.phrases(mostSessionPhrases).map(({ phrase, values }) => ({ text: phrase, vector: values }));
  const sources = { bank: bank.flatMap((domain) => domain.concepts), session };
  const counts = { toward: config.towardConcepts, away: config.awayConcepts };
  const taken: Float64Array[] = [wide(e)];
  const used = new Set<string>();
  const direct = (): { u: Float64Array; words: Decoded } => {
    const u = freshDirection(random, taken, e.length);
    taken.push(u);
    return { u, words: decode(u, e, sources, counts, used) };
  };
  const strength = (index: number, tryNumber: number): number => strengthOf(input.divergence, index, tryNumber, config.retryFactor);
  return {
    variation: (index: number): Variation => ({ index, strength: strength(index, 0), ...direct() }),
    turn: (variation: Variation, tryNumber: number) =>
      Object.assign(variation, { strength: strength(variation.index, tryNumber), ...direct() }),
  };
}

/** Asks for all variations, so many at a time, in the order of their index. */
async function write(
  open: readonly Variation[],
  tryNumber: number,
  input: ExploreInput,
  seed: Idea,
  e: Float32Array,
  { config, visible, llm }: Context,
): Promise<{ written: Written[]; code: ErrorCode | undefined }> {
  const neighbours = (await visible.nearest(e, mostTitles)).map(({ idea }) => idea.title);
  const answer = z.strictObject({ title: z.string().min(3).max(80), text: z.string().min(config.minLength).max(config.maxLength) });
  const written: Written[] = [];
  let code: ErrorCode | undefined;
  for (let i = 0; i < open.length; i += config.parallel) {
    const batch = open.slice(i, i + config.parallel);
    const answers = await Promise.all(
      batch.map((variation) =>
        llm({
          name: 'vary',
          ordinal: tryNumber * input.variations + variation.index,
          stage: 'exploration',
          role: 'idea-generator',
          subject: seed.id,
          material: [
            { label: 'seed', text: `${seed.title}\n\n${seed.text}` },
            { label: 'toward', text: variation.words.toward.join(', ') },
            { label: 'away', text: variation.words.away.join(', ') },
            { label: 'distance', text: distanceWord(distanceOfStep(variation.strength)) },
            { label: 'already there', text: neighbours.join('\n') },
            ...(variation.tooClose === undefined ? [] : [{ label: 'too close to this', text: variation.tooClose }]),
            { label: 'length', text: `${config.minLength} to ${config.maxLength} characters` },
          ],
          answer,
          temperature: 0.8,
          maxOutputTokens: 800,
        }),
      ),
    );
    for (const [k, one] of answers.entries()) {
      if (one.ok) written.push({ variation: batch[k]!, ...one.value });
      else code ??= one.code;
    }
  }
  return { written, code };
}

/** One effect for the texts of this try and their phrases. */
async function embedAll(
  written: readonly Written[],
  tryNumber: number,
  { embed }: Context,
): Promise<{ ok: true; ideas: Accepted[] } | { ok: false; code: ErrorCode }> {
  if (written.length === 0) return { ok: true, ideas: [] };
  const named = written.map((one) => ({ one, found: phrases(one.text) }));
  const answer = await embed(
    'embed',
    tryNumber,
    named.flatMap(({ one, found }) => [one.text, ...found]),
  );
  if (!answer.ok) return { ok: false, code: answer.code };
  let next = 0;
  const take = (): Float32Array => answer.vectors[next++]!;
  return {
    ok: true,
    ideas: named.map(({ one, found }) => ({ ...one, vector: take(), phrases: found.map((text) => ({ text, vector: take() })) })),
  };
}

/** The text that the candidate merely repeats; absent if it is new. */
async function tooCloseTo(candidate: Accepted, accepted: readonly Accepted[], { config, visible }: Context): Promise<string | undefined> {
  const hash = contentHash(candidate.text);
  const sibling = accepted.find((other) => contentHash(other.text) === hash || 1 - dot(other.vector, candidate.vector) < config.minNovelty);
  if (sibling) return sibling.text;
  if (visible.hasContent(hash)) return candidate.text;
  const [nearest] = await visible.nearest(candidate.vector, 1);
  return nearest && 1 - nearest.cosine < config.minNovelty ? nearest.idea.text : undefined;
}

function result(
  seed: Idea,
  e: Float32Array,
  accepted: readonly Accepted[],
  made: readonly VectorDraft[],
  nearDuplicates: number,
  refusal: ErrorCode | undefined,
  context: Context,
): OperationResult {
  const ideas = accepted.map(({ variation, title, text, vector }): IdeaDraft & { direction: Direction } => ({
    method: 'explore',
    title,
    text,
    parentIds: [seed.id],
    depth: seed.depth + 1,
    tags: [],
    direction: {
      toward: [...variation.words.toward],
      away: [...variation.words.away],
      strength: round4(variation.strength),
      distance: round4(1 - dot(e, vector)),
      alignment: round4(alignmentOf(e, variation.u, vector)),
    },
  }));
  const vectors = accepted.flatMap(({ vector, phrases: found }, index): VectorDraft[] => {
    const ideaId = context.ids.idea(index);
    return [
      { ideaId, kind: 'text', values: vector },
      ...found.map((phrase): VectorDraft => ({ ideaId, kind: 'phrase', phrase: phrase.text, values: phrase.vector })),
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
