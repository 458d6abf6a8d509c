import { add, noResources } from '../../../runtime/domain/resources.ts';
import { readReport } from '../../../runtime/report/data.ts';
import { reportSchema } from '../../../runtime/report/schema.ts';
import { modelNotices } from '../../../runtime/report/sentences.ts';
import { type FixtureOptions, fixtureSession } from '../../support/fixture-session.ts';
import { recordedStore } from '../../support/recorded-store.ts';

const reportOf = async (options: FixtureOptions = {}) => {
  const history = fixtureSession(options);
  return { history, report: await readReport(recordedStore(history), history.session.id) };
};

describe('the data of a report', () => {
  it.each<[string, FixtureOptions]>([
    ['a finished session with experiments and refusals', { experiments: true, unscoredEvery: 4 }],
    ['a running session', { running: true, rounds: 2 }],
    ['hostile texts', { hostile: true, experiments: true, unscoredEvery: 7 }],
    ['more ideas than a page', { rounds: 14, variations: 18 }],
  ])('fits its schema for %s', async (_, options) => {
    const { report, history } = await reportOf(options);
    expect(() => reportSchema.parse(report)).not.toThrow();
    expect(report.ideas).toHaveLength(history.ideas.length - 1);
  });

  it('ranks scored ideas from 1, the best first, and leaves the others without a rank', async () => {
    const { report } = await reportOf({ unscoredEvery: 3 });
    const ranked = report.ideas.filter((idea) => idea.rank !== undefined);
    expect(ranked.map((idea) => idea.rank)).toEqual(ranked.map((_, i) => i + 1));
    expect(ranked.map((idea) => idea.trust)).toEqual(ranked.map((idea) => idea.trust).toSorted((a, b) => b! - a!));
    const unscored = report.ideas.filter((idea) => idea.rank === undefined);
    expect(unscored.length).toBe(report.totals.unscored);
    expect(unscored[0]).toMatchObject({ reason: 'BUDGET_EXHAUSTED', explanation: 'the limit of a resource does not allow this effect' });
  });

  it('tells the way from the seed to each idea', async () => {
    const { report, history } = await reportOf();
    for (const idea of report.ideas) {
      expect(idea.lineage).toHaveLength(idea.depth);
      expect(idea.lineage[0]?.id).toBe(history.ideas[0]!.id);
    }
  });

  it('accounts by stage and by model for exactly what the journal says', async () => {
    const { report, history } = await reportOf({ judge: 'stern', unscoredEvery: 5 });
    const journal = history.journal.reduce((sum, { usage }) => add(sum, usage), noResources);
    const { byStage, byModel, accounts } = report.spending;
    expect(byStage.reduce((sum, { usage }) => add(sum, usage), noResources)).toEqual(journal);
    expect(byModel.reduce((sum, { usage }) => add(sum, usage), noResources)).toEqual(journal);
    expect(accounts.llmCalls.spent).toBe(journal.llmCalls);
    expect(byStage.map(({ stage }) => stage)).toEqual(['exploration', 'critique', 'embedding']);
    const refused = report.totals.unscored;
    expect(byStage.map(({ usage }) => usage.llmCalls)).toEqual([report.totals.ideas, report.totals.ideas - refused, 0]);
    expect(byStage.map((row) => row.refused)).toEqual([0, refused, 0]);
    expect(byModel.map(({ model }) => model)).toEqual(['stern', 'mini', 'all-MiniLM-L6-v2']);
  });

  it('joins a program with its result, its failure and what the judge made of it', async () => {
    const { report } = await reportOf({ experiments: true });
    expect(report.experiments).toMatchObject([
      { attempt: 1, outcome: 'failed', failure: { code: 'PROTO_PROGRAM_ERROR' } },
      { attempt: 2, outcome: 'finished', result: { reduction: 0.34 }, evidence: 'supports' },
    ]);
    expect(report.dead).toHaveLength(1);
  });

  it('counts near duplicates by the idea that was varied', async () => {
    const { report } = await reportOf();
    expect(report.nearDuplicates).toEqual([{ idea: report.rounds[1]!.best, round: 3, count: 2 }]);
  });

  it('shows the open round as it stands', async () => {
    const { report } = await reportOf({ running: true, rounds: 3 });
    expect(report.rounds.map(({ open, ideas }) => [open, ideas])).toEqual([
      [false, 3],
      [false, 3],
      [true, 3],
    ]);
    expect(report.session.durationMs).toBeUndefined();
  });

  it('says who wrote and who judged', async () => {
    const same = (await reportOf()).report;
    expect(same.models).toEqual({ wrote: ['mini'], judged: ['mini'], sameWroteAndJudged: true, builtin: false });
    expect(modelNotices(same).join()).toContain('One model both wrote and judged');
    const apart = (await reportOf({ judge: 'stern' })).report;
    expect(apart.models.sameWroteAndJudged).toBe(false);
    expect(modelNotices(apart)).toEqual([]);
  });

  it('says plainly that no language model wrote', async () => {
    const { report } = await reportOf({ writer: 'builtin' });
    expect(report.models.builtin).toBe(true);
    expect(modelNotices(report)[0]).toMatch(/^No language model wrote these ideas/);
  });

  it('knows a session by its id only', async () => {
    await expect(readReport(recordedStore(), 'ses_none')).rejects.toMatchObject({ code: 'SESSION_UNKNOWN' });
  });
});
