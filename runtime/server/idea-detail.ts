import { z } from 'zod';
import { assessmentSchema } from '../domain/assessment.ts';
import { effectKinds } from '../domain/effect.ts';
import { NireonError } from '../domain/errors.ts';
import { ideaSchema } from '../domain/idea.ts';
import { resourcesSchema } from '../domain/resources.ts';
import { readAll } from '../engine/read-all.ts';
import type { Store } from '../ports/store.ts';

const named = z.strictObject({ id: z.string(), title: z.string() });

/** An effect behind an idea or its scores. Never the prompt or the answer. */
export const ideaEffectSchema = z.strictObject({
  id: z.string(),
  workId: z.string(),
  name: z.string(),
  ordinal: z.int(),
  kind: z.enum(effectKinds),
  state: z.string(),
  code: z.exactOptional(z.string()),
  model: z.exactOptional(z.string()),
  usage: resourcesSchema,
  durationMs: z.exactOptional(z.number().min(0)),
});

/** One idea with everything around it; assessments by revision. */
export const ideaDetailSchema = z.strictObject({
  idea: ideaSchema,
  assessments: z.array(assessmentSchema),
  parents: z.array(named),
  children: z.array(named),
  effects: z.array(ideaEffectSchema),
});
export type IdeaDetail = z.infer<typeof ideaDetailSchema>;

/** IDEA_UNKNOWN also for an idea of another session. */
export async function readIdeaDetail(store: Store, sessionId: string, ideaId: string): Promise<IdeaDetail> {
  const found = await store.getIdea(ideaId);
  if (found?.idea.sessionId !== sessionId) throw new NireonError('IDEA_UNKNOWN', `session ${sessionId} has no idea ${ideaId}`);
  const { idea, assessments, children } = found;
  const parents = await Promise.all(idea.parentIds.map(async (id) => (await store.getIdea(id))?.idea ?? { id, title: id }));
  const workIds = [...new Set([idea.workId, ...assessments.map(({ workId }) => workId)])].filter((id) => id !== sessionId);
  const journals = await Promise.all(workIds.map((workId) => readAll((page) => store.listJournal({ sessionId, workId }, page))));
  return {
    idea,
    assessments: assessments.toSorted((a, b) => a.revision - b.revision),
    parents: parents.map(({ id, title }) => ({ id, title })),
    children: children.map(({ id, title }) => ({ id, title })),
    effects: journals.flat().map((entry) => ({
      id: entry.effectId,
      ...{ workId: entry.workId, name: entry.name, ordinal: entry.ordinal, kind: entry.kind, state: entry.state },
      ...(entry.code === undefined ? {} : { code: entry.code }),
      ...(entry.model === undefined ? {} : { model: entry.model }),
      usage: entry.usage,
      ...(entry.finishedAt === undefined ? {} : { durationMs: Date.parse(entry.finishedAt) - Date.parse(entry.startedAt) }),
    })),
  };
}
