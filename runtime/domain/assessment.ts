import { z } from 'zod';

/** Scores are rounded when made, so that equality is meant literally. */
export const round4 = (x: number): number => Math.round(x * 1e4) / 1e4;

const axis = z.number().min(1).max(10);
export const axesSchema = z.strictObject({ align: z.exactOptional(axis), feas: z.exactOptional(axis), novel: z.exactOptional(axis) });
export type Axes = z.infer<typeof axesSchema>;

export const criteria = ['objective', 'constraints', 'effect', 'means', 'effort', 'risk'] as const;
const grade = z.int().min(0).max(4);
export const gradesSchema = z.strictObject({
  objective: grade,
  constraints: grade,
  effect: grade,
  means: grade,
  effort: grade,
  risk: grade,
});
export type Grades = z.infer<typeof gradesSchema>;

/** What a judge answers. */
export const critiqueSchema = z.strictObject({
  weaknesses: z.array(z.string().min(1).max(200)).min(1).max(3),
  grades: gradesSchema,
  rationale: z.string().min(1).max(600),
});
export type Critique = z.infer<typeof critiqueSchema>;

export const evidenceSchema = z.enum(['supports', 'refutes', 'inconclusive']);
export type Evidence = z.infer<typeof evidenceSchema>;
export const rejectionSchema = z.enum(['trust', 'align', 'feas', 'novel', 'evidence']);

/** A versioned score of an idea: scored with trust and stable, or unscored with the reason. */
export const assessmentSchema = z.strictObject({
  id: z.string(),
  ideaId: z.string(),
  revision: z.int().min(1),
  basis: z.literal('judges'),
  status: z.enum(['scored', 'unscored']),
  reason: z.exactOptional(z.string()),
  axes: axesSchema,
  trust: z.exactOptional(z.number().min(0).max(10)),
  stable: z.exactOptional(z.boolean()),
  rejection: z.array(rejectionSchema),
  critiques: z.array(critiqueSchema),
  /** Highest minus lowest trust over the judges. */
  spread: z.exactOptional(z.number()),
  evidence: z.exactOptional(evidenceSchema),
  weights: z.strictObject({ align: z.number(), feas: z.number(), novel: z.number() }),
  thresholds: z.strictObject({ trust: z.number(), minAxis: z.number() }),
  judges: z.array(z.strictObject({ model: z.string(), rubric: z.string(), promptDigest: z.string(), effectIds: z.array(z.string()) })),
  workId: z.string(),
  createdAt: z.iso.datetime(),
});
export type Assessment = z.infer<typeof assessmentSchema>;

/** Newest means the highest revision; of two with the same, the greater id. */
export function newest(assessments: Iterable<Assessment>): Assessment | undefined {
  let found: Assessment | undefined;
  for (const a of assessments) {
    if (!found || a.revision > found.revision || (a.revision === found.revision && a.id > found.id)) found = a;
  }
  return found;
}
