import type { Environment } from '@marcbachmann/cel-js';
import type { RecordShape, Shape } from './shape.ts';

/*
 * The boundary between plain JSON and CEL. Integers of the schema become CEL ints (bigint), numbers stay doubles, objects become views
 * that convert a field when an expression reads it, and nothing reaches an expression by way of a JavaScript prototype.
 */

/** A longer text, list or JSON value fails the expression that reads it: what an expression costs stays bounded. */
export const maxText = 20_000;
export const maxItems = 5_000;

type Convert = (raw: unknown) => unknown;
const rawOf = Symbol('raw');
const cellsOf = Symbol('cells');
const plain = Symbol('plain');
interface View {
  readonly [rawOf]: Readonly<Record<string, unknown>>;
  readonly [cellsOf]: unknown[];
  /** The declared fields alone, unconverted. */
  [plain](): Readonly<Record<string, unknown>>;
}
const isView = (value: object): value is View => rawOf in value;

/** Declares the type of a record (and of the records in it) to `environment`; returns what makes views of such records. */
export function declareView(environment: Environment, name: string, shape: RecordShape): (raw: object) => unknown {
  const types: Record<string, string> = {};
  const names = [...shape.fields.keys()];
  const View = class implements View {
    readonly [rawOf]: View[typeof rawOf];
    readonly [cellsOf]: unknown[] = [];
    constructor(raw: object) {
      this[rawOf] = raw as View[typeof rawOf];
    }
    [plain](): View[typeof rawOf] {
      return Object.fromEntries(names.filter((field) => this[rawOf][field] !== undefined).map((field) => [field, this[rawOf][field]]));
    }
  };
  names.forEach((field, cell) => {
    const { type, convert } = converter(environment, `${name}.${field}`, shape.fields.get(field)!.shape);
    types[field] = type;
    Object.defineProperty(View.prototype, field, {
      get(this: View): unknown {
        return (this[cellsOf][cell] ??= convert(this[rawOf][field]));
      },
    });
  });
  environment.registerType(name, { ctor: View, fields: types });
  return (raw) => new View(raw);
}

function converter(environment: Environment, name: string, shape: Shape): { type: string; convert: Convert } {
  switch (shape.kind) {
    case 'int':
      return { type: 'int', convert: (raw) => (raw === undefined ? undefined : BigInt(raw as number)) };
    case 'double':
      return { type: 'double', convert: (raw) => raw };
    case 'bool':
      return { type: 'bool', convert: (raw) => raw };
    case 'string':
      return { type: 'string', convert: text };
    case 'json':
      return { type: 'dyn', convert: (raw) => fromJson(raw, { left: maxItems }) };
    case 'list': {
      const item = converter(environment, name, shape.item);
      return { type: `list<${item.type}>`, convert: (raw) => (raw === undefined ? undefined : sized(raw as unknown[]).map(item.convert)) };
    }
    case 'map': {
      const value = converter(environment, name, shape.value);
      return {
        type: `map<string, ${value.type}>`,
        convert: (raw) => (raw === undefined ? undefined : toMap(raw as object, value.convert)),
      };
    }
    case 'record': {
      const view = declareView(environment, name, shape);
      return { type: name, convert: (raw) => (raw === undefined ? undefined : view(raw as object)) };
    }
  }
}

function text(raw: unknown): unknown {
  if (typeof raw === 'string' && raw.length > maxText) throw new RangeError(`a text of more than ${maxText} characters`);
  return raw;
}

function sized<T extends { readonly length: number }>(items: T): T {
  if (items.length > maxItems) throw new RangeError(`more than ${maxItems} values`);
  return items;
}

/** A Map has no inherited keys: `constructor` or `__proto__` in a document are keys like any other. */
const toMap = (raw: object, convert: Convert): Map<string, unknown> =>
  new Map(sized(Object.entries(raw)).map(([key, value]) => [key, convert(value)]));

function fromJson(raw: unknown, budget: { left: number }): unknown {
  if (budget.left-- <= 0) throw new RangeError(`more than ${maxItems} values`);
  const convert = (value: unknown): unknown => fromJson(value, budget);
  if (Array.isArray(raw)) return sized(raw).map(convert);
  return typeof raw === 'object' && raw !== null ? toMap(raw, convert) : text(raw);
}

/** What an expression gave, as plain JSON: ints are numbers again, views the objects they show. Throws for what JSON cannot say. */
export function toJson(value: unknown, budget = { left: maxItems }): unknown {
  if (budget.left-- <= 0) throw new RangeError(`more than ${maxItems} values`);
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'bigint':
      if (!Number.isSafeInteger(Number(value))) throw new RangeError(`${value} is too large for a JSON number`);
      return Number(value);
    case 'number':
      if (!Number.isFinite(value)) throw new RangeError(`${value} is not a JSON number`);
      return value;
    case 'object': {
      if (value === null) return null;
      if (Array.isArray(value)) return value.map((item) => toJson(item, budget));
      if (isView(value)) return value[plain]();
      const entries = value instanceof Map ? [...value] : isPlain(value) ? Object.entries(value) : undefined;
      if (entries) return Object.fromEntries(entries.map(([key, item]) => [String(key), toJson(item, budget)]));
      break;
    }
    default:
  }
  throw new TypeError('the result is not a JSON value');
}

const isPlain = (value: object): boolean => [null, Object.prototype].includes(Object.getPrototypeOf(value) as object | null);
