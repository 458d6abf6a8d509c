import type { ErrorCode } from '../../domain/errors.ts';
import { contentHash, type Idea, type WrittenIdea } from '../../domain/idea.ts';
import { phrases } from '../../domain/phrases.ts';
import { repeatedText, type Placed } from '../../domain/repetition.ts';
import type { MechanismContext, VectorDraft } from '../../ports/mechanism.ts';

type Sees<K extends 'visible' | 'embed'> = Pick<MechanismContext, K>;

/** A new idea among the others: where its text lies, and its phrases. */
export interface PlacedIdea extends Placed {
  readonly title: string;
  readonly phrases: readonly Placed[];
}

const mostTitles = 8;

/** The vector of an idea that is there; embedded now (effect embed-seed) if nobody has before: then it is `made` too. */
export async function ownVector(
  idea: Idea,
  { visible, embed }: Sees<'visible' | 'embed'>,
): Promise<{ readonly vector?: Float32Array; readonly made: readonly VectorDraft[]; readonly code?: ErrorCode }> {
  const known = visible.vector(idea.id);
  if (known) return { vector: known, made: [] };
  const answer = await embed('embed-seed', 0, [idea.text]);
  if (!answer.ok) return { made: [], code: answer.code };
  const vector = answer.vectors[0]!;
  return { vector, made: [{ ideaId: idea.id, kind: 'text', values: vector }] };
}

/** Titles of the nearest visible ideas, a line each: what is "already there" around an idea at `e`. */
export async function titlesAround(idea: Idea, e: Float32Array, { visible }: Sees<'visible'>): Promise<string> {
  return (await visible.nearest(e, mostTitles, [idea.id])).map((found) => found.idea.title).join('\n');
}

/** Places what was written, one effect for all texts and their phrases, in the order given. */
export async function placeTexts<T extends WrittenIdea>(
  written: readonly T[],
  ordinal: number,
  { embed }: Sees<'embed'>,
): Promise<{ readonly ok: true; readonly placed: readonly (T & PlacedIdea)[] } | { readonly ok: false; readonly code: ErrorCode }> {
  if (written.length === 0) return { ok: true, placed: [] };
  const named = written.map((one) => ({ one, found: phrases(one.text) }));
  const texts = named.flatMap(({ one, found }) => [one.text, ...found]);
  const embedded = await embed('embed', ordinal, texts);
  if (!embedded.ok) return embedded;
  let next = 0;
  const place = (text: string): Placed => ({ text, vector: embedded.vectors[next++]! });
  return { ok: true, placed: named.map(({ one, found }) => ({ ...one, ...place(one.text), phrases: found.map(place) })) };
}

/** The text that a candidate repeats, among `own` (the parent may have no visible vector) and all visible ideas; absent if it is new. */
export async function repeatedBy(
  candidate: Placed,
  own: readonly Placed[],
  minNovelty: number,
  { visible }: Sees<'visible'>,
): Promise<string | undefined> {
  if (visible.hasContent(contentHash(candidate.text))) return candidate.text;
  const nearest = await visible.nearest(candidate.vector, 1);
  const seen = nearest.map(({ idea }): Placed => ({ text: idea.text, vector: visible.vector(idea.id)! }));
  return repeatedText(candidate, [...own, ...seen], minNovelty);
}
