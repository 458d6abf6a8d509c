import type { ASTNode } from '@marcbachmann/cel-js';
import { didYouMean } from '../../../../platform/did-you-mean.ts';
import type { Expression } from '../cel/language.ts';
import { quoted, suggest } from '../problem.ts';
import { elementScope, resolve, type Scope } from './reads.ts';
import type { RecordShape, Shape } from '../cel/shape.ts';
import { isComprehension } from '../cel/syntax.ts';

/** What an expression gives, as far as it can be told before it runs. */
export function shapeOfExpression({ ast, type }: Expression, scope: Scope): Shape {
  return formOf(ast, scope) ?? shapeOfType(type);
}

function formOf(node: ASTNode, scope: Scope): Shape | undefined {
  const known = resolve(node, scope)?.shape;
  if (known) return known;
  switch (node.op) {
    case 'value':
      return typeof node.args === 'string' ? { kind: 'string', values: [node.args] } : undefined;
    case '?:':
      return join([formOf(node.args[1], scope), formOf(node.args[2], scope)]);
    case 'list':
      return { kind: 'list', item: join(node.args.map((item) => formOf(item, scope))) ?? { kind: 'json' } };
    case 'rcall': {
      const [name, receiver, args] = node.args;
      if (!isComprehension(node) || name !== 'map') return undefined;
      return { kind: 'list', item: formOf(args.at(-1)!, elementScope(receiver, args, scope)) ?? { kind: 'json' } };
    }
    default:
      return undefined;
  }
}

/** One shape for several, where they are texts or the same; undefined if not. */
function join(shapes: readonly (Shape | undefined)[]): Shape | undefined {
  const [first, ...others] = shapes;
  if (!first || others.some((other) => other?.kind !== first.kind)) return undefined;
  if (first.kind !== 'string') return composite(first) ? undefined : first;
  const values = shapes.map((shape) => (shape?.kind === 'string' ? shape.values : undefined));
  return values.every((some) => some !== undefined) ? { kind: 'string', values: values.flat() } : { kind: 'string' };
}

const composite = ({ kind }: Shape): boolean => kind === 'record' || kind === 'list' || kind === 'map';

/** CEL's name of a simple type; anything else is looked at when it runs. */
function shapeOfType(type: string): Shape {
  if (type === 'int' || type === 'double' || type === 'bool' || type === 'string') return { kind: type };
  const item = /^list<(.+)>$/.exec(type)?.[1];
  return item === undefined ? { kind: 'json' } : { kind: 'list', item: shapeOfType(item) };
}

/** One sentence for each field that an operation lacks, does not take, or takes as another type. */
export function inputMismatches(
  given: ReadonlyMap<string, Shape | undefined>,
  to: RecordShape,
  operation: string,
): readonly { field: string; message: string }[] {
  const problems: { field: string; message: string }[] = [];
  const missing = [...to.fields].filter(([name, { optional }]) => !optional && !given.has(name)).map(([name]) => name);
  for (const name of missing) problems.push({ field: '', message: `${operation} needs ${name}: add ${name}: … to input` });
  for (const [field, shape] of given) {
    const wanted = to.fields.get(field)?.shape;
    if (!wanted) {
      if (!to.open)
        problems.push({
          field,
          message: `${operation} takes no ${field}${suggest(didYouMean(field, missing.length > 0 ? missing : to.fields.keys()))}`,
        });
      continue;
    }
    const why = shape && mismatch(shape, wanted, field);
    if (why !== undefined) problems.push({ field, message: `${operation}: ${why}` });
  }
  return problems;
}

/** Why values of one shape do not fit another; undefined if they do, or if only running it can tell. */
function mismatch(from: Shape, to: Shape, path: string): string | undefined {
  if (to.kind === 'json' || from.kind === 'json' || (from.kind === 'int' && to.kind === 'double')) return undefined;
  if (from.kind === 'record' && to.kind === 'map') {
    return firstOf([...from.fields], ([name, field]) => mismatch(field.shape, to.value, `${path}.${name}`));
  }
  if (from.kind !== to.kind) return `${path} is ${nameOf(from)}, wanted is ${nameOf(to)}`;
  if (from.kind === 'string' && to.kind === 'string' && to.values) {
    const other = from.values?.find((value) => !to.values!.includes(value));
    if (from.values && other === undefined) return undefined;
    const what = other === undefined ? 'may be any text' : `may be ${quoted(other)}`;
    return `${path} ${what}, wanted is one of ${to.values.join(', ')}${suggest(other === undefined ? undefined : didYouMean(other, to.values))}`;
  }
  if (from.kind === 'list' && to.kind === 'list') return mismatch(from.item, to.item, `${path}[]`);
  if (from.kind === 'map' && to.kind === 'map') return mismatch(from.value, to.value, `${path}.*`);
  if (from.kind !== 'record' || to.kind !== 'record') return undefined;
  const extra = to.open ? undefined : [...from.fields.keys()].find((name) => !to.fields.has(name));
  if (extra !== undefined) return `${path}.${extra} is not taken`;
  return firstOf([...to.fields], ([name, wanted]) => {
    const field = from.fields.get(name);
    if (!field || (field.optional && !wanted.optional))
      return wanted.optional ? undefined : `${path}.${name} ${field ? 'may be absent' : 'is missing'}`;
    return mismatch(field.shape, wanted.shape, `${path}.${name}`);
  });
}

function firstOf<T>(items: readonly T[], find: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

const nameOf = (shape: Shape): string =>
  ({
    int: 'a whole number',
    double: 'a number',
    bool: 'true or false',
    string: 'a text',
    list: 'a list',
    map: 'a map',
    record: 'a record',
    json: 'anything',
  })[shape.kind];
