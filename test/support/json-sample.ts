import { createHash } from 'node:crypto';
import type { JsonSchema } from '../../runtime/ports/llm.ts';

/** A stream of numbers in [0, 1) that depends on the text alone. */
export function drawsFrom(text: string): () => number {
  let block = createHash('sha256').update(text).digest();
  let at = 0;
  return () => {
    if (at + 4 > block.length) {
      block = createHash('sha256').update(block).digest();
      at = 0;
    }
    at += 4;
    return block.readUInt32BE(at - 4) / 2 ** 32;
  };
}

const verbs = 'split merge invert lend price delay expose borrow rotate shrink pool mirror auction seed chain trade map stage'.split(' ');
const joints = 'with through around without before beside against under across between'.split(' ');
const things = (
  'lantern ledger bridge orchard tide quilt relay harbour compass kiln mosaic pulley ferry almanac prism lattice anvil beacon ' +
  'reservoir loom turnstile greenhouse pendulum tollgate carousel dovecote viaduct sundial'
).split(' ');

/** Readable words of `min`..`max` characters, other ones for other draws; half of them taken from the text that asked. */
export function sampleText(draw: () => number, min: number, max: number, topics: readonly string[]): string {
  const pick = (list: readonly string[]) => list[Math.floor(draw() * list.length)] ?? 'thing';
  const wanted = Math.max(min, Math.min(max, 24 + Math.floor(draw() * 50)));
  let text = '';
  while (text.length < wanted) {
    const next = [pick(verbs), 'the', pick(topics.length > 0 && draw() < 0.5 ? topics : things), pick(joints), 'a', pick(things)].join(' ');
    text += (text === '' ? '' : ', then ') + next;
  }
  return text.slice(0, Math.max(min, max)).trimEnd().padEnd(min, '.');
}

/** The longer words of a text, each once: what an answer about it may speak of. */
export function topicsOf(text: string): string[] {
  return [...new Set(text.toLowerCase().match(/\b[a-z]{6,14}\b/g) ?? [])].slice(0, 60);
}

/** A value valid against the schema (also in Google's dialect), drawn with `draw`. Open objects come out empty, optional keys filled. */
export function sampleJson(schema: JsonSchema, draw: () => number, topics: readonly string[] = [], root: JsonSchema = schema): unknown {
  const within = (inner: unknown) => sampleJson((inner ?? {}) as JsonSchema, draw, topics, root);
  const number = (key: string, otherwise: number) => (typeof schema[key] === 'number' ? schema[key] : otherwise);
  if (typeof schema['$ref'] === 'string') return within(resolveReference(root, schema['$ref']));
  if ('const' in schema) return schema['const'];
  const type: unknown = Array.isArray(schema['type']) ? schema['type'][0] : schema['type'];
  if (Array.isArray(schema['enum'])) {
    const value: unknown = schema['enum'][Math.floor(draw() * schema['enum'].length)];
    return type === 'integer' || type === 'number' ? Number(value) : value;
  }
  const choices = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(choices)) return within(choices[Math.floor(draw() * choices.length)]);
  if (Array.isArray(schema['allOf'])) return within(schema['allOf'][0]);
  switch (type) {
    case 'string':
      return sampleText(
        draw,
        number('minLength', statedLimit(schema, 'at least', 'min length:') ?? 3),
        number('maxLength', statedLimit(schema, 'at most', 'max length:') ?? 400),
        topics,
      );
    case 'integer':
    case 'number': {
      const low = Math.ceil(number('minimum', statedLimit(schema, 'at least', 'minimum:') ?? 0));
      const high = Math.floor(number('maximum', statedLimit(schema, 'at most', 'maximum:') ?? low + 4));
      return low + Math.floor(draw() * (high - low + 1));
    }
    case 'boolean':
      return draw() < 0.5;
    case 'null':
      return null;
    case 'array': {
      const low = number('minItems', statedLimit(schema, 'at least', 'min items:') ?? 1);
      const high = Math.min(number('maxItems', statedLimit(schema, 'at most', 'max items:') ?? low + 1), low + 2);
      return Array.from({ length: low + Math.floor(draw() * (high - low + 1)) }, () => within(schema['items']));
    }
    default:
      return Object.fromEntries(
        Object.entries((schema['properties'] ?? {}) as Record<string, unknown>).map(([key, value]) => [key, within(value)]),
      );
  }
}

/** A limit that stands in the description only, as adapters write it for schema modes that know no limits: ours, or Anthropic's package. */
function statedLimit(schema: JsonSchema, ours: string, anthropics: string): number | undefined {
  const description = typeof schema['description'] === 'string' ? schema['description'] : '';
  const said = new RegExp(`(?:${ours}|${anthropics}) (\\d+)`).exec(description)?.[1];
  return said === undefined ? undefined : Number(said);
}

function resolveReference(root: JsonSchema, reference: string): unknown {
  const path = reference.replace(/^#\/?/, '').split('/').filter(Boolean);
  return path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], root);
}
