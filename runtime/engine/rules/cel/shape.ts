import { z } from 'zod';

/** What a rule may know of a value: the part of a zod schema that expressions are typed by. `json` is a value of unknown form. */
export type Shape =
  | { readonly kind: 'int' | 'double' | 'bool' | 'json' }
  | { readonly kind: 'string'; readonly values?: readonly string[] }
  | { readonly kind: 'list'; readonly item: Shape }
  | { readonly kind: 'map'; readonly value: Shape }
  | RecordShape;
export interface RecordShape {
  readonly kind: 'record';
  readonly fields: ReadonlyMap<string, Field>;
  /** Takes (or may have) fields that are not named. */
  readonly open: boolean;
}
export interface Field {
  readonly shape: Shape;
  readonly optional: boolean;
}

/** The part of JSON Schema that zod writes for the schemas of signals and operations. */
interface JsonSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly propertyNames?: JsonSchema;
  readonly items?: JsonSchema | boolean;
}

/** `output`: what is read from a parsed value. `input`: what may be handed to the schema, where a field with a default is optional. */
export function shapeOf(schema: z.ZodType, io: 'input' | 'output' = 'output'): Shape {
  return fromJson(z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' }) as JsonSchema);
}

function fromJson(schema: JsonSchema): Shape {
  switch (schema.type) {
    case 'integer':
      return { kind: 'int' };
    case 'number':
      return { kind: 'double' };
    case 'boolean':
      return { kind: 'bool' };
    case 'string': {
      const values = schema.enum ?? (schema.const === undefined ? undefined : [schema.const]);
      return values === undefined ? { kind: 'string' } : { kind: 'string', values: values as string[] };
    }
    case 'array':
      return { kind: 'list', item: typeof schema.items === 'object' ? fromJson(schema.items) : { kind: 'json' } };
    case 'object':
      return fromObject(schema);
    default:
      return { kind: 'json' };
  }
}

function fromObject(schema: JsonSchema): Shape {
  const required = new Set(schema.required);
  const value: Shape = typeof schema.additionalProperties === 'object' ? fromJson(schema.additionalProperties) : { kind: 'json' };
  // A record over an enum names its keys without listing them as properties.
  const properties = schema.properties
    ? Object.entries(schema.properties).map(([name, property]) => [name, fromJson(property)] as const)
    : schema.propertyNames?.enum?.map((name) => [String(name), value] as const);
  if (!properties) return { kind: 'map', value };
  const fields = new Map(properties.map(([name, shape]) => [name, { shape, optional: !required.has(name) }]));
  return { kind: 'record', fields, open: schema.properties !== undefined && schema.additionalProperties !== false };
}
