import { round4 } from '../../domain/assessment.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import { contentHash, writtenIdeaSchema, type Blend, type Idea } from '../../domain/idea.ts';
import { phrases } from '../../domain/phrases.ts';
import { explorerSettings } from '../../domain/planning/settings.ts';
import { repeatedText, type Placed } from '../../domain/repetition.ts';
import { dot } from '../../domain/vector.ts';
import type { BankDomain, IdeaDraft, MechanismContext, OperationResult, SignalDraft, VectorDraft } from '../../ports/mechanism.ts';
import type { CatalystConfig } from './config.ts';
import { conceptsToward, drawFields, shareWord } from './fields.ts';

type Context = MechanismContext<CatalystConfig>;
export interface BlendInput {
  readonly ideaId: string;
  readonly cause: 'planned' | 'promising' | 'stagnation';
}

interface Hybrid extends Placed {
  readonly blend: Blend;
  readonly title: string;
  readonly phrases: readonly Placed[];
}

const triesEach = 2;
const conceptsNamed = 3;
const mostTitles = 8;
const moreShare = 0.2;
const mostShare = 0.9;

/** Joins an idea with other fields (engine.md 4.5). */
export async function blend(input: BlendInput, context: Context): Promise<OperationResult> {
  const { config, visible, random, bank } = context;
  if (input.cause === 'promising' && random.uniform() >= config.applicationRate) return { outcome: { result: 'declined' } };
  const idea = visible.idea(input.ideaId);
  if (!idea) throw new Error(`idea ${input.ideaId} is not visible`);
  const seed = await ownVector(idea, context);
  if (!seed.vector) return { outcome: { result: 'blended', ...(seed.code === undefined ? {} : { code: seed.code }) } };

  const neighbours = (await visible.nearest(seed.vector, mostTitles, [idea.id])).map((found) => found.idea.title);
  const hybrids: Hybrid[] = [];
  let refusal: ErrorCode | undefined;
  let nearDuplicates = 0;
  for (const [h, domain] of drawFields(bank, seed.vector, config.hybrids, random).entries()) {
    const share = round4(config.shareLow + random.uniform() * (config.shareHigh - config.shareLow));
    const tried = await tryField({ idea, e: seed.vector, domain, share, hybrid: h, siblings: hybrids, neighbours }, context);
    if (tried.made) hybrids.push(tried.made);
    if (tried.near) nearDuplicates++;
    refusal ??= tried.code;
  }
  return result(idea, hybrids, seed.made, nearDuplicates, refusal, context);
}

async function ownVector(
  idea: Idea,
  { visible, embed }: Context,
): Promise<{ vector?: Float32Array; made: VectorDraft[]; code?: ErrorCode }> {
  const known = visible.vector(idea.id);
  if (known) return { vector: known, made: [] };
  const answer = await embed('embed-seed', 0, [idea.text]);
  if (!answer.ok) return { made: [], code: answer.code };
  const vector = answer.vectors[0]!;
  return { vector, made: [{ ideaId: idea.id, kind: 'text', values: vector }] };
}

interface Attempt {
  readonly idea: Idea;
  readonly e: Float32Array;
  readonly domain: BankDomain;
  readonly share: number;
  readonly hybrid: number;
  readonly siblings: readonly Hybrid[];
  /** Titles of the ideas around it. */
  readonly neighbours: readonly string[];
}

/** Asks once, and once more with a greater share and the next concepts if the result moved away from the field or is not new. */
async function tryField(of: Attempt, context: Context): Promise<{ made?: Hybrid; near?: boolean; code?: ErrorCode }> {
  const { e, domain } = of;
  const { minNovelty } = explorerSettings(context.allConfig);
  let near = false;
  for (let tryNumber = 0; tryNumber < triesEach; tryNumber++) {
    const share = tryNumber === 0 ? of.share : round4(Math.min(mostShare, of.share + moreShare));
    const written = await write(of, tryNumber, share, context);
    if (!written.ok) return { code: written.code };
    const { title, placed, phrases: found } = written;
    const shift = dot(placed.vector, domain.centroid) - dot(e, domain.centroid);
    near = await repeats(placed, [{ text: of.idea.text, vector: e }, ...of.siblings], minNovelty, context);
    if (shift > 0 && !near) {
      return { made: { blend: { domain: domain.name, share, shift: round4(shift) }, title, ...placed, phrases: found } };
    }
  }
  return { near };
}

type Written =
  | { readonly ok: true; readonly title: string; readonly placed: Placed; readonly phrases: readonly Placed[] }
  | { readonly ok: false; readonly code: ErrorCode };

async function write(
  { idea, e, domain, hybrid, neighbours }: Attempt,
  tryNumber: number,
  share: number,
  { llm, embed, allConfig }: Context,
): Promise<Written> {
  const ordinal = hybrid * triesEach + tryNumber;
  const settings = explorerSettings(allConfig);
  const toward = conceptsToward(domain, e, share).slice(tryNumber * conceptsNamed, (tryNumber + 1) * conceptsNamed);
  const answer = await llm({
    name: 'blend',
    ordinal,
    stage: 'exploration',
    role: 'idea-synthesizer',
    subject: idea.id,
    material: [
      { label: 'idea', text: `${idea.title}\n\n${idea.text}` },
      { label: 'domain', text: domain.name },
      { label: 'toward', text: toward.join(', ') },
      { label: 'share', text: shareWord(share) },
      { label: 'already there', text: neighbours.join('\n') },
      { label: 'length', text: `${settings.minLength} to ${settings.maxLength} characters` },
    ],
    answer: writtenIdeaSchema(settings),
    temperature: 0.8,
    maxOutputTokens: 800,
  });
  if (!answer.ok) return answer;
  const { title, text } = answer.value;
  const texts = [text, ...phrases(text)];
  const embedded = await embed('embed', ordinal, texts);
  if (!embedded.ok) return embedded;
  const [placed, ...rest] = texts.map((each, i): Placed => ({ text: each, vector: embedded.vectors[i]! }));
  return { ok: true, title, placed: placed!, phrases: rest };
}

/** Whether the blend says what `own` (the idea may have no visible vector) or any visible idea says. */
async function repeats(blended: Placed, own: readonly Placed[], minNovelty: number, { visible }: Context): Promise<boolean> {
  if (visible.hasContent(contentHash(blended.text))) return true;
  const nearest = await visible.nearest(blended.vector, 1);
  const seen = nearest.map(({ idea }): Placed => ({ text: idea.text, vector: visible.vector(idea.id)! }));
  return repeatedText(blended, [...own, ...seen], minNovelty) !== undefined;
}

function result(
  idea: Idea,
  hybrids: readonly Hybrid[],
  made: readonly VectorDraft[],
  nearDuplicates: number,
  refusal: ErrorCode | undefined,
  context: Context,
): OperationResult {
  const ideas = hybrids.map((hybrid): IdeaDraft & { blend: Blend } => ({
    method: 'blend',
    title: hybrid.title,
    text: hybrid.text,
    parentIds: [idea.id],
    depth: idea.depth + 1,
    tags: [],
    blend: hybrid.blend,
  }));
  const signals = ideas.map((draft, index): SignalDraft => {
    const { title, text, parentIds, method, blend: blended, depth } = draft;
    const ideaId = context.ids.idea(index);
    return {
      type: 'idea.catalyzed',
      subject: ideaId,
      depth,
      data: { ideaId, title, text, parentIds, method, round: context.round, index, blend: blended },
    };
  });
  const vectors = hybrids.flatMap((hybrid, index): VectorDraft[] => {
    const ideaId = context.ids.idea(index);
    return [
      { ideaId, kind: 'text', values: hybrid.vector },
      ...hybrid.phrases.map((phrase): VectorDraft => ({ ideaId, kind: 'phrase', phrase: phrase.text, values: phrase.vector })),
    ];
  });
  return {
    ideas,
    vectors: [...made, ...vectors],
    signals,
    outcome: {
      result: 'blended',
      ...(refusal === undefined ? {} : { code: refusal }),
      ...(nearDuplicates === 0 ? {} : { nearDuplicates }),
    },
  };
}
