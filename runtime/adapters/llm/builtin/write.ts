import { phrases } from '../../../domain/phrases.ts';
import { createRandom, type Random } from '../../../domain/random.ts';
import type { JsonSchema, LlmCallParts } from '../../../ports/llm.ts';
import { effects, mechanisms, moves, type Slots } from './moves.ts';

export const materialOf = (parts: LlmCallParts, label: string): string => parts.material.find((m) => m.label === label)?.text ?? '';

const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random.uniform() * from.length)]!;
const article = (noun: string): string => `${/^(?:[aeiou]|hour)/i.test(noun) && !/^(?:one|uni|use|eu)/i.test(noun) ? 'an' : 'a'} ${noun}`;
const capital = (text: string): string => text.replace(/\p{L}/u, (first) => first.toUpperCase());
const tidy = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cf}“”]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();

/** What a text is about: what an earlier text of this writer quoted, else its own phrases. */
function topicsOf(text: string): string[] {
  const quoted = [...text.matchAll(/“([^”]{2,60})”/gu)].map((match) => tidy(match[1]!)).filter((topic) => topic !== '');
  const own = phrases(tidy(text)).filter((phrase) => phrase.length <= 40);
  return quoted.length > 0 ? [...new Set(quoted)] : own;
}

/** Writes an idea: a move, how it works, what it does for the objective. */
export function writeIdea(parts: LlmCallParts, schema: JsonSchema): { title: string; text: string } {
  const random = createRandom(parts.effectId);
  const seed = materialOf(parts, 'seed') || materialOf(parts, 'idea');
  const body = seed.slice(seed.indexOf('\n\n') + 1);
  const concepts = materialOf(parts, 'toward')
    .split(',')
    .map(tidy)
    .filter((concept) => concept !== '');
  const domain = tidy(materialOf(parts, 'domain'));
  const goals = phrases(tidy(parts.objective)).filter((phrase) => phrase.length <= 40);
  const topics = topicsOf(body);
  const topic = pick(random, topics.length > 0 ? topics.slice(0, 4) : ['the whole']);
  const others = goals.filter((phrase) => phrase !== topic);
  const goal = pick(random, others.length > 0 ? others.slice(0, 4) : ['the objective']);
  const a = concepts[0] ?? 'shared list';
  const b = concepts[1] ?? concepts[0] ?? 'weekly check';
  const slots: Slots = { topic: `“${topic}”`, goal: `“${goal}”`, a: article(a), bareA: a, b: article(b), bareB: b };
  const chosen = pick(random, moves);
  const number = (): number => 2 + Math.floor(random.uniform() * 11);
  const sentences = [chosen.says(slots), pick(random, mechanisms)(slots, number()), pick(random, effects)(slots, number() * 2)];
  const third = concepts[2];
  if (third !== undefined && random.uniform() < 0.5) sentences.splice(2, 0, `Where that is too slow, ${article(third)} takes over.`);
  if (domain !== '') sentences.unshift(`Treat it as people in ${domain} would.`);
  return { title: fit(capital(chosen.title(slots)), 3, 80), text: fitText(sentences, schema) };
}

function fit(text: string, least: number, most: number): string {
  const cut = text.length <= most ? text : `${text.slice(0, most - 1).replace(/\s+\S*$/, '')}…`;
  return cut.length >= least ? cut : cut.padEnd(least, '.');
}

/** As many sentences as the schema has room for. */
function fitText(sentences: readonly string[], schema: JsonSchema): string {
  const { minLength = 1, maxLength = 1500 } = ((schema['properties'] as Record<string, unknown> | undefined)?.['text'] ?? {}) as {
    minLength?: number;
    maxLength?: number;
  };
  let text = '';
  for (const sentence of sentences) {
    const longer = text === '' ? sentence : `${text} ${sentence}`;
    if (longer.length <= maxLength) text = longer;
  }
  if (text === '') text = fit(sentences[0]!, 1, maxLength);
  for (let i = 0; text.length < minLength; i++)
    text = `${text} ${i % 2 === 0 ? 'Begin with what is there.' : 'Then look again.'}`.slice(0, maxLength);
  return text;
}
