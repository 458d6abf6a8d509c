import fc from 'fast-check';
import type { SignalData } from '../../../runtime/domain/signal.ts';
import { languageOf } from '../../../runtime/engine/rules/cel/language.ts';
import { scopeOf, signalOf } from '../../support/rule-samples.ts';

const language = languageOf('idea.assessed');

const number = fc.constantFrom(
  'data.revision',
  'data.trust',
  'data.axes.align',
  'signal.depth',
  'session.policy.depth',
  'frame.round',
  '1',
  '2',
  '7.5',
  '-1',
  '0.0',
);
const text = fc.constantFrom('data.method', 'data.reason', 'session.objective', 'session.labels.team', '"explore"', '"red"', '""');
const flag = fc.constantFrom('data.stable', 'session.policy.experiments', 'true', 'false');
const compared = fc.constantFrom('==', '!=', '<', '<=', '>', '>=');
const condition = fc.letrec<{ any: string; atom: string }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    tie('atom'),
    fc.tuple(tie('any'), fc.constantFrom('&&', '||'), tie('any')).map(([a, operator, b]) => `(${a} ${operator} ${b})`),
    tie('any').map((a) => `!(${a})`),
    fc.tuple(tie('any'), tie('any'), tie('any')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
  ),
  atom: fc.oneof(
    fc.tuple(number, compared, number).map((parts) => parts.join(' ')),
    fc.tuple(text, compared, text).map((parts) => parts.join(' ')),
    fc.tuple(flag, fc.constantFrom('==', '!='), flag).map((parts) => parts.join(' ')),
    flag,
    fc.constantFrom(
      'has(data.trust)',
      'has(data.stable)',
      'has(data.axes.align)',
      'has(data.method)',
      'has(session.labels.team)',
      'has(data.axes)',
    ),
    fc.constantFrom(
      'data.method in ["explore", "blend"]',
      'data.revision in [1, 3]',
      'data.trust in [7.5, 8.0]',
      'data.method in []',
      '"team" in session.labels',
    ),
    fc.constantFrom('1 / (data.revision - 1) > 0', 'data.method.startsWith("e")', 'size(frame.goals) == 1'),
  ),
})).any;
const value = <T>(usual: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 8, arbitrary: usual },
    { weight: 1, arbitrary: fc.constantFrom(null, 'x', 1.5, Number.NaN, true, {}, 2 ** 60, 'y'.repeat(20_001)) },
  );
const data = fc.record(
  {
    revision: value(fc.integer({ min: 0, max: 3 })),
    trust: value(fc.constantFrom(0, 1, 2, 7.5, 8)),
    stable: value(fc.boolean()),
    method: value(fc.constantFrom('explore', 'blend', '')),
    axes: value(fc.record({ align: fc.constantFrom(1, 2.5) }, { requiredKeys: [] })),
  },
  { requiredKeys: [] },
);

const outcome = (run: () => unknown): unknown => {
  try {
    return run();
  } catch {
    return 'fails';
  }
};

describe('quick conditions', () => {
  it('say what CEL says, whatever the condition and the data', () => {
    const seen = new Map<unknown, number>();
    fc.assert(
      fc.property(condition, data, (when, given) => {
        // A comparison of types that CEL has no operator for is refused the same either way.
        let quick;
        try {
          quick = language.compile(when);
        } catch {
          return;
        }
        // dyn() is nothing that quick conditions know, so this one is CEL's own answer.
        const cel = language.compile(`dyn(${when})`);
        const values = () => language.values({ ...signalOf('idea.assessed'), data: given as SignalData }, scopeOf());
        const answer = outcome(() => quick.evaluate(values()));
        expect([when, answer]).toEqual([when, outcome(() => cel.evaluate(values()))]);
        seen.set(answer, (seen.get(answer) ?? 0) + 1);
      }),
      { numRuns: 20_000 },
    );
    for (const answer of [true, false, 'fails']) expect(seen.get(answer)).toBeGreaterThan(1000);
  });
});
