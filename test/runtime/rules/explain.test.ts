import { type Rule, ruleSchema } from '../../../runtime/domain/rule-set.ts';
import type { NewSignal } from '../../../runtime/domain/signal.ts';
import { explainRules, type Explanation, explanationText } from '../../../runtime/engine/rules/explain.ts';
import { scopeOf, signalOf } from '../../support/rule-samples.ts';

const rule = (given: Partial<Rule>): Rule => ruleSchema.parse({ id: 'the-rule', on: 'idea.assessed', to: 'test.run', input: {}, ...given });
const explain = (given: Partial<Rule>[], signal: NewSignal = signalOf('idea.assessed')): readonly Explanation[] =>
  explainRules({ rules: given.map(rule) }, signal, scopeOf());
const why = (when: string): unknown => {
  const [{ rule: _rule, ...explanation }] = explain([{ when }]) as [Explanation];
  return explanation;
};

describe('explaining a signal', () => {
  it('shows the input of a rule that fires', () => {
    expect(explain([{ input: { ideaId: 'data.ideaId' } }])).toMatchObject([{ outcome: 'fires', input: { ideaId: 'idea1' } }]);
  });

  it('shows the smallest part that is false, with what it reads', () => {
    expect(why('data.revision == 1 && data.trust > 6.5 && (data.trust < 7.5 && data.stable)')).toEqual({
      outcome: 'does-not-match',
      part: 'data.trust < 7.5',
      reads: [{ path: 'data.trust', value: 7.75 }],
    });
    expect(why('data.revision == 1 && (data.trust < 7.5 || signal.depth > session.policy.depth)')).toEqual({
      outcome: 'does-not-match',
      part: 'data.trust < 7.5 || signal.depth > session.policy.depth',
      reads: [
        { path: 'data.trust', value: 7.75 },
        { path: 'signal.depth', value: 1 },
        { path: 'session.policy.depth', value: 5 },
      ],
    });
    expect(why('has(data.reason)')).toEqual({ outcome: 'does-not-match', part: 'has(data.reason)', reads: [{ path: 'data.reason' }] });
    expect(why('data.method.startsWith("b")')).toMatchObject({
      part: 'data.method.startsWith("b")',
      reads: [{ path: 'data.method', value: 'explore' }],
    });
    expect(why('frame.goals.exists(g, g == data.ideaId)')).toMatchObject({
      reads: [
        { path: 'frame.goals', value: ['Vary the idea'] },
        { path: 'data.ideaId', value: 'idea1' },
      ],
    });
  });

  it('shows what fails', () => {
    expect(why('data.revision == 1 && 1 / (data.revision - 1) > 0')).toEqual({
      outcome: 'fails',
      message: 'when: division by zero',
      part: '(1 / (data.revision - 1)) > 0',
      reads: [{ path: 'data.revision', value: 1 }],
    });
    expect(explain([{ input: { n: 'data.revision / 0' } }])).toMatchObject([{ outcome: 'fails', message: 'input.n: division by zero' }]);
  });

  it('shows which rule of a group came first', () => {
    const rules = [
      { id: 'late', group: 'g', priority: 30 },
      { id: 'no', group: 'g', priority: 10, when: 'data.revision == 2' },
      { id: 'early', group: 'g', priority: 20 },
      { id: 'other', on: 'idea.generated' },
    ];
    expect(explain(rules).map(({ rule: { id }, outcome }) => `${id} ${outcome}`)).toEqual([
      'no does-not-match',
      'early fires',
      'late group-taken',
    ]);
  });

  it('reads well', () => {
    const lines = explain([
      { id: 'a', when: 'has(data.reason)' },
      { id: 'b', when: 'data.trust > 8', group: 'g' },
      { id: 'c', group: 'g', input: { ideaId: 'data.ideaId' } },
      { id: 'd', group: 'g' },
      { id: 'e', when: '1 / (data.revision - 1) > 0' },
    ]).map(explanationText);
    expect(lines.join('\n')).toBe(
      [
        'a (100) → test.run: does not match',
        '    false: has(data.reason)',
        '    data.reason is absent',
        'b (100) → test.run: does not match',
        '    false: data.trust > 8',
        '    data.trust = 7.75',
        'c (100) → test.run: fires',
        '    input {"ideaId":"idea1"}',
        'd (100) → test.run: not asked, c came first in group g',
        'e (100) → test.run: fails',
        '    when: division by zero',
        '    in: (1 / (data.revision - 1)) > 0',
        '    data.revision = 1',
      ].join('\n'),
    );
  });
});
