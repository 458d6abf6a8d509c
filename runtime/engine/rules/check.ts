import type { z } from 'zod';
import { didYouMean } from '../../../platform/did-you-mean.ts';
import { NireonError } from '../../domain/errors.ts';
import type { RuleSet } from '../../domain/rule-set.ts';
import { isSignalType, type SignalType, signalTypes } from '../../domain/signal.ts';
import type { Mechanism } from '../../ports/mechanism.ts';
import { CelRefused, type Language, languageOf } from './cel/language.ts';
import { checkFlow, type FlowRule } from './checks/flow.ts';
import { inputMismatches, shapeOfExpression } from './checks/inputs.ts';
import { type PlacedRule, loadRules, type RuleFile } from './load.ts';
import { quoted, type RuleProblem, type RuleProblemCode, suggest } from './problem.ts';
import { presentWhen, type Present, type Scope, scopeOf, unsafeReads } from './checks/reads.ts';
import { byPriority } from './rule.ts';
import { type Shape, shapeOf } from './cel/shape.ts';

export { problemLine, type RuleProblem } from './problem.ts';

/** An operation that rules may name: `mechanism.operation`. */
export interface OperationFacts {
  readonly name: string;
  readonly input: z.ZodType;
  readonly emits: readonly SignalType[];
}

/** The operations of some mechanisms. */
export const operationsOf = (mechanisms: Iterable<Pick<Mechanism, 'name' | 'operations'>>): OperationFacts[] =>
  [...mechanisms].flatMap(({ name, operations }) =>
    Object.entries(operations).map(([operation, { input, emits }]) => ({ name: `${name}.${operation}`, input, emits })),
  );

export interface CheckedRules {
  /** The merged rules, by priority and id; undefined if there is any problem. */
  readonly manifest: Pick<RuleSet, 'terminal' | 'rules'> | undefined;
  /** All at once, by file and line. */
  readonly problems: readonly RuleProblem[];
}

/** The rules of files in which nothing is wrong; else RULES_INVALID with every problem. */
export function requireRules(files: readonly RuleFile[], operations: readonly OperationFacts[]): NonNullable<CheckedRules['manifest']> {
  const { manifest, problems } = checkRules(files, operations);
  if (manifest) return manifest;
  const found = problems.map(({ file, line, message, code }) => ({ path: `${file}:${line}`, message, code }));
  throw new NireonError('RULES_INVALID', `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'} in the rule set`, {
    problems: found,
  });
}

/**
 * Merges rule files and finds what cannot work before it runs: codes and their meaning are in docs/rules.md. Never throws. How the rules fit
 * together is judged once each of them can be read: a rule that cannot would make its neighbours look at fault.
 */
export function checkRules(files: readonly RuleFile[], operations: readonly OperationFacts[]): CheckedRules {
  const { rules, terminal, problems: unread } = loadRules(files);
  const byName = new Map(operations.map((operation) => [operation.name, operation]));
  const problems = [...unread];
  for (const { type, place } of terminal) if (!isSignalType(type)) problems.push({ ...place, ...unknownSignal(type) });
  for (const placed of rules) problems.push(...checkNames(placed, byName));

  const readable = problems.length === 0;
  for (const placed of rules) problems.push(...checkExpressions(placed, byName.get(placed.rule.to)));
  if (readable) {
    const flow = rules.map((placed): FlowRule => {
      const { to, when } = placed.rule;
      return { ...placed, emits: byName.get(to)!.emits, unconditional: when === undefined || when.trim() === 'true' };
    });
    problems.push(...checkFlow(flow, terminal, { file: files[0]?.name ?? '', line: 1 }));
  }
  problems.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line));
  if (problems.length > 0) return { manifest: undefined, problems };
  const types = new Set(terminal.map(({ type }) => type));
  return { manifest: { terminal: [...types].sort(), rules: rules.map(({ rule }) => rule).sort(byPriority) }, problems };
}

const unknownSignal = (type: string): Pick<RuleProblem, 'code' | 'message'> => ({
  code: 'RULE_SIGNAL_UNKNOWN',
  message: `there is no signal ${quoted(type)}${suggest(didYouMean(type, signalTypes))}`,
});

function checkNames({ rule, place }: PlacedRule, operations: ReadonlyMap<string, OperationFacts>): RuleProblem[] {
  const problems: RuleProblem[] = [];
  if (!isSignalType(rule.on)) problems.push({ ...place('on'), rule: rule.id, ...unknownSignal(rule.on) });
  if (!operations.has(rule.to)) {
    const message = `there is no operation ${quoted(rule.to)}${suggest(didYouMean(rule.to, operations.keys()))}`;
    problems.push({ ...place('to'), rule: rule.id, code: 'RULE_MECHANISM_UNKNOWN', message });
  }
  return problems;
}

/** Conditions and inputs of one rule: syntax, types, paths, and what the operation asks for. */
function checkExpressions({ rule, place }: PlacedRule, operation: OperationFacts | undefined): RuleProblem[] {
  if (!isSignalType(rule.on)) return [];
  const language = languageOf(rule.on);
  const scope = scopeOf(language.variables);
  const problems: RuleProblem[] = [];
  const tell = (path: readonly string[], code: RuleProblemCode, message: string): void =>
    void problems.push({ ...place(...path), rule: rule.id, code, message });

  let present: Present = new Set();
  if (rule.when !== undefined) {
    const { type, problem } = checkExpression(language, scope, rule.when, present);
    if (problem) tell(['when'], problem.code, `when: ${problem.message}`);
    else if (type !== 'bool' && type !== 'dyn') tell(['when'], 'RULE_CEL_INVALID', `when: is ${type}, not true or false`);
    else present = presentWhen(language.parse(rule.when), scope);
  }
  const given = new Map<string, Shape | undefined>();
  for (const [field, text] of Object.entries(rule.input)) {
    const { shape, problem } = checkExpression(language, scope, text, present);
    given.set(field, shape);
    if (problem) tell(['input', field], problem.code, `input.${field}: ${problem.message}`);
  }
  const wanted = operation && shapeOf(operation.input, 'input');
  if (wanted?.kind === 'record') {
    for (const { field, message } of inputMismatches(given, wanted, rule.to)) {
      tell(field === '' ? ['input'] : ['input', field], 'RULE_INPUT_MISMATCH', message);
    }
  }
  return problems;
}

interface CheckedExpression {
  readonly type?: string;
  readonly shape?: Shape;
  readonly problem?: Pick<RuleProblem, 'code' | 'message'>;
}

function checkExpression(language: Language, scope: Scope, text: string, present: Present): CheckedExpression {
  try {
    const [unsafe] = unsafeReads(language.parse(text), scope, present);
    if (unsafe !== undefined) return { problem: { code: 'RULE_PATH_UNKNOWN', message: unsafe } };
    const expression = language.compile(text);
    return { type: expression.type, shape: shapeOfExpression(expression, scope) };
  } catch (error) {
    if (error instanceof CelRefused) return { problem: { code: 'RULE_CEL_INVALID', message: error.message } };
    throw error;
  }
}
