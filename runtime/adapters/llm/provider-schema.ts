import type { JsonSchema } from '../../ports/llm.ts';

/** Keywords that say how long or how large, with the sentence that says it to a reader. */
const limitSentences: Readonly<Record<string, (limit: string) => string>> = {
  minLength: (n) => `at least ${n} characters`,
  maxLength: (n) => `at most ${n} characters`,
  minimum: (n) => `at least ${n}`,
  maximum: (n) => `at most ${n}`,
  minItems: (n) => `at least ${n} items`,
  maxItems: (n) => `at most ${n} items`,
};

/**
 * The schema as a provider's schema mode takes it: without the keywords in `dropped`, which the mode refuses or ignores, their limits
 * said in the description instead. The caller checks the answer against the whole schema in any case.
 */
export function describeLimits(schema: JsonSchema, dropped: ReadonlySet<string>): JsonSchema {
  return mapSchema(schema, (node) => {
    const said = Object.entries(limitSentences).flatMap(([key, say]) => (dropped.has(key) && key in node ? [say(String(node[key]))] : []));
    const kept = Object.entries(node).filter(([key]) => !dropped.has(key) && key !== '$schema');
    if (said.length === 0) return Object.fromEntries(kept);
    const description = [node['description'], `${said.join(', ')}.`].filter((part) => typeof part === 'string').join(' ');
    return { ...Object.fromEntries(kept), description };
  });
}

/** Whether every object in it lists all its keys as required and allows no other, which is what OpenAI's strict mode demands. */
export function isClosedSchema(schema: JsonSchema): boolean {
  let closed = true;
  mapSchema(schema, (node) => {
    const names = Object.keys((node['properties'] as object | undefined) ?? {});
    const required = new Set(Array.isArray(node['required']) ? node['required'] : []);
    if (node['type'] === 'object' || names.length > 0)
      closed &&= node['additionalProperties'] === false && names.every((n) => required.has(n));
    if (node['type'] === undefined && !['enum', 'const', 'anyOf', '$ref'].some((key) => key in node)) closed = false;
    return node;
  });
  return closed;
}

/** What follows the last message where the schema has to stand in the text. */
export function schemaInstruction(schema: JsonSchema): string {
  const { $schema: _dialect, ...said } = schema;
  return `\n\nAnswer with one JSON value and nothing before or after it. It must be valid against this JSON schema:\n${JSON.stringify(said)}`;
}

const holders = ['items', 'additionalProperties', 'not'] as const;
const listHolders = ['anyOf', 'oneOf', 'allOf', 'prefixItems'] as const;
const mapHolders = ['properties', '$defs', 'definitions'] as const;

/** Every schema within the schema replaced by what `change` makes of it, innermost first; keys under `properties` are names, not keywords. */
export function mapSchema(schema: JsonSchema, change: (node: JsonSchema) => JsonSchema): JsonSchema {
  const isSchema = (value: unknown): value is JsonSchema => typeof value === 'object' && value !== null && !Array.isArray(value);
  const inside = (value: unknown): unknown => (isSchema(value) ? mapSchema(value, change) : value);
  const node: Record<string, unknown> = { ...schema };
  for (const key of holders) if (key in node) node[key] = inside(node[key]);
  for (const key of listHolders) if (Array.isArray(node[key])) node[key] = node[key].map(inside);
  for (const key of mapHolders) {
    const named = node[key];
    if (isSchema(named)) node[key] = Object.fromEntries(Object.entries(named).map(([name, value]) => [name, inside(value)]));
  }
  return change(node);
}
