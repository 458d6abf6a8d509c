import type { ASTNode } from '@marcbachmann/cel-js';
import { didYouMean } from '../../../../platform/did-you-mean.ts';
import { quoted, suggest } from '../problem.ts';
import type { RecordShape, Shape } from '../cel/shape.ts';
import { isComprehension, operands, sourceOf } from '../cel/syntax.ts';

/*
 * Which paths an expression reads, and whether they are there. A path that may be absent is safe where something beside it says that it is
 * present: `has(p) && p > 1`, in either order (CEL's && is false if one side is, even when the other fails), `!has(p) || p > 1`,
 * `has(p) ? p : 0.0`, `list.filter(e, has(e.p)).map(e, e.p)`; for an input, the condition of its rule.
 */

/** What is known of a path: its type, and the name under which its presence is noted. */
interface Known {
  readonly shape: Shape;
  readonly key: string;
}
export type Scope = ReadonlyMap<string, Known>;
export type Present = ReadonlySet<string>;
const none: Present = new Set();
const union = (a: Present, b: Present): Present => new Set([...a, ...b]);

export const scopeOf = (variables: ReadonlyMap<string, RecordShape>): Scope =>
  new Map([...variables].map(([name, shape]) => [name, { shape, key: name }]));

/** The paths known to be present once an expression is true. */
export const presentWhen = (condition: ASTNode, scope: Scope): Present => implied(condition, scope, true);

/** What a path stands for; undefined for what is no path, or leads nowhere. */
export function resolve(node: ASTNode, scope: Scope): Known | undefined {
  if (node.op === 'id') return scope.get(node.args);
  if (node.op === 'rcall' && node.args[0] === 'filter') return filtered(node.args[1], node.args[2], scope);
  if (node.op !== '.' && node.op !== '[]') return undefined;
  const above = resolve(node.args[0], scope);
  const name = fieldName(node);
  if (!above) return undefined;
  if (above.shape.kind === 'list' && node.op === '[]') return { shape: above.shape.item, key: sourceOf(node) };
  if (name === undefined) return undefined;
  const shape = fieldOf(above.shape, name)?.shape;
  return shape && { shape, key: `${above.key}.${name}` };
}

/** One sentence for each path that does not exist, or is optional and read without has(). */
export function unsafeReads(root: ASTNode, scope: Scope, present: Present = none): readonly string[] {
  switch (root.op) {
    case 'id':
      return scope.has(root.args) ? [] : [`there is no ${quoted(root.args)}${suggest(didYouMean(root.args, scope.keys()))}`];
    case '.':
    case '[]':
      return [...operands(root).flatMap((node) => unsafeReads(node, scope, present)), ...fieldRead(root, scope, present)];
    case '&&':
    case '||': {
      const [left, right] = root.args;
      const truth = root.op === '&&';
      return [
        ...unsafeReads(left, scope, union(present, implied(right, scope, truth))),
        ...unsafeReads(right, scope, union(present, implied(left, scope, truth))),
      ];
    }
    case '?:': {
      const [condition, yes, no] = root.args;
      return [
        ...unsafeReads(condition, scope, present),
        ...unsafeReads(yes, scope, union(present, implied(condition, scope, true))),
        ...unsafeReads(no, scope, union(present, implied(condition, scope, false))),
      ];
    }
    case 'call': {
      const [asked] = root.args[1];
      if (root.args[0] !== 'has' || asked?.op !== '.') break;
      // has() asks for its last field alone: what stands above it must be there.
      return [...unsafeReads(asked.args[0], scope, present), ...fieldRead(asked, scope, undefined)];
    }
    case 'rcall': {
      if (!isComprehension(root)) break;
      const [, receiver, [, ...bodies]] = root.args;
      const inner = elementScope(receiver, root.args[2], scope);
      const [first, second] = bodies;
      return [
        ...unsafeReads(receiver, scope, present),
        ...(first ? unsafeReads(first, inner, present) : []),
        ...(second ? unsafeReads(second, inner, union(present, implied(first!, inner, true))) : []),
      ];
    }
    default:
  }
  return operands(root).flatMap((node) => unsafeReads(node, scope, present));
}

/** What is wrong with reading one field. Without `present`: only whether it exists. */
function fieldRead(node: ASTNode, scope: Scope, present: Present | undefined): string[] {
  const name = fieldName(node);
  const above = node.op === '.' || node.op === '[]' ? resolve(node.args[0], scope) : undefined;
  if (!above || name === undefined) return [];
  const field = fieldOf(above.shape, name);
  const path = sourceOf(node);
  if (above.shape.kind === 'record' && !field) {
    return [`${path} does not exist${suggest(didYouMean(name, above.shape.fields.keys()))}`];
  }
  if (!field?.optional || !present || present.has(`${above.key}.${name}`)) return [];
  const test = node.op === '.' ? `has(${path})` : `${quoted(name)} in ${sourceOf(operands(node)[0]!)}`;
  return [`${path} may be absent; write ${test} beside it`];
}

/** The paths known to be present if a condition comes out as `truth`. */
function implied(node: ASTNode, scope: Scope, truth: boolean): Present {
  switch (node.op) {
    case '!_':
      return implied(node.args, scope, !truth);
    case '&&':
    case '||': {
      const [left, right] = node.args.map((side) => implied(side, scope, truth)) as [Present, Present];
      return (node.op === '&&') === truth ? union(left, right) : new Set([...left].filter((key) => right.has(key)));
    }
    case 'call': {
      const known = truth && node.args[0] === 'has' ? resolve(node.args[1][0]!, scope) : undefined;
      return known ? new Set([known.key]) : none;
    }
    case 'in': {
      const [key, container] = node.args;
      const known = truth && key.op === 'value' && typeof key.args === 'string' ? resolve(container, scope) : undefined;
      return known && known.shape.kind !== 'list' ? new Set([`${known.key}.${key.args as string}`]) : none;
    }
    default:
      return none;
  }
}

const fieldName = (node: ASTNode): string | undefined => {
  if (node.op === '.') return node.args[1];
  if (node.op !== '[]') return undefined;
  const [, index] = node.args;
  return index.op === 'value' && typeof index.args === 'string' ? index.args : undefined;
};

/** Keys of maps and of free JSON may always be absent. */
function fieldOf(shape: Shape, name: string): { readonly shape: Shape; readonly optional: boolean } | undefined {
  if (shape.kind === 'record') return shape.fields.get(name);
  if (shape.kind === 'map') return { shape: shape.value, optional: true };
  return shape.kind === 'json' ? { shape, optional: true } : undefined;
}

/** The scope of a comprehension's body: its variable is an element of a list, or a key of a map. */
export function elementScope(receiver: ASTNode, args: readonly ASTNode[], scope: Scope): Scope {
  const list = resolve(receiver, scope)?.shape;
  const shape: Shape = list?.kind === 'list' ? list.item : list?.kind === 'map' ? { kind: 'string' } : { kind: 'json' };
  const [element] = args;
  return element?.op === 'id' ? new Map([...scope, [element.args, { shape, key: `each ${element.args}` }]]) : scope;
}

/** `list.filter(e, has(e.p))`: the same list, in whose elements p is not optional any more. */
function filtered(receiver: ASTNode, args: readonly ASTNode[], scope: Scope): Known | undefined {
  const list = resolve(receiver, scope);
  const [element, condition] = args;
  if (list?.shape.kind !== 'list' || list.shape.item.kind !== 'record' || element?.op !== 'id' || !condition) return list;
  const present = implied(condition, elementScope(receiver, args, scope), true);
  const fields = [...list.shape.item.fields].map(
    ([name, field]) => [name, present.has(`each ${element.args}.${name}`) ? { ...field, optional: false } : field] as const,
  );
  return { ...list, shape: { kind: 'list', item: { ...list.shape.item, fields: new Map(fields) } } };
}
