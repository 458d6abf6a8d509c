import { z } from 'zod';
import { atMost } from '../../domain/at-most.ts';
import { critiqueSchema, evidenceSchema, type Assessment, type Critique, type Evidence } from '../../domain/assessment.ts';
import type { Idea } from '../../domain/idea.ts';
import type { AssessmentDraft, LlmValue, MechanismContext, NoValue, OperationResult, SignalDraft } from '../../ports/mechanism.ts';
import type { Material } from '../../ports/llm.ts';
import type { SentinelConfig } from './config.ts';
import { novelty, score } from './score.ts';

type Context = MechanismContext<SentinelConfig>;
const role = 'sentinel-evaluator';
const rejudgedSchema = critiqueSchema.extend({ evidence: evidenceSchema });

/** The first score of an idea: novelty measured against what is visible, align and feas judged. */
export async function assess({ ideaId }: { ideaId: string }, context: Context): Promise<OperationResult> {
  const { config } = context;
  const idea = find(ideaId, context);
  const novel = await measuredNovelty(idea, context);
  // What cannot be scored is not judged either: the call would be paid for nothing.
  if (novel === undefined) return assessed(idea, unscored(ideaId, 1, 'EMBEDDER_FAILED', config), context);
  const answers = await judge(idea, 'judge', [], critiqueSchema, context);
  const judges = judgesOf(answers, 'judge');
  const failed = answers.find((answer) => !answer.ok);
  if (failed) return assessed(idea, { ...unscored(ideaId, 1, failed.code, config), axes: { novel }, judges }, context);
  const critiques = answers.flatMap((answer) => (answer.ok ? [answer.value] : []));
  const scored = score(critiques, novel, config);
  return assessed(idea, { ...base(ideaId, 1, config), status: 'scored', ...scored, critiques, judges }, context);
}

/** The next revision after an experiment: judged again with its result; novelty stays. Without an answer the score it has stands. */
export async function reassess(
  { ideaId, claim, result }: { ideaId: string; claim: string; result: z.core.util.JSONType },
  context: Context,
): Promise<OperationResult> {
  const { config } = context;
  const idea = find(ideaId, context);
  const before = context.visible.assessment(ideaId);
  const novel = before?.axes.novel ?? (await measuredNovelty(idea, context));
  if (novel === undefined) return { outcome: { result: 'unchanged', code: 'EMBEDDER_FAILED' } };
  const material = [
    { label: 'claim', text: claim },
    { label: 'result', text: JSON.stringify(result) },
  ];
  const answers = await judge(idea, 'rejudge', material, rejudgedSchema, context);
  const failed = answers.find((answer) => !answer.ok);
  if (failed) return { outcome: { result: 'unchanged', code: failed.code } };
  const values = answers.flatMap((answer) => (answer.ok ? [answer.value] : []));
  const critiques = values.map(({ weaknesses, grades, rationale }): Critique => ({ weaknesses, grades, rationale }));
  const evidence = verdict(values.map((value) => value.evidence));
  const scored = score(critiques, novel, config, evidence);
  const revision = (before?.revision ?? 0) + 1;
  const judges = judgesOf(answers, 'rejudge');
  return assessed(idea, { ...base(ideaId, revision, config), status: 'scored', ...scored, critiques, evidence, judges }, context);
}

/** What a dead item leaves: the idea stands unscored. */
export function unscored(ideaId: string, revision: number, reason: string, config: SentinelConfig): AssessmentDraft {
  return { ...base(ideaId, revision, config), status: 'unscored', reason };
}

function base(ideaId: string, revision: number, config: SentinelConfig): Omit<AssessmentDraft, 'status'> {
  return {
    ideaId,
    revision,
    basis: 'judges',
    axes: {},
    rejection: [],
    critiques: [],
    weights: config.weights,
    thresholds: { trust: config.trustThreshold, minAxis: config.minAxis },
    judges: [],
  };
}

function find(ideaId: string, context: Context): Idea {
  const idea = context.visible.idea(ideaId);
  if (!idea) throw new Error(`idea ${ideaId} is not visible`);
  return idea;
}

/** Against every other visible idea, seeds and siblings included; unknown without a vector. */
async function measuredNovelty(idea: Idea, { visible, config }: Context): Promise<number | undefined> {
  const vector = visible.vector(idea.id);
  if (!vector) return undefined;
  const [nearest] = await visible.nearest(vector, 1, [idea.id]);
  return novelty(nearest?.cosine ?? -1, config);
}

function judge<T>(
  idea: Idea,
  name: 'judge' | 'rejudge',
  more: readonly Material[],
  answer: z.ZodType<T>,
  { llm, visible, config }: Context,
): Promise<(LlmValue<T> | NoValue)[]> {
  const parent = idea.parentIds[0] === undefined ? undefined : visible.idea(idea.parentIds[0]);
  const material: Material[] = [
    { label: 'idea', text: `${idea.title}\n\n${idea.text}` },
    ...(parent ? [{ label: 'parent title', text: parent.title }] : []),
    ...more,
  ];
  const ordinals = Array.from({ length: config.judges }, (_, ordinal) => ordinal);
  return atMost(config.judges, ordinals, (ordinal) =>
    llm({ name, ordinal, stage: 'critique', role, subject: idea.id, material, answer, temperature: 0.2, maxOutputTokens: 700 }),
  );
}

function judgesOf(answers: readonly (LlmValue<unknown> | NoValue)[], rubric: string): Assessment['judges'] {
  return answers.flatMap((answer) =>
    answer.ok ? [{ model: answer.model, rubric, promptDigest: answer.promptDigest, effectIds: [...answer.effectIds] }] : [],
  );
}

/** One judge that refutes is heard; else the most frequent word, doubt first. */
function verdict(all: readonly Evidence[]): Evidence {
  if (all.includes('refutes')) return 'refutes';
  return all.filter((e) => e === 'supports').length * 2 > all.length ? 'supports' : 'inconclusive';
}

function assessed(idea: Idea, draft: AssessmentDraft, context: Context): OperationResult {
  const { revision, status, axes, trust, stable, reason } = draft;
  const signal: SignalDraft = {
    type: 'idea.assessed',
    subject: idea.id,
    depth: idea.depth,
    data: {
      ideaId: idea.id,
      assessmentId: context.ids.assessment(0),
      revision,
      method: idea.method,
      status,
      axes,
      ...(trust === undefined ? {} : { trust }),
      ...(stable === undefined ? {} : { stable }),
      ...(reason === undefined ? {} : { reason }),
    },
  };
  return { assessments: [draft], signals: [signal], outcome: { result: 'assessed', ...(reason === undefined ? {} : { code: reason }) } };
}
