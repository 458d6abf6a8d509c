import { NireonError } from '../../domain/errors.ts';
import type { Rule } from '../../domain/rule-set.ts';
import { isSignalType } from '../../domain/signal.ts';
import { CelRefused, type Expression, type Language, languageOf } from './cel/language.ts';

/** A rule with its expressions ready to run. */
export interface CompiledRule {
  readonly rule: Rule;
  readonly language: Language;
  /** Absent: the rule fires for every signal of its type. */
  readonly when: Expression | undefined;
  readonly input: readonly (readonly [field: string, expression: Expression])[];
}

/** Codes: RULES_INVALID for an expression that does not compile, or a type of signal that does not exist. */
export function compileRule(rule: Rule): CompiledRule {
  const language = isSignalType(rule.on) ? languageOf(rule.on) : undefined;
  if (!language) throw invalid(rule, 'on', `there is no signal ${rule.on}`);
  const when = rule.when === undefined ? undefined : compile(rule, language, 'when', rule.when);
  if (when && when.type !== 'bool' && when.type !== 'dyn') throw invalid(rule, 'when', `is ${when.type}, not true or false`);
  const input = Object.entries(rule.input).map(([field, text]) => [field, compile(rule, language, `input.${field}`, text)] as const);
  return { rule, language, when, input };
}

function compile(rule: Rule, language: Language, path: string, text: string): Expression {
  try {
    return language.compile(text);
  } catch (error) {
    if (error instanceof CelRefused) throw invalid(rule, path, error.message);
    throw error;
  }
}

const invalid = (rule: Rule, path: string, message: string): NireonError =>
  new NireonError('RULES_INVALID', `rule ${rule.id}, ${path}: ${message}`, {
    problems: [{ path: `rules.${rule.id}.${path}`, message }],
  });

/** The order in which rules are tried: priority, lower first, then id. */
export const byPriority = (a: Rule, b: Rule): number => a.priority - b.priority || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
