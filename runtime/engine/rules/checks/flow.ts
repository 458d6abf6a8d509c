import type { SignalType } from '../../../domain/signal.ts';
import type { LoadedRules, PlacedRule } from '../load.ts';
import { type Place, type RuleProblem } from '../problem.ts';
import { byPriority } from '../rule.ts';

/** What a rule's operation may emit, and whether its condition is none at all. */
export interface FlowRule extends PlacedRule {
  readonly emits: readonly SignalType[];
  readonly unconditional: boolean;
}

/** Emitted by the engine itself: when a session is asked for, begins, closes a level, gives work up, ends. */
const emittedByEngine: readonly SignalType[] = ['session.requested', 'seed.planted', 'level.assessed', 'work.dead', 'session.finished'];
/** Taken in by the engine itself. */
const consumedByEngine: ReadonlySet<string> = new Set(['session.requested']);

/** A session would stop short if one of these went unanswered. */
const mustBeAnswered = (type: string): boolean =>
  ['seed.planted', 'idea.generated', 'idea.catalyzed', 'stagnation.detected'].includes(type) ||
  type.startsWith('level.') ||
  type.endsWith('.requested');

/** Problems of the rules taken together: signals without producer or consumer, endless cycles, rules that never get their turn. */
export function checkFlow(rules: readonly FlowRule[], terminal: LoadedRules['terminal'], beginning: Place): readonly RuleProblem[] {
  return [
    ...unconsumed(rules, terminal, beginning),
    ...unproduced(rules),
    ...stranded(rules, terminal),
    ...cycles(rules),
    ...unreachable(rules),
  ];
}

const at = (placed: PlacedRule, key: string, code: RuleProblem['code'], message: string): RuleProblem => ({
  ...placed.place(key),
  rule: placed.rule.id,
  code,
  message,
});

function unconsumed(rules: readonly FlowRule[], terminal: LoadedRules['terminal'], beginning: Place): RuleProblem[] {
  const answered = new Set([...consumedByEngine, ...terminal.map(({ type }) => type), ...rules.map(({ rule }) => rule.on)]);
  const code = 'SIGNAL_UNCONSUMED';
  const advice = 'add a rule on it, or name it under terminal';
  const told = new Set<string>(answered);
  const problems: RuleProblem[] = [];
  for (const rule of rules) {
    for (const type of rule.emits) {
      if (!told.has(type)) problems.push(at(rule, 'to', code, `${rule.rule.to} emits ${type}, which no rule takes: ${advice}`));
      told.add(type);
    }
  }
  for (const type of emittedByEngine) {
    if (!told.has(type)) problems.push({ ...beginning, code, message: `the engine emits ${type}, which no rule takes: ${advice}` });
  }
  return problems;
}

function unproduced(rules: readonly FlowRule[]): RuleProblem[] {
  const produced = new Set([...emittedByEngine, ...rules.flatMap(({ emits }) => emits)] as string[]);
  return rules
    .filter(({ rule }) => !produced.has(rule.on))
    .map((rule) =>
      at(
        rule,
        'on',
        'SIGNAL_UNPRODUCED',
        `no operation that a rule uses emits ${rule.rule.on}: add the rule that leads to it, or drop this one`,
      ),
    );
}

function stranded(rules: readonly FlowRule[], terminal: LoadedRules['terminal']): RuleProblem[] {
  const safe = new Set(terminal.map(({ type }) => type));
  return [...Map.groupBy(rules, ({ rule }) => rule.on)]
    .filter(([type, those]) => mustBeAnswered(type) && !safe.has(type) && those.every(({ unconditional }) => !unconditional))
    .map(([type, those]) =>
      at(
        those.at(-1)!,
        'when',
        'SIGNAL_MAY_STRAND',
        `every rule on ${type} has a condition: one that none satisfies ends its branch in silence; add a rule without when`,
      ),
    );
}

/** A cycle is bounded by the planner (it counts rounds) or by a frame that it opens each time (frames nest eight deep at most). */
function cycles(rules: readonly FlowRule[]): RuleProblem[] {
  const steps = rules.filter(({ rule }) => !rule.opens && !rule.to.startsWith('planner.'));
  const byType = Map.groupBy(steps, ({ rule }) => rule.on);
  const problems: RuleProblem[] = [];
  const done = new Set<string>();

  function visit(type: string, path: readonly FlowRule[]): void {
    const start = path.findIndex(({ rule }) => rule.on === type);
    if (start >= 0) {
      const cycle = path.slice(start);
      const route = [...cycle.map(({ rule }) => rule.on), type].join(' → ');
      problems.push(
        at(
          cycle[0]!,
          'to',
          'RULE_CYCLE_UNBOUNDED',
          `${route} has no end (${cycle.map(({ rule }) => rule.id).join(', ')}): let one of them open a frame`,
        ),
      );
      return;
    }
    if (done.has(type)) return;
    for (const step of byType.get(type) ?? []) for (const next of step.emits) visit(next, [...path, step]);
    done.add(type);
  }
  for (const type of byType.keys()) visit(type, []);
  return problems;
}

function unreachable(rules: readonly FlowRule[]): RuleProblem[] {
  const ordered = [...rules].sort((a, b) => byPriority(a.rule, b.rule));
  return ordered.flatMap((placed, i) => {
    const { group, on } = placed.rule;
    const before =
      group === undefined
        ? undefined
        : ordered.slice(0, i).find(({ rule, unconditional }) => unconditional && rule.group === group && rule.on === on);
    if (!before) return [];
    return [
      at(
        placed,
        'id',
        'RULE_UNREACHABLE',
        `${before.rule.id} comes first in group ${group} and has no condition: give this one a lower priority, or ${before.rule.id} a condition`,
      ),
    ];
  });
}
