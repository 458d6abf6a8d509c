import { z } from 'zod';
import { sha256 } from './canonical-json.ts';

export const ideaMethods = ['seed', 'explore', 'blend'] as const;

/** toward, away and strength are asked for; distance and alignment are measured on the vector of the finished text. */
export const directionSchema = z.strictObject({
  toward: z.array(z.string()),
  away: z.array(z.string()),
  strength: z.number(),
  distance: z.number(),
  alignment: z.number(),
});
export type Direction = z.infer<typeof directionSchema>;

export const blendSchema = z.strictObject({ domain: z.string(), share: z.number(), shift: z.number() });
export type Blend = z.infer<typeof blendSchema>;

/** A text with parents. It never changes; its score is its newest visible assessment. */
export const ideaSchema = z.strictObject({
  id: z.string(),
  sessionId: z.string(),
  frameId: z.string(),
  /** The work item that made it; the session's id for a seed. */
  workId: z.string(),
  method: z.enum(ideaMethods),
  title: z.string().min(1).max(80),
  text: z.string().min(3).max(4000),
  contentHash: z.string(),
  parentIds: z.array(z.string()).max(4),
  round: z.int().min(0),
  depth: z.int().min(0),
  index: z.int().min(0),
  tags: z.array(z.string()),
  direction: z.exactOptional(directionSchema),
  blend: z.exactOptional(blendSchema),
  createdAt: z.iso.datetime(),
});
export type Idea = z.infer<typeof ideaSchema>;

export interface LengthBounds {
  readonly minLength: number;
  readonly maxLength: number;
}
export interface WrittenIdea {
  readonly title: string;
  readonly text: string;
}
const writtenIdeaSchemas = new Map<string, z.ZodType<WrittenIdea>>();

/**
 * What a model answers that is asked for an idea. White space around it is not part of it. The same bounds give the same schema: its JSON
 * form, which is kept by schema, is then worked out once.
 */
export function writtenIdeaSchema({ minLength, maxLength }: LengthBounds): z.ZodType<WrittenIdea> {
  const key = `${minLength}-${maxLength}`;
  let schema = writtenIdeaSchemas.get(key);
  if (!schema) {
    schema = z.strictObject({ title: z.string().trim().min(3).max(80), text: z.string().trim().min(minLength).max(maxLength) });
    writtenIdeaSchemas.set(key, schema);
  }
  return schema;
}

/** One `text` vector and up to six `phrase` vectors an idea, each of length 1. */
export interface Vector {
  readonly ideaId: string;
  readonly kind: 'text' | 'phrase';
  readonly phrase?: string;
  readonly values: Float32Array;
  /** Digest of the model that made it. */
  readonly embedder: string;
}

/** Two texts that differ only in case, width or white space are the same idea. */
export function contentHash(text: string): string {
  return sha256(text.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim());
}

/** A title for a seed that came without one: its first words, 80 characters at most. */
export function titleFrom(text: string): string {
  const line = text.replace(/\s+/gu, ' ').trim();
  if (line.length <= 80) return line;
  const cut = line.slice(0, 79).toWellFormed();
  const space = cut.lastIndexOf(' ');
  return `${(space > 40 ? cut.slice(0, space) : cut).trimEnd()}…`;
}
