import { type ASTNode, serialize } from '@marcbachmann/cel-js';

/** The nodes right below a node, in the order of the text. */
export function operands(node: ASTNode): readonly ASTNode[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return [];
    case '.':
    case '.?':
      return [node.args[0]];
    case '!_':
    case '-_':
      return [node.args];
    case 'call':
      return node.args[1];
    case 'rcall':
      return [node.args[1], ...node.args[2]];
    case 'map':
      return node.args.flat();
    default:
      return node.args;
  }
}

/** A node written out; the parentheses that it needs are there again. */
export const sourceOf = (node: ASTNode): string => serialize(node);

/** `list.all(x, …)` and its like: they run their last arguments once for each element. */
export const comprehensions: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'filter', 'map']);

export const isComprehension = (node: ASTNode): boolean => node.op === 'rcall' && comprehensions.has(node.args[0]);

/** `data.level.round` as words, for a chain of plain fields below a variable; undefined for anything else. */
export function pathOf(node: ASTNode): readonly string[] | undefined {
  if (node.op === 'id') return [node.args];
  if (node.op !== '.') return undefined;
  const above = pathOf(node.args[0]);
  return above && [...above, node.args[1]];
}
