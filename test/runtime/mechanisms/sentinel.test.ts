import { criteria, round4 } from '../../../runtime/domain/assessment.ts';
import { NireonError } from '../../../runtime/domain/errors.ts';
import { mechanisms } from '../../../runtime/mechanisms.ts';
import { sentinelTasks } from '../../../runtime/mechanisms/sentinel/tasks.ts';
import { critique } from '../../support/fixture-f.ts';
import { createContext, materialOf, noValue, runOperation, type ContextOptions } from '../../support/mechanism-context.ts';
import { idea, scored } from '../../support/visible-records.ts';

const at = (...values: number[]) => Float32Array.from(values, (x) => x / Math.hypot(...values));
const text = (ideaId: string, values: Float32Array) => ({ ideaId, kind: 'text' as const, values, embedder: 'e' });

const parent = idea({ id: 'parent', depth: 0, title: 'The parent' });
const own = idea({ id: 'own', title: 'Own title', text: 'The text of the idea.', parentIds: ['parent'] });
const sibling = idea({ id: 'sibling', index: 1 });
/** Cosine of the idea to its nearest neighbour: 0.5. */
const vectors = [text('parent', at(1, 1, 0, 0)), text('own', at(0, 1, 1, 0)), text('sibling', at(0, 0, 0, 1))];
const visible = { ideas: [parent, own, sibling], vectors };
const grades = (objective: number, constraints: number, effect: number, means: number, effort: number, risk: number) =>
  critique(0, 0, { grades: { objective, constraints, effect, means, effort, risk } });

async function assess(options: ContextOptions = {}) {
  const test = createContext('sentinel', { visible, llm: () => grades(3, 3, 3, 3, 3, 2), ...options });
  const result = await runOperation('sentinel.assess', { ideaId: 'own' }, test.context);
  return { ...test, result, assessment: result.assessments![0]!, signal: result.signals![0]! };
}

async function reassess(options: ContextOptions = {}) {
  const before = scored('own', 7.3692, { axes: { align: 7.75, feas: 7, novel: 7.2308 } });
  const test = createContext('sentinel', { visible: { ...visible, assessments: [before] }, ...options });
  const input = { ideaId: 'own', claim: 'It halves the queue.', result: { holds: true, ratio: 0.5 } };
  return { ...test, result: await runOperation('sentinel.reassess', input, test.context) };
}

describe('an assessment', () => {
  it('comes out as the example of the page', async () => {
    const { assessment, signal, result, context } = await assess();
    expect(assessment).toMatchObject({
      ...{ ideaId: 'own', revision: 1, basis: 'judges', status: 'scored', axes: { align: 7.75, feas: 7, novel: 7.2308 } },
      ...{ trust: 7.3692, stable: true, rejection: [], spread: 0, weights: { align: 0.4, feas: 0.3, novel: 0.3 } },
      thresholds: { trust: 5, minAxis: 2.5 },
      judges: [{ model: 'scripted', rubric: 'judge', promptDigest: 'digest', effectIds: ['eff_judge_0'] }],
    });
    expect(signal).toMatchObject({ type: 'idea.assessed', subject: 'own', depth: 1 });
    expect(signal.data).toEqual({
      ...{ ideaId: 'own', assessmentId: context.ids.assessment(0), revision: 1, method: 'explore', status: 'scored' },
      ...{ axes: { align: 7.75, feas: 7, novel: 7.2308 }, trust: 7.3692, stable: true },
    });
    expect(result.outcome).toEqual({ result: 'assessed' });
  });

  it('asks once, and shows the idea and its parent’s title and nothing else', async () => {
    const { calls } = await assess();
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({ name: 'judge', ordinal: 0, stage: 'critique', role: 'sentinel-evaluator', subject: 'own' });
    expect([calls[0]!.temperature, calls[0]!.maxOutputTokens]).toEqual([0.2, 700]);
    expect(calls[0]!.material).toEqual([
      { label: 'idea', text: 'Own title\n\nThe text of the idea.' },
      { label: 'parent title', text: 'The parent' },
    ]);
  });

  it.each([
    ['the lowest grades', [0, 0, 0, 0, 0, 0], { align: 1, feas: 1 }, false, ['trust', 'align', 'feas']],
    ['the highest grades', [4, 4, 4, 4, 4, 4], { align: 10, feas: 10 }, true, []],
    ['what cannot be done', [4, 4, 4, 1, 0, 0], { align: 10, feas: 1.75 }, false, ['feas']],
    ['what serves nothing', [0, 0, 1, 4, 4, 4], { align: 1.75, feas: 10 }, false, ['align']],
  ])('of %s is stable or says what failed', async (_, [o, c, e, m, f, r], axes, stable, rejection) => {
    const { assessment } = await assess({ llm: () => grades(o!, c!, e!, m!, f!, r!) });
    expect(assessment).toMatchObject({ axes, stable, rejection });
  });

  it('weighs the axes, and draws the lines, as configured', async () => {
    const weights = { align: 1, feas: 0, novel: 0 };
    expect((await assess({ config: { sentinel: { weights } } })).assessment).toMatchObject({ trust: 7.75, weights });
    const { assessment: strict } = await assess({ config: { sentinel: { trustThreshold: 7.5 } } });
    expect(strict).toMatchObject({ stable: false, rejection: ['trust'], thresholds: { trust: 7.5, minAxis: 2.5 } });
    expect((await assess({ config: { sentinel: { trustThreshold: 7.3692 } } })).assessment.stable).toBe(true);
    const { assessment: narrow } = await assess({ config: { sentinel: { minAxis: 7.3 } } });
    expect(narrow).toMatchObject({ stable: false, rejection: ['feas', 'novel'] });
  });

  it.each([
    ['near and far as configured', { noveltyNear: 1, noveltyFar: 0 }, 5.5],
    ['at the far end', { noveltyFar: 0.5 }, 10],
    ['at the near end', { noveltyNear: 0.5, noveltyFar: 0.1 }, 1],
    ['beyond it', { noveltyNear: 0.4, noveltyFar: 0.1 }, 1],
  ])('takes novelty from the nearest other idea: %s', async (_, config, novel) => {
    expect((await assess({ config: { sentinel: config } })).assessment.axes.novel).toBe(novel);
  });

  it('counts siblings as neighbours, and never the idea itself', async () => {
    const close = [vectors[0]!, vectors[1]!, text('sibling', at(0, 1, 1, 0.1))];
    expect((await assess({ visible: { ...visible, vectors: close } })).assessment.axes.novel).toBe(1);
    expect((await assess({ visible: { ideas: [own], vectors: [vectors[1]!] } })).assessment.axes.novel).toBe(10);
  });

  it('is the mean of the judges, with the spread of their trust', async () => {
    const { assessment, calls, mostAtOnce } = await assess({
      config: { sentinel: { judges: 3 } },
      llm: (call) => [grades(4, 4, 4, 4, 4, 4), grades(3, 3, 3, 3, 3, 3), grades(2, 2, 1, 2, 2, 2)][call.ordinal],
    });
    expect(calls.map(({ ordinal }) => ordinal)).toEqual([0, 1, 2]);
    expect(mostAtOnce()).toBe(3);
    expect(assessment.axes).toEqual({ align: 7.5, feas: 7.75, novel: 7.2308 });
    // 0.4 x 10 + 0.3 x 10 + 2.1692 down to 0.4 x 4.75 + 0.3 x 5.5 + 2.1692
    expect(assessment.spread).toBe(round4(9.1692 - 5.7192));
    expect(assessment.critiques).toHaveLength(3);
    expect(assessment.judges.map(({ effectIds }) => effectIds)).toEqual([['eff_judge_0'], ['eff_judge_1'], ['eff_judge_2']]);
  });
});

describe('an idea that cannot be assessed', () => {
  it.each(['LLM_REFUSED', 'BUDGET_EXHAUSTED', 'SESSION_STOPPED', 'LLM_UNAVAILABLE'] as const)(
    'stays unscored with the reason %s, its novelty known',
    async (code) => {
      const { assessment, signal, result } = await assess({ llm: () => noValue(code), lastAttempt: true });
      expect(assessment).toMatchObject({ status: 'unscored', reason: code, axes: { novel: 7.2308 }, critiques: [], rejection: [] });
      for (const record of [assessment, signal.data]) {
        expect(record).not.toHaveProperty('trust');
        expect(record).not.toHaveProperty('stable');
      }
      expect(result.outcome).toEqual({ result: 'assessed', code });
    },
  );

  it.each([
    ['{}', {}],
    ['a grade of 7', grades(7, 1, 1, 1, 1, 1)],
    ['half a grade', grades(1.5, 1, 1, 1, 1, 1)],
    ['no weakness', critique(6, 6, { weaknesses: [] })],
    ['a key too many', critique(6, 6, { trust: 9 })],
  ])('is one whose critique is %s', async (_, answer) => {
    expect((await assess({ llm: () => answer })).assessment).toMatchObject({ status: 'unscored', reason: 'LLM_ANSWER_INVALID' });
  });

  it('is not judged at all without a vector: the call would be paid for nothing', async () => {
    const { assessment, calls } = await assess({ visible: { ideas: [parent, own] } });
    expect(calls).toEqual([]);
    expect(assessment).toMatchObject({ status: 'unscored', reason: 'EMBEDDER_FAILED', axes: {} });
  });

  it('is one of whose judges one has no answer', async () => {
    const { assessment } = await assess({
      config: { sentinel: { judges: 2 } },
      llm: (call) => (call.ordinal === 1 ? noValue('LLM_REFUSED') : grades(3, 3, 3, 3, 3, 3)),
    });
    expect(assessment).toMatchObject({ status: 'unscored', reason: 'LLM_REFUSED' });
    expect(assessment.judges).toHaveLength(1);
  });

  it('is tried again in an outage, once the other judges have come back', async () => {
    const test = createContext('sentinel', {
      visible,
      config: { sentinel: { judges: 2 } },
      llm: async (call) => {
        if (call.ordinal === 0) throw new NireonError('LLM_UNAVAILABLE');
        await new Promise((resolve) => setImmediate(resolve));
        return grades(3, 3, 3, 3, 3, 3);
      },
    });
    await expect(runOperation('sentinel.assess', { ideaId: 'own' }, test.context)).rejects.toMatchObject({ code: 'LLM_UNAVAILABLE' });
    expect(test.inFlight()).toBe(0);
  });

  it('is left behind by a dead item as unscored', () => {
    const { operations, config } = mechanisms.get('sentinel')!;
    const left = operations['assess']!.onDead!({ ideaId: 'own' } as never, config.parse({}));
    expect(left.assessments).toMatchObject([{ ideaId: 'own', revision: 1, status: 'unscored', reason: 'WORK_DEAD', axes: {} }]);
  });
});

describe('an assessment after an experiment', () => {
  const rejudged = (evidence: string, g = grades(4, 4, 4, 4, 4, 4)) => ({ ...g, evidence });

  it('is the next revision, with the result in the prompt and the novelty it had', async () => {
    const { calls, result } = await reassess({
      llm: () => rejudged('supports'),
      visible: { ...visible, vectors: [], assessments: [scored('own', 7, { axes: { novel: 7.2308 } })] },
    });
    expect(calls[0]).toMatchObject({ name: 'rejudge', ordinal: 0 });
    expect(materialOf(calls[0], 'claim')).toBe('It halves the queue.');
    expect(materialOf(calls[0], 'result')).toBe('{"holds":true,"ratio":0.5}');
    expect(result.assessments).toMatchObject([
      { revision: 2, evidence: 'supports', axes: { align: 10, feas: 10, novel: 7.2308 }, trust: 9.1692, stable: true },
    ]);
    expect(result.assessments![0]!.critiques[0]).not.toHaveProperty('evidence');
    expect(result.assessments![0]!.judges[0]!.rubric).toBe('rejudge');
    expect(result.signals![0]!.data).toMatchObject({ revision: 2, trust: 9.1692 });
  });

  it('has at most trust 4 and is not stable where the claim was refuted', async () => {
    const { result } = await reassess({ llm: () => rejudged('refutes') });
    expect(result.assessments).toMatchObject([{ trust: 4, stable: false, evidence: 'refutes', rejection: ['trust', 'evidence'] }]);
    const low = await reassess({ llm: () => rejudged('refutes', grades(0, 0, 0, 0, 0, 0)), config: { sentinel: { trustThreshold: 0 } } });
    expect(low.result.assessments).toMatchObject([{ trust: 2.8692, stable: false, rejection: ['align', 'feas', 'evidence'] }]);
  });

  it.each([
    [['supports', 'supports', 'inconclusive'], 'supports'],
    [['supports', 'inconclusive', 'inconclusive'], 'inconclusive'],
    [['supports', 'supports', 'refutes'], 'refutes'],
  ])('of judges who say %j is %s', async (said, evidence) => {
    const { result } = await reassess({ config: { sentinel: { judges: 3 } }, llm: (call) => rejudged(said[call.ordinal]!) });
    expect(result.assessments![0]!.evidence).toBe(evidence);
  });

  it('that has no answer leaves the score that the idea has', async () => {
    const { result } = await reassess({ llm: () => noValue('BUDGET_EXHAUSTED') });
    expect(result).toEqual({ outcome: { result: 'unchanged', code: 'BUDGET_EXHAUSTED' } });
    expect((await reassess({ llm: () => critique(6, 6) })).result.outcome.code).toBe('LLM_ANSWER_INVALID');
  });
});

describe('the judge’s task', () => {
  it.each(Object.entries(sentinelTasks))('%s spells out each grade of each criterion', (_, task) => {
    for (const criterion of criteria) {
      const line = task.split('\n').findIndex((each) => each.startsWith(`${criterion}:`));
      expect(line).toBeGreaterThan(0);
      expect(task.split('\n')[line + 1]).toMatch(/^0 .+; 1 .+; 2 .+; 3 .+; 4 .+\.$/);
    }
  });
});
