import { z } from 'zod';
import { axesSchema, critiqueSchema, evidenceSchema, rejectionSchema } from '../domain/assessment.ts';
import { blendSchema, directionSchema, ideaMethods } from '../domain/idea.ts';
import { causeSchema } from '../domain/level.ts';
import { resourcesSchema } from '../domain/resources.ts';
import { labelsSchema, policySchema, reasonSchema } from '../domain/session.ts';
import { accountsSchema } from '../engine/session-view.ts';
import { treeNodeSchema } from '../engine/idea-tree.ts';

const count = z.int().min(0);
const score = z.number().min(0).max(10);
const named = z.strictObject({ id: z.string(), title: z.string() });

export const reportStages = ['exploration', 'critique', 'analysis', 'synthesis', 'embedding', 'sandbox', 'other'] as const;
export const reportStageSchema = z.enum(reportStages);
export type ReportStage = z.infer<typeof reportStageSchema>;

const spendingRow = { effects: count, refused: count, usage: resourcesSchema };
export const stageSpendingSchema = z.strictObject({ stage: reportStageSchema, ...spendingRow });
export const modelSpendingSchema = z.strictObject({ model: z.string(), ...spendingRow });
export type StageSpending = z.infer<typeof stageSpendingSchema>;
export type ModelSpending = z.infer<typeof modelSpendingSchema>;

/** One level. `open`: it has not closed, so that its numbers may still grow. */
export const reportRoundSchema = z.strictObject({
  round: z.int().min(1),
  cause: causeSchema,
  open: z.boolean(),
  ideas: count,
  scored: count,
  unscored: count,
  stable: count,
  nearDuplicates: count,
  bestTrust: z.exactOptional(score),
  meanNovel: z.exactOptional(score),
  best: z.exactOptional(named),
  spent: resourcesSchema,
});
export type ReportRound = z.infer<typeof reportRoundSchema>;

/** An idea that is no seed, with its newest assessment. `rank` from 1, only where it has a score. */
export const reportIdeaSchema = z.strictObject({
  rank: z.exactOptional(z.int().min(1)),
  id: z.string(),
  title: z.string(),
  text: z.string(),
  method: z.enum(ideaMethods),
  round: count,
  depth: count,
  tags: z.array(z.string()),
  direction: z.exactOptional(directionSchema),
  blend: z.exactOptional(blendSchema),
  /** From the seed down to the parent. */
  lineage: z.array(named),
  status: z.enum(['scored', 'unscored', 'waiting']),
  /** Code of what kept it from being scored, and the sentence for it. */
  reason: z.exactOptional(z.string()),
  explanation: z.exactOptional(z.string()),
  revision: z.exactOptional(z.int().min(1)),
  trust: z.exactOptional(score),
  stable: z.exactOptional(z.boolean()),
  axes: axesSchema,
  rejection: z.array(rejectionSchema),
  critiques: z.array(critiqueSchema),
  spread: z.exactOptional(z.number()),
  evidence: z.exactOptional(evidenceSchema),
  judges: z.array(z.string()),
});
export type ReportIdea = z.infer<typeof reportIdeaSchema>;

export const reportExperimentSchema = z.strictObject({
  idea: named,
  claim: z.string(),
  attempt: z.int().min(1),
  dialect: z.string(),
  code: z.string(),
  outcome: z.enum(['finished', 'failed', 'running']),
  result: z.exactOptional(z.json()),
  failure: z.exactOptional(z.strictObject({ code: z.string(), detail: z.string() })),
  cpuMs: z.exactOptional(count),
  image: z.exactOptional(z.string()),
  /** What the judge made of the result. */
  evidence: z.exactOptional(evidenceSchema),
});
export type ReportExperiment = z.infer<typeof reportExperimentSchema>;

/** All that a report says; every rendering is a pure function of it. */
export const reportSchema = z.strictObject({
  version: z.literal('nireon.report/v1'),
  session: z.strictObject({
    id: z.string(),
    objective: z.string(),
    status: z.enum(['running', 'stopping', 'finished']),
    reason: z.exactOptional(reasonSchema),
    code: z.exactOptional(z.string()),
    createdAt: z.iso.datetime(),
    finishedAt: z.exactOptional(z.iso.datetime()),
    /** From creation to the end; absent while it runs. */
    durationMs: z.exactOptional(count),
    labels: labelsSchema,
    policy: policySchema,
    ruleSet: z.string(),
    seeds: z.array(z.strictObject({ id: z.string(), title: z.string(), text: z.string(), tags: z.array(z.string()) })),
  }),
  totals: z.strictObject({
    ideas: count,
    scored: count,
    unscored: count,
    stable: count,
    nearDuplicates: count,
    rounds: count,
    depth: count,
  }),
  /** `builtin`: some idea or score came from the built-in combiner, which is no language model. */
  models: z.strictObject({
    wrote: z.array(z.string()),
    judged: z.array(z.string()),
    sameWroteAndJudged: z.boolean(),
    builtin: z.boolean(),
  }),
  spending: z.strictObject({
    accounts: accountsSchema,
    byStage: z.array(stageSpendingSchema),
    byModel: z.array(modelSpendingSchema),
  }),
  rounds: z.array(reportRoundSchema),
  ideas: z.array(reportIdeaSchema),
  tree: z.array(treeNodeSchema),
  experiments: z.array(reportExperimentSchema),
  /** Variations that were refused as too close to something known, by the idea that was varied. */
  nearDuplicates: z.array(z.strictObject({ idea: named, round: count, count: z.int().min(1) })),
  /** Work that was given up. */
  dead: z.array(z.strictObject({ mechanism: z.string(), code: z.string(), message: z.string(), attempts: count })),
});
export type Report = z.infer<typeof reportSchema>;
