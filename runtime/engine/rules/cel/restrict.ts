import type { ASTNode } from '@marcbachmann/cel-js';
import { patternCost } from './pattern.ts';
import { comprehensions, isComprehension, operands } from './syntax.ts';
import { maxItems } from './values.ts';

/*
 * What of CEL a rule may use: pure functions whose cost is bounded by the size of the expression and of the data. Left out on purpose:
 * timestamps and durations (they read the host's time zones), cel.bind (doubles a text per level), bytes and optionals.
 */
const functions: ReadonlySet<string> = new Set(['has', 'size', 'int', 'double', 'string', 'dyn']);
const methods: ReadonlySet<string> = new Set([
  ...['size', 'contains', 'startsWith', 'endsWith', 'matches', 'lowerAscii', 'upperAscii', 'trim'],
  ...comprehensions,
]);

/** Steps that the patterns of one expression may take together, for the worst of texts: a few seconds. */
const maxPatternCost = 2 ** 32;

/** Why a checked expression may not stand in a rule; undefined if it may. */
export function refusal(root: ASTNode, variables: ReadonlySet<string>): string | undefined {
  let cost = 0;

  function visit(node: ASTNode, names: ReadonlySet<string>, repeated: boolean): string | undefined {
    const within = (nodes: readonly ASTNode[], scope = names, again = repeated): string | undefined => {
      for (const inner of nodes) {
        const found = visit(inner, scope, again);
        if (found !== undefined) return found;
      }
      return undefined;
    };
    switch (node.op) {
      case 'id':
        return names.has(node.args) ? undefined : `${node.args} is not a variable of rules`;
      case 'value':
        return node.args !== null && typeof node.args === 'object' ? 'bytes and unsigned numbers are not available in rules' : undefined;
      case 'call':
        return functions.has(node.args[0]) ? within(node.args[1]) : unavailable(`${node.args[0]}()`);
      case 'rcall': {
        const [name, receiver, args] = node.args;
        if (!methods.has(name)) return unavailable(`.${name}()`);
        if (name === 'matches') {
          const steps = patternCost(args[0]!);
          if (typeof steps === 'string') return steps;
          cost += steps * (repeated ? maxItems : 1);
          if (cost > maxPatternCost) return 'the pattern may take too long: anchor it with ^, or use fewer of * + ? | {}, or contains()';
        }
        if (!isComprehension(node)) return within(operands(node));
        if (repeated) return `.${name}() may not stand inside another ${[...comprehensions].join(', ')}`;
        const [element, ...bodies] = args;
        return within([receiver]) ?? within(bodies, new Set([...names, element!.op === 'id' ? element.args : '']), true);
      }
      case '+':
        if (repeated && !isNumber(node)) return 'texts and lists may not be joined once for each element';
        return within(node.args);
      default:
        return within(operands(node));
    }
  }
  return visit(root, variables, false);
}

const unavailable = (name: string): string => `${name} is not available in rules`;

/** Set on every node by the library's type check. */
const isNumber = (node: ASTNode): boolean =>
  ['int', 'double'].includes((node as { checkedType?: { name: string } }).checkedType?.name ?? '');
