import type { JsonSchema } from '../../../ports/llm.ts';

export interface TextLimits {
  readonly least: number;
  readonly most: number;
}

/** The lengths that a schema allows for a text property, in characters. */
export function textLimits(schema: JsonSchema, property: string): TextLimits {
  const properties = schema['properties'] as Readonly<Record<string, JsonSchema | undefined>> | undefined;
  const { minLength = 1, maxLength = 1500 } = (properties?.[property] ?? {}) as { minLength?: number; maxLength?: number };
  return { least: minLength, most: maxLength };
}

/**
 * As many of the sentences as there is room for, in order. Below the least length `more` adds sentences, and at last single words; a first
 * sentence that is too long is cut at a word and ends with an ellipsis.
 */
export function fitText(sentences: readonly string[], { least, most }: TextLimits, more?: () => string): string {
  let text = '';
  const add = (sentence: string): void => {
    const longer = text === '' ? sentence : `${text} ${sentence}`;
    if (longer.length <= most) text = longer;
  };
  sentences.forEach(add);
  if (text === '') text = cut(sentences[0] ?? '', most);
  for (let i = 0; more !== undefined && i < 40 && codePoints(text) < least; i++) add(more());
  while (codePoints(text) < least) text += text.length + 6 <= most ? ' More.' : '.';
  return text;
}

/** How long JSON schemas take a text to be. */
export const codePoints = (text: string): number => Array.from(text).length;

/** At most so many UTF-16 units, cut between words if there is one to keep. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const start = text.slice(0, Math.max(0, most - 1)).replace(/[\ud800-\udbff]$/u, '');
  return `${start.includes(' ') ? start.replace(/[\s,;:]*\s\S*$/u, '') : start}…`.slice(0, most);
}
