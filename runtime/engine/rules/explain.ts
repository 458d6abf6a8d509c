import type { ASTNode } from '@marcbachmann/cel-js';
import type { Rule, RuleSet } from '../../domain/rule-set.ts';
import type { NewSignal } from '../../domain/signal.ts';
import { type MatchScope, type Values } from './cel/language.ts';
import { operands, pathOf, sourceOf } from './cel/syntax.ts';
import { tryRule } from './reactor.ts';
import { byPriority, compileRule, type CompiledRule } from './rule.ts';

/** What a rule makes of a signal, and why. */
export type Explanation = { readonly rule: Rule } & (
  | { readonly outcome: 'fires'; readonly input: Readonly<Record<string, unknown>> }
  /** The smallest part of the condition that decides it, with what it reads. */
  | { readonly outcome: 'does-not-match'; readonly part: string; readonly reads: readonly Read[] }
  | { readonly outcome: 'fails'; readonly message: string; readonly part?: string; readonly reads?: readonly Read[] }
  /** Another rule of the group came first. */
  | { readonly outcome: 'group-taken'; readonly by: string }
);
export interface Read {
  readonly path: string;
  /** Absent: there is no such value in this signal. */
  readonly value?: unknown;
}

/** Every rule on the signal's type, in the order in which the Reactor tries them. Codes: RULES_INVALID. */
export function explainRules(ruleSet: Pick<RuleSet, 'rules'>, signal: NewSignal, scope: MatchScope): readonly Explanation[] {
  const rules = ruleSet.rules.filter(({ on }) => on === signal.type).sort(byPriority);
  const taken = new Map<string, string>();
  return rules.map((rule): Explanation => {
    const by = rule.group === undefined ? undefined : taken.get(rule.group);
    if (by !== undefined) return { rule, outcome: 'group-taken', by };
    const explanation = explain(compileRule(rule), signal, scope);
    if (rule.group !== undefined && explanation.outcome !== 'does-not-match') taken.set(rule.group, rule.id);
    return explanation;
  });
}

function explain(compiled: CompiledRule, signal: NewSignal, scope: MatchScope): Explanation {
  const { rule, when, language } = compiled;
  const values = language.values(signal, scope);
  const match = tryRule(compiled, values);
  if (match && 'input' in match) return { rule, outcome: 'fires', input: match.input };
  const why = (condition: ASTNode): { part: string; reads: readonly Read[] } => {
    const part = decisivePart(compiled, condition, values);
    return { part: sourceOf(part), reads: readsOf(compiled, part, values) };
  };
  if (!match) return { rule, outcome: 'does-not-match', ...why(when!.ast) };
  return { rule, outcome: 'fails', message: match.failed, ...(match.failed.startsWith('when: ') ? why(when!.ast) : {}) };
}

type Verdict = true | false | 'fails';

function verdictOf({ language }: CompiledRule, node: ASTNode, values: Values): Verdict {
  try {
    return language.compile(sourceOf(node)).evaluate(values) === true;
  } catch {
    return 'fails';
  }
}

/** Of `a && b`, the side that makes it false or fail; of `a || b`, the one that fails, else both. */
function decisivePart(compiled: CompiledRule, node: ASTNode, values: Values): ASTNode {
  if (node.op !== '&&' && node.op !== '||') return node;
  const verdict = verdictOf(compiled, node, values);
  if (node.op === '||' && verdict === false) return node;
  const side = node.args.find((operand) => verdictOf(compiled, operand, values) === verdict);
  return side ? decisivePart(compiled, side, values) : node;
}

/** The paths that a part reads, once each; those of a comprehension's own variable have no single value. */
function readsOf(compiled: CompiledRule, node: ASTNode, values: Values): readonly Read[] {
  const path = pathOf(node);
  if (!path) {
    const found = operands(node).flatMap((operand) => readsOf(compiled, operand, values));
    return [...new Map(found.map((read) => [read.path, read])).values()];
  }
  if (path.length < 2 || !compiled.language.variables.has(path[0]!)) return [];
  const text = path.join('.');
  try {
    return [{ path: text, value: compiled.language.compile(text).evaluateToJson(values) }];
  } catch {
    return [{ path: text }];
  }
}

/** One rule's explanation in lines for people. */
export function explanationText(explanation: Explanation): string {
  const { rule } = explanation;
  const head = `${rule.id} (${rule.priority}) → ${rule.to}`;
  switch (explanation.outcome) {
    case 'fires':
      return `${head}: fires\n    input ${clipped(explanation.input)}`;
    case 'does-not-match':
      return `${head}: does not match\n    false: ${explanation.part}${readsText(explanation.reads)}`;
    case 'fails':
      return `${head}: fails\n    ${explanation.message}${explanation.part === undefined ? '' : `\n    in: ${explanation.part}`}${readsText(explanation.reads)}`;
    case 'group-taken':
      return `${head}: not asked, ${explanation.by} came first in group ${rule.group ?? ''}`;
  }
}

const readsText = (reads: readonly Read[] = []): string =>
  reads.map((read) => `\n    ${read.path} ${'value' in read ? `= ${clipped(read.value)}` : 'is absent'}`).join('');

function clipped(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 400 ? `${text.slice(0, 399)}…` : text;
}
