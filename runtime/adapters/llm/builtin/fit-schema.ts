import type { JsonSchema } from '../../../ports/llm.ts';
import { codePoints, cut } from './fit-text.ts';

type Json = unknown;
const deepest = 12;

/**
 * The value nearest to the one given that is valid under a JSON schema as zod writes it: what fits stays, what is too long or out of range is
 * cut, what is missing is the least that is valid. Knows no patterns and formats.
 */
export function fitSchema(value: Json, schema: JsonSchema): Json {
  return fit(value, schema, schema, 0);
}

function fit(value: Json, schema: JsonSchema, root: JsonSchema, depth: number): Json {
  const at = schema['$ref'] === undefined ? schema : resolve(schema['$ref'] as string, root);
  const again = (inner: Json, to: JsonSchema): Json => fit(inner, to, root, depth + 1);
  if (depth > deepest || Object.keys(at).length === 0) return value === undefined ? null : value;
  if ('const' in at) return at['const'];
  if (Array.isArray(at['enum'])) return at['enum'].includes(value) ? value : at['enum'][0];
  const choices = (at['anyOf'] ?? at['oneOf']) as JsonSchema[] | undefined;
  if (choices !== undefined) return again(value, choices.find((choice) => accepts(typeOf(value), resolved(choice, root))) ?? choices[0]!);
  if (Array.isArray(at['allOf'])) return (at['allOf'] as JsonSchema[]).reduce<Json>((inner, one) => again(inner, one), value);
  const types = at['type'] === undefined ? [typeOf(value)] : [at['type']].flat().map(String);
  switch (types.find((type) => accepts(typeOf(value), { type })) ?? types[0]) {
    case 'object':
      return fitObject(value, at, again);
    case 'array':
      return fitArray(value, at, again);
    case 'string':
      return fitString(value, at);
    case 'integer':
      return fitNumber(value, at, 1);
    case 'number':
      return fitNumber(value, at, 0);
    case 'boolean':
      return value === true;
    default:
      return null;
  }
}

type Again = (inner: Json, to: JsonSchema) => Json;

function fitObject(value: Json, at: JsonSchema, again: Again): Json {
  const own = typeOf(value) === 'object' ? (value as Record<string, Json>) : {};
  const properties = (at['properties'] ?? {}) as Record<string, JsonSchema>;
  const required = (at['required'] ?? []) as string[];
  const others = at['additionalProperties'];
  const known = Object.keys(properties)
    .filter((key) => required.includes(key) || Object.hasOwn(own, key))
    .map((key) => [key, again(own[key], properties[key]!)] as const);
  const more = Object.entries(own)
    .filter(([key]) => !Object.hasOwn(properties, key) && others !== false)
    .map(([key, inner]) => [key, typeof others === 'object' ? again(inner, others as JsonSchema) : inner] as const);
  return Object.fromEntries([...known, ...more]);
}

function fitArray(value: Json, at: JsonSchema, again: Again): Json {
  const {
    minItems = 0,
    maxItems = Number.MAX_SAFE_INTEGER,
    items = {},
  } = at as { minItems?: number; maxItems?: number; items?: JsonSchema };
  const own: Json[] = Array.isArray(value) ? value.slice(0, maxItems) : [];
  const filled = [...own, ...Array.from({ length: Math.max(0, minItems - own.length) }, () => undefined)];
  return filled.map((inner) => again(inner, items));
}

function fitString(value: Json, at: JsonSchema): string {
  const { minLength = 0, maxLength = Number.MAX_SAFE_INTEGER } = at as { minLength?: number; maxLength?: number };
  const text = cut(typeof value === 'string' ? value : '', maxLength);
  return text + '-'.repeat(Math.max(0, minLength - codePoints(text)));
}

function fitNumber(value: Json, at: JsonSchema, step: 0 | 1): number {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = at as Record<string, number | undefined>;
  const least = minimum ?? (exclusiveMinimum === undefined ? -Infinity : exclusiveMinimum + (step || 1e-6));
  const most = maximum ?? (exclusiveMaximum === undefined ? Infinity : exclusiveMaximum - (step || 1e-6));
  const wanted = typeof value === 'number' && Number.isFinite(value) ? value : 0;
  const inside = Math.min(most, Math.max(least, wanted));
  return step === 1 ? Math.min(Math.floor(most), Math.max(Math.ceil(least), Math.round(inside))) : inside;
}

function typeOf(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value;
}

function accepts(type: string, schema: JsonSchema): boolean {
  const types = [schema['type'] ?? (Array.isArray(schema['enum']) ? typeOf(schema['enum'][0]) : type)].flat().map(String);
  return types.includes(type) || (type === 'number' && types.includes('integer'));
}

const resolved = (schema: JsonSchema, root: JsonSchema): JsonSchema =>
  schema['$ref'] === undefined ? schema : resolve(schema['$ref'] as string, root);

/** Schemas as zod writes them refer to their own `$defs`, and to themselves by `#`. */
function resolve(reference: string, root: JsonSchema): JsonSchema {
  const path = reference
    .replace(/^#\/?/u, '')
    .split('/')
    .filter((step) => step !== '');
  return path.reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], root) as JsonSchema;
}
