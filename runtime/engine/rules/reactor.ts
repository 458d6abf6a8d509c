import type { Rule, RuleSet } from '../../domain/rule-set.ts';
import type { NewSignal } from '../../domain/signal.ts';
import { type MatchScope, summaryOf, type Values } from './cel/language.ts';
import { byPriority, compileRule, type CompiledRule } from './rule.ts';

export type { MatchScope } from './cel/language.ts';

/** A rule that matched, with the input for its operation; or one whose expressions failed on this signal, and how. */
export type Match =
  { readonly rule: Rule; readonly input: Readonly<Record<string, unknown>> } | { readonly rule: Rule; readonly failed: string };

/** Says which rules a signal sets off. Pure: the same signal and scope give the same matches in every process. */
export interface Reactor {
  /** By priority, then id; of the rules of one group that match (or fail) only the first. */
  match(signal: NewSignal, scope: MatchScope): readonly Match[];
}

/** Compiles every expression once. Codes: RULES_INVALID. */
export function createReactor(ruleSet: Pick<RuleSet, 'rules'>): Reactor {
  const byType = Map.groupBy([...ruleSet.rules].sort(byPriority).map(compileRule), ({ rule }) => rule.on);

  return {
    match(signal, scope) {
      const rules = byType.get(signal.type);
      if (!rules) return [];
      const values = rules[0]!.language.values(signal, scope);
      const matches: Match[] = [];
      for (const compiled of rules) {
        const { group } = compiled.rule;
        if (group !== undefined && matches.some(({ rule }) => rule.group === group)) continue;
        const match = tryRule(compiled, values);
        if (match) matches.push(match);
      }
      return matches;
    },
  };
}

/** Whether one rule fires for a signal. */
export function tryRule({ rule, when, input }: CompiledRule, values: Values): Match | undefined {
  let at = 'when';
  try {
    const holds = when === undefined ? true : when.evaluate(values);
    if (holds === false) return undefined;
    if (holds !== true) return { rule, failed: 'when: is neither true nor false' };
    const made: Record<string, unknown> = {};
    for (const [field, expression] of input) {
      at = `input.${field}`;
      made[field] = expression.evaluateToJson(values);
    }
    return { rule, input: made };
  } catch (error) {
    return { rule, failed: `${at}: ${summaryOf(error)}` };
  }
}
