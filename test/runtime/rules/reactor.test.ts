import fc from 'fast-check';
import { type RuleSet, ruleSchema } from '../../../runtime/domain/rule-set.ts';
import { type NewSignal, signalData, type SignalType, signalTypes } from '../../../runtime/domain/signal.ts';
import { createReactor, type Match, type MatchScope } from '../../../runtime/engine/rules/reactor.ts';
import { sampleData, scopeOf, signalOf } from '../../support/rule-samples.ts';

type LooseRule = Partial<RuleSet['rules'][number]>;

const rule = (given: LooseRule): RuleSet['rules'][number] =>
  ruleSchema.parse({ id: 'the-rule', on: 'idea.assessed', to: 'test.run', input: {}, ...given });

const match = (given: LooseRule[], signal: NewSignal, scope: MatchScope = scopeOf()): readonly Match[] =>
  createReactor({ rules: given.map(rule) }).match(signal, scope);

const ids = (matches: readonly Match[]): string[] => matches.map(({ rule: { id } }) => id);
const fires = (when: string, type: SignalType, data: object = {}, scope = scopeOf()): boolean => {
  const [found] = match([{ on: type, when }], signalOf(type, data), scope);
  if (found && 'failed' in found) throw new Error(found.failed);
  return found !== undefined;
};
const inputOf = (type: SignalType, text: string, data: object = {}): unknown => {
  const [found] = match([{ on: type, input: { it: text } }], signalOf(type, data));
  return found && ('failed' in found ? found : found.input['it']);
};

describe('the reactor', () => {
  it('has samples that the schemas accept', () => {
    for (const type of signalTypes) expect(signalData[type].safeParse(sampleData[type]).error?.issues ?? []).toEqual([]);
  });

  it('matches by type, condition and nothing else', () => {
    const rules = [
      { id: 'a', when: 'data.revision == 1' },
      { id: 'b', when: 'data.revision == 2' },
      { id: 'c', on: 'idea.generated' },
      { id: 'd' },
    ];
    expect(ids(match(rules, signalOf('idea.assessed')))).toEqual(['a', 'd']);
    expect(ids(match(rules, signalOf('idea.assessed', { revision: 2 })))).toEqual(['b', 'd']);
    expect(match(rules, signalOf('work.dead'))).toEqual([]);
  });

  it('orders by priority, then id, whatever the order of the rules', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.record({ id: fc.stringMatching(/^[a-z]{1,3}$/), priority: fc.constantFrom(10, 20, 100) }), {
          selector: ({ id }) => id,
          maxLength: 12,
        }),
        fc.infiniteStream(fc.nat()),
        (rules, keys) => {
          const shuffled = rules.map((r) => [keys.next().value ?? 0, r] as const).sort(([a], [b]) => a - b);
          const expected = [...rules].sort((a, b) => a.priority - b.priority || (a.id < b.id ? -1 : 1)).map(({ id }) => id);
          expect(ids(match(rules, signalOf('idea.assessed')))).toEqual(expected);
          expect(
            ids(
              match(
                shuffled.map(([, r]) => r),
                signalOf('idea.assessed'),
              ),
            ),
          ).toEqual(expected);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('fires only the first of a group', () => {
    const rules = [
      { id: 'second', group: 'g', priority: 20 },
      { id: 'first', group: 'g', priority: 10, when: 'data.revision == 1' },
      { id: 'other', priority: 15 },
      { id: 'third', group: 'h', priority: 30 },
    ];
    expect(ids(match(rules, signalOf('idea.assessed')))).toEqual(['first', 'other', 'third']);
    expect(ids(match(rules, signalOf('idea.assessed', { revision: 2 })))).toEqual(['other', 'second', 'third']);
  });

  it('counts a rule that fails as matched in its group, and goes on with the others', () => {
    const rules = [
      { id: 'fails', group: 'g', priority: 10, when: '1 / (data.revision - 1) > 0' },
      { id: 'next', group: 'g', priority: 20 },
      { id: 'outside', priority: 30 },
    ];
    expect(match(rules, signalOf('idea.assessed'))).toMatchObject([
      { rule: { id: 'fails' }, failed: 'when: division by zero' },
      { rule: { id: 'outside' }, input: {} },
    ]);
  });

  it('reports an input that fails, with the field', () => {
    const [found] = match([{ input: { good: 'data.ideaId', bad: 'data.axes.align' } }], signalOf('idea.assessed', { axes: {} }));
    expect(found).toMatchObject({ failed: 'input.bad: No such key: align' });
  });

  it('compares integers and numbers as one would expect', () => {
    expect(fires('data.revision == 1', 'idea.assessed')).toBe(true);
    expect(fires('data.revision == 1.0', 'idea.assessed')).toBe(true);
    expect(fires('data.revision != 1', 'idea.assessed')).toBe(false);
    expect(fires('data.trust > 7', 'idea.assessed')).toBe(true);
    expect(fires('data.trust > 7.75', 'idea.assessed')).toBe(false);
    expect(fires('data.trust == 8', 'idea.assessed', { trust: 8 })).toBe(true);
    expect(fires('8 == data.trust', 'idea.assessed', { trust: 8 })).toBe(true);
    expect(fires('data.trust != 8', 'idea.assessed', { trust: 8 })).toBe(false);
    expect(fires('signal.depth < session.policy.depth', 'idea.assessed')).toBe(true);
    expect(fires('signal.depth < session.policy.depth', 'idea.assessed', {}, scopeOf({ depth: 1 }))).toBe(false);
    expect(fires('data.revision in [1, 3]', 'idea.assessed')).toBe(true);
    expect(fires('data.result.value == 1 && data.result.list[1] > 2', 'proto.finished')).toBe(true);
    expect(fires('frame.round + frame.depth == 4 && size(frame.goals) == 1', 'idea.assessed')).toBe(true);
    expect(fires('data.level.history[0].round == 1 && data.level.remaining.llmCalls == 0', 'step.requested')).toBe(true);
  });

  it('reads nested records, lists and labels', () => {
    expect(fires('"clay" in data.direction.toward', 'idea.generated')).toBe(true);
    expect(fires('data.entries.exists(e, has(e.trust) && e.trust > 7.0)', 'level.assessed')).toBe(true);
    expect(fires('data.entries.all(e, has(e.trust))', 'level.assessed')).toBe(false);
    expect(fires('has(session.labels.team) && session.labels.team == "red"', 'idea.assessed')).toBe(true);
    expect(fires('"nope" in session.labels', 'idea.assessed')).toBe(false);
  });

  it('hands on data as it stood, and computed values as plain JSON', () => {
    const signal = signalOf('proto.finished');
    const [found] = match([{ on: 'proto.finished', input: { all: 'data', part: 'data.result' } }], signal);
    expect(found).toMatchObject({ input: { all: sampleData['proto.finished'] } });
    expect((found as { input: Record<string, unknown> }).input['all']).toBe(signal.data);
    expect(inputOf('proto.finished', 'data.cpuMs + 1')).toBe(13);
    expect(inputOf('proto.finished', 'signal.depth')).toBe(1);
    expect(inputOf('proto.finished', '[data.cpuMs, 2]')).toEqual([12, 2]);
    expect(inputOf('proto.finished', '{"result": data.result, "kind": frame.kind}')).toEqual({
      result: { value: 1, list: [1, 2.5] },
      kind: 'exploration',
    });
    expect(inputOf('level.assessed', 'data.entries.filter(e, has(e.trust)).map(e, e.ideaId)')).toEqual(['idea1']);
    expect(inputOf('level.assessed', 'data.entries.filter(e, has(e.trust))')).toEqual([sampleData['level.assessed'].entries[0]]);
    expect(inputOf('level.assessed', 'data.round > 1 ? "late" : "early"')).toBe('late');
    expect(inputOf('idea.assessed', 'frame')).toEqual(scopeOf().frame);
    expect(inputOf('idea.assessed', 'double(data.revision) / 2.0')).toBe(0.5);
  });

  it('fails rather than hand on what JSON cannot say', () => {
    expect(inputOf('idea.assessed', 'data.trust / 0.0')).toMatchObject({ failed: 'input.it: Infinity is not a JSON number' });
    expect(inputOf('idea.assessed', '9007199254740993 + data.revision')).toMatchObject({ failed: expect.stringContaining('too large') });
  });

  it('is the same for the same signal, again and again', () => {
    const reactor = createReactor({
      rules: [rule({ on: 'level.assessed', when: 'data.entries.exists(e, has(e.trust))', input: { n: 'size(data.entries)' } })],
    });
    const first = reactor.match(signalOf('level.assessed'), scopeOf());
    for (let i = 0; i < 3; i++) expect(reactor.match(signalOf('level.assessed'), scopeOf())).toEqual(first);
    expect(reactor.match(signalOf('level.assessed', { entries: [] }), scopeOf())).toEqual([]);
  });

  it('refuses rule sets that do not compile', () => {
    const refused = (given: LooseRule): string => {
      try {
        createReactor({ rules: [rule(given)] });
      } catch (error) {
        expect((error as { code?: string }).code).toBe('RULES_INVALID');
        return (error as Error).message;
      }
      return 'accepted';
    };
    expect(refused({ when: 'data.nope == 1' })).toBe('rule the-rule, when: No such key: nope');
    expect(refused({ when: 'data.revision ==' })).toContain('when: ');
    expect(refused({ when: 'data.revision' })).toContain('is int, not true or false');
    expect(refused({ when: 'data.revision == "1"' })).toContain('no such overload: int == string');
    expect(refused({ on: 'idea.lost' })).toContain('there is no signal idea.lost');
    expect(refused({ input: { it: 'data.revision +' } })).toContain('input.it: ');
  });
});
