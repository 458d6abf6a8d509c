import { round4 } from '../../domain/assessment.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import { writtenIdeaSchema, type Idea } from '../../domain/idea.ts';
import { explorerSettings } from '../../domain/planning/settings.ts';
import { dot } from '../../domain/vector.ts';
import type { BankDomain, MechanismContext, OperationResult } from '../../ports/mechanism.ts';
import { broodResult, type Child } from '../writing/children.ts';
import { ownVector, placeTexts, repeatedBy, titlesAround, type PlacedIdea } from '../writing/place.ts';
import type { CatalystConfig } from './config.ts';
import { conceptsToward, drawFields, shareWord } from './fields.ts';

type Context = MechanismContext<CatalystConfig>;
export interface BlendInput {
  readonly ideaId: string;
  readonly cause: 'planned' | 'promising' | 'stagnation';
}

const triesEach = 2;
const conceptsNamed = 3;
const moreShare = 0.2;
const mostShare = 0.9;

/** Joins an idea with other fields. */
export async function blend(input: BlendInput, context: Context): Promise<OperationResult> {
  const { config, visible, random, bank } = context;
  if (input.cause === 'promising' && random.uniform() >= config.applicationRate) return { outcome: { result: 'declined' } };
  const idea = visible.idea(input.ideaId);
  if (!idea) throw new Error(`idea ${input.ideaId} is not visible`);
  const seed = await ownVector(idea, context);
  if (!seed.vector) return { outcome: { result: 'blended', ...(seed.code === undefined ? {} : { code: seed.code }) } };

  const neighbours = await titlesAround(idea, seed.vector, context);
  const hybrids: Child[] = [];
  let code: ErrorCode | undefined;
  let nearDuplicates = 0;
  for (const [h, domain] of drawFields(bank, seed.vector, config.hybrids, random).entries()) {
    const share = round4(config.shareLow + random.uniform() * (config.shareHigh - config.shareLow));
    const tried = await tryField({ idea, e: seed.vector, domain, share, hybrid: h, siblings: hybrids, neighbours }, context);
    if (tried.made) hybrids.push(tried.made);
    if (tried.near) nearDuplicates++;
    code ??= tried.code;
  }
  return broodResult('blended', { parent: idea, children: hybrids, made: seed.made, nearDuplicates, code }, context);
}

interface Attempt {
  readonly idea: Idea;
  readonly e: Float32Array;
  readonly domain: BankDomain;
  readonly share: number;
  readonly hybrid: number;
  readonly siblings: readonly Child[];
  /** Titles of the ideas around it, a line each. */
  readonly neighbours: string;
}

/** Asks once, and once more with a greater share and the next concepts if the result moved away from the field or is not new. */
async function tryField(of: Attempt, context: Context): Promise<{ made?: Child; near?: boolean; code?: ErrorCode }> {
  const { e, domain } = of;
  const { minNovelty } = explorerSettings(context.allConfig);
  let near = false;
  for (let tryNumber = 0; tryNumber < triesEach; tryNumber++) {
    const share = tryNumber === 0 ? of.share : round4(Math.min(mostShare, of.share + moreShare));
    const written = await write(of, tryNumber, share, context);
    if (!written.ok) return { code: written.code };
    const { placed } = written;
    const shift = dot(placed.vector, domain.centroid) - dot(e, domain.centroid);
    near = (await repeatedBy(placed, [{ text: of.idea.text, vector: e }, ...of.siblings], minNovelty, context)) !== undefined;
    if (shift > 0 && !near) {
      return { made: { ...placed, origin: { method: 'blend', blend: { domain: domain.name, share, shift: round4(shift) } } } };
    }
  }
  return { near };
}

async function write(
  { idea, e, domain, hybrid, neighbours }: Attempt,
  tryNumber: number,
  share: number,
  context: Context,
): Promise<{ readonly ok: true; readonly placed: PlacedIdea } | { readonly ok: false; readonly code: ErrorCode }> {
  const ordinal = hybrid * triesEach + tryNumber;
  const settings = explorerSettings(context.allConfig);
  const toward = conceptsToward(domain, e, share).slice(tryNumber * conceptsNamed, (tryNumber + 1) * conceptsNamed);
  const answer = await context.llm({
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
      { label: 'already there', text: neighbours },
      { label: 'length', text: `${settings.minLength} to ${settings.maxLength} characters` },
    ],
    answer: writtenIdeaSchema(settings),
    temperature: 0.8,
    maxOutputTokens: 800,
  });
  if (!answer.ok) return answer;
  const embedded = await placeTexts([answer.value], ordinal, context);
  return embedded.ok ? { ok: true, placed: embedded.placed[0]! } : embedded;
}
