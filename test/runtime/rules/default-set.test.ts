import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { type Rule, ruleManifestSchema } from '../../../runtime/domain/rule-set.ts';
import type { NewSignal, SignalType } from '../../../runtime/domain/signal.ts';
import { checkRules, problemLine } from '../../../runtime/engine/rules/check.ts';
import { createReactor, type MatchScope } from '../../../runtime/engine/rules/reactor.ts';
import { operationFacts } from '../../support/rule-operations.ts';
import { scopeOf, signalOf } from '../../support/rule-samples.ts';

const text = readFileSync(new URL('../../../rules/default.yaml', import.meta.url), 'utf8');
const manifest = ruleManifestSchema.parse(parse(text));
const reactor = createReactor(manifest);
const fired = (signal: NewSignal, scope: MatchScope = scopeOf()): string[] =>
  reactor.match(signal, scope).map((match) => ('failed' in match ? `${match.rule.id} failed: ${match.failed}` : match.rule.id));
const inputOf = (signal: NewSignal): unknown => {
  const [found] = reactor.match(signal, scopeOf());
  return found && 'input' in found ? found.input : found;
};

const scored = { trust: 7, stable: true };
/** For each condition of the set: a signal that satisfies it, and signals that each break one part of it. */
const conditions: Record<string, { holds: NewSignal; breaks: (NewSignal | [NewSignal, MatchScope])[] }> = {
  'seed-synthesize': {
    holds: signalOf('seed.planted', { action: 'synthesize' }),
    breaks: [signalOf('seed.planted', { action: 'explore' })],
  },
  'test-strong': {
    holds: signalOf('idea.assessed', { trust: 7.6, stable: true }),
    breaks: [
      [signalOf('idea.assessed', { trust: 7.6 }), scopeOf({ experiments: false })],
      signalOf('idea.assessed', { trust: 7.6, revision: 2 }),
      signalOf('idea.assessed', { trust: 7.5 }),
      signalOf('idea.assessed', { trust: 7.6, stable: false }),
      unscored(),
    ],
  },
  'blend-promising': {
    holds: signalOf('idea.assessed', scored),
    breaks: [
      signalOf('idea.assessed', { ...scored, revision: 2 }),
      signalOf('idea.assessed', { ...scored, method: 'blend' }),
      [signalOf('idea.assessed', scored, { depth: 5 }), scopeOf({ depth: 5 })],
      signalOf('idea.assessed', { ...scored, trust: 6.5 }),
      signalOf('idea.assessed', { ...scored, trust: 8.5 }),
      signalOf('idea.assessed', { ...scored, stable: false }),
      unscored(),
    ],
  },
  'repair-proto': {
    holds: signalOf('proto.failed', { code: 'PROTO_REJECTED' }),
    breaks: [signalOf('proto.failed', { attempt: 2 }), signalOf('proto.failed', { code: 'PROTO_TIMEOUT' })],
  },
};

function unscored(): NewSignal {
  const signal = signalOf('idea.assessed', { status: 'unscored', reason: 'WORK_DEAD', axes: {} });
  const { trust: _trust, stable: _stable, ...data } = signal.data as Record<string, unknown>;
  return { ...signal, data: data as never };
}

describe('the default rule set', () => {
  it('has twelve rules', () => {
    expect(manifest.rules.map(({ id }) => id)).toEqual([
      ...['seed-synthesize', 'seed-explore', 'assess-generated', 'assess-catalyzed', 'test-strong', 'blend-promising'],
      ...['run-proto', 'repair-proto', 'reassess-tested', 'check-level', 'blend-stagnant', 'plan-step'],
    ]);
  });

  it('has no problem', () => {
    expect(checkRules([{ name: 'default.yaml', text }], operationFacts).problems.map(problemLine)).toEqual([]);
  });

  it('has a problem without any of its rules but three', () => {
    const optional = manifest.rules.filter(({ id }) => {
      const rest = stringify({ ...manifest, rules: manifest.rules.filter((rule) => rule.id !== id) });
      return checkRules([{ name: 'rest.yaml', text: rest }], operationFacts).problems.length === 0;
    });
    expect(optional.map(({ id }) => id)).toEqual(['seed-synthesize', 'test-strong', 'blend-promising']);
  });

  it('has each condition in the tests below', () => {
    expect(manifest.rules.filter(({ when }) => when !== undefined).map(({ id }) => id)).toEqual(Object.keys(conditions));
  });

  it.each(Object.entries(conditions))('%s fires when its condition holds and not when any part of it breaks', (id, { holds, breaks }) => {
    expect(fired(holds)).toContain(id);
    for (const broken of breaks) expect(Array.isArray(broken) ? fired(...broken) : fired(broken)).not.toContain(id);
  });

  it('lets a seed grow in one way only', () => {
    expect(fired(signalOf('seed.planted', { action: 'synthesize' }))).toEqual(['seed-synthesize']);
    expect(fired(signalOf('seed.planted', { action: 'explore' }))).toEqual(['seed-explore']);
  });

  it('sets nothing off for an idea that could not be scored', () => {
    expect(fired(unscored())).toEqual([]);
  });

  it('sets off both the test and the blend of an idea that is strong and promising', () => {
    expect(fired(signalOf('idea.assessed', { trust: 8 }))).toEqual(['test-strong', 'blend-promising']);
  });

  it('hands each operation what it asks for', () => {
    expect(inputOf(signalOf('seed.planted'))).toEqual({ ideaId: 'idea1', variations: 3, divergence: 0.7 });
    expect(inputOf(signalOf('stagnation.detected'))).toEqual({ ideaId: 'idea1', cause: 'stagnation' });
    const level = signalOf('level.assessed');
    expect(inputOf(level)).toEqual({ level: level.data });
    const failure = signalOf('proto.failed');
    expect(inputOf(failure)).toEqual({ failure: failure.data });
    expect(inputOf(signalOf('proto.finished'))).toEqual({ ideaId: 'idea1', claim: 'one is one', result: { value: 1, list: [1, 2.5] } });
  });

  it.each(manifest.rules.map((rule) => [rule.id, rule] as const))('%s makes an input that its operation accepts', (id, rule) => {
    const signal = conditions[id]?.holds ?? signalOf(rule.on as SignalType);
    const match = reactor.match(signal, scopeOf()).find((found) => found.rule.id === id);
    const { input } = operationFacts.find(({ name }) => name === rule.to)!;
    expect(match && 'input' in match ? (input.safeParse(match.input).error?.issues ?? []) : match).toEqual([]);
  });

  it('leaves what is terminal alone', () => {
    const rulesOn = (type: string): Rule[] => manifest.rules.filter(({ on }) => on === type);
    expect(manifest.terminal.flatMap(rulesOn)).toEqual([]);
  });
});
