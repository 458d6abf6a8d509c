import type { ASTNode } from '@marcbachmann/cel-js';
import type { RecordShape, Shape } from './shape.ts';
import { pathOf } from './syntax.ts';
import { maxText } from './values.ts';

/*
 * Most conditions are plain: fields compared with literals, joined by && and ||. Those are answered here on the signal as it is, several
 * times as fast as by CEL. What is not certain (a missing field, an unexpected type, anything not plain) is no answer, and CEL is asked:
 * so there is one meaning, and its errors are CEL's own.
 */
type Scalar = number | string | boolean;
type Roots = Readonly<Record<string, unknown>>;

/** The fields that quick conditions read, each looked up once a signal. */
export interface Facts {
  readonly roots: Roots;
  /** By the number of the path; null where the field is not what its schema says. */
  readonly cells: (Scalar | null | undefined)[];
}
type Answer = boolean | undefined;
export type Quick = (facts: Facts) => Answer;
type Read = (facts: Facts) => Scalar | null;
interface Operand {
  readonly read: Read;
  readonly type: string;
}

/** Makes quick conditions for signals of one type; undefined for a condition in which nothing is plain. */
export function createQuick(variables: ReadonlyMap<string, RecordShape>): (condition: ASTNode) => Quick | undefined {
  const numbers = new Map<string, number>();

  function condition(node: ASTNode): Quick | undefined {
    switch (node.op) {
      case '&&':
      case '||': {
        const decides = node.op === '||';
        const [left, right] = node.args.map(condition);
        return left && right ? either(left, right, decides) : oneSide(left ?? right, decides);
      }
      case '!_': {
        const inner = condition(node.args);
        return inner && ((facts) => negated(inner(facts)));
      }
      case 'call':
        return node.args[0] === 'has' ? presence(node.args[1][0]!) : undefined;
      case '==':
      case '!=':
      case '<':
      case '<=':
      case '>':
      case '>=': {
        const [left, right] = node.args.map((side) => constant(side) ?? field(side));
        return left && right && left.type === right.type ? comparison(comparisons[node.op], left.read, right.read) : undefined;
      }
      case 'in':
        return membership(node.args[0], node.args[1]);
      default: {
        const flag = field(node);
        return flag?.type === 'boolean' ? (facts) => (flag.read(facts) as boolean | null) ?? undefined : undefined;
      }
    }
  }

  function membership(element: ASTNode, list: ASTNode): Quick | undefined {
    const asked = field(element);
    const items = list.op === 'list' ? list.args.map(literal) : [];
    if (!asked || items.length === 0 || items.some((item) => typeof item !== asked.type)) return undefined;
    const set = new Set(items);
    return (facts) => {
      const value = asked.read(facts);
      return value === null ? undefined : set.has(value);
    };
  }

  /** A chain of record fields that ends in a scalar; keys of maps and of free JSON are left to CEL. */
  function field(node: ASTNode): Operand | undefined {
    const path = pathOf(node);
    const scalar = path && scalars[shapeAt(path)?.kind ?? ''];
    if (!scalar) return undefined;
    const key = path.join('.');
    const cell = numbers.get(key) ?? numbers.size;
    numbers.set(key, cell);
    const load = (roots: Roots): Scalar | null => {
      const value = lookUp(roots, path);
      return scalar.accepts(value) ? (value as Scalar) : null;
    };
    return {
      type: scalar.type,
      read(facts) {
        const known = facts.cells[cell];
        return known === undefined ? (facts.cells[cell] = load(facts.roots)) : known;
      },
    };
  }

  function presence(node: ASTNode): Quick | undefined {
    const path = pathOf(node);
    const scalar = path && scalars[shapeAt(path)?.kind ?? ''];
    if (!scalar) return undefined;
    const above = path.slice(0, -1);
    const key = path.at(-1)!;
    return ({ roots }) => {
      const record = lookUp(roots, above);
      if (typeof record !== 'object' || record === null) return undefined;
      const value = (record as Roots)[key];
      return value === undefined ? false : scalar.accepts(value) || undefined;
    };
  }

  function shapeAt(path: readonly string[]): Shape | undefined {
    let shape: Shape | undefined = variables.get(path[0]!);
    for (const key of path.slice(1)) shape = shape?.kind === 'record' ? shape.fields.get(key)?.shape : undefined;
    return shape;
  }
  return condition;
}

/** CEL's && is false if one side is, its || true if one side is, even when the other side fails. */
const either =
  (left: Quick, right: Quick, decides: boolean): Quick =>
  (facts) => {
    const first = left(facts);
    if (first === decides) return decides;
    const second = right(facts);
    return second === decides || first !== undefined ? second : undefined;
  };

/** Where the other side is not plain, this one can still decide. */
const oneSide = (side: Quick | undefined, decides: boolean): Quick | undefined =>
  side && ((facts) => (side(facts) === decides ? decides : undefined));

const negated = (answer: Answer): Answer => (answer === undefined ? undefined : !answer);

const comparison =
  (compare: (a: Scalar, b: Scalar) => boolean, left: Read, right: Read): Quick =>
  (facts) => {
    const a = left(facts);
    const b = right(facts);
    return a === null || b === null ? undefined : compare(a, b);
  };
const comparisons: Record<'==' | '!=' | '<' | '<=' | '>' | '>=', (a: Scalar, b: Scalar) => boolean> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

function constant(node: ASTNode): Operand | undefined {
  const value = literal(node);
  return value === undefined ? undefined : { read: () => value, type: typeof value };
}

function literal(node: ASTNode): Scalar | undefined {
  if (node.op !== 'value') return undefined;
  const value = node.args;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : undefined;
  return typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean' ? value : undefined;
}

function lookUp(roots: Roots, path: readonly string[]): unknown {
  let value: unknown = roots;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Roots)[key];
  }
  return value;
}

/** What a field must be for CEL to take it as what its schema says. */
const scalars: Readonly<Record<string, { type: string; accepts: (value: unknown) => boolean } | undefined>> = {
  int: { type: 'number', accepts: (value) => Number.isSafeInteger(value) },
  double: { type: 'number', accepts: (value) => typeof value === 'number' },
  bool: { type: 'boolean', accepts: (value) => typeof value === 'boolean' },
  string: { type: 'string', accepts: (value) => typeof value === 'string' && value.length <= maxText },
};
