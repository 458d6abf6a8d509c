import { isDeepStrictEqual } from 'node:util';
import { customResourceDefinition } from '../crd.ts';

type Json = Readonly<Record<string, unknown>>;

let known: Json | undefined;
/** Made when it is first needed. */
const specOfCrd = (): Json => (known ??= schemaOfSpec());

function schemaOfSpec(): Json {
  const { versions } = customResourceDefinition()['spec'] as { versions: readonly Json[] };
  const { openAPIV3Schema } = versions[0]!['schema'] as { openAPIV3Schema: { properties: { spec: Json } } };
  return openAPIV3Schema.properties.spec;
}

/** A spec without what says no more than the default does: a field that a later CRD brings, with its default, changes nothing here. */
export const withoutDefaults = (spec: unknown): unknown => stripped(spec, specOfCrd());

function stripped(value: unknown, schema: Json): unknown {
  if (Array.isArray(value)) return value.map((item) => stripped(item, (schema['items'] ?? {}) as Json));
  if (typeof value !== 'object' || value === null) return value;
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, Json>>;
  const any = (schema['additionalProperties'] ?? {}) as Json;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => {
      const own = properties[key] ?? any;
      if ('default' in own && isDeepStrictEqual(item, own['default'])) return [];
      const kept = stripped(item, own);
      // A group of fields that all stand at their defaults.
      return 'default' in own && isEmptyMap(kept) && !isEmptyMap(item) ? [] : [[key, kept]];
    }),
  );
}

const isEmptyMap = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
