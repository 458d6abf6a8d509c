import { z } from 'zod';
import { axesSchema } from '../domain/assessment.ts';
import { NireonError } from '../domain/errors.ts';
import type { Budget } from '../domain/frame.ts';
import { type ResourceName, resourceNames } from '../domain/resources.ts';
import { labelsSchema, pinsSchema, policySchema, reasonSchema, type Session, sessionIdSchema } from '../domain/session.ts';
import type { RankedIdea, Store } from '../ports/store.ts';
import { readAll } from './read-all.ts';

const amount = z.int().min(0);

/** A scored idea in a ranking. */
export const rankedSchema = z.strictObject({
  ideaId: z.string(),
  title: z.string(),
  trust: z.number().min(0).max(10),
  stable: z.boolean(),
  axes: axesSchema,
  depth: amount,
  parentIds: z.array(z.string()),
});
export type Ranked = z.infer<typeof rankedSchema>;

/** Of one resource: the limit, and what is taken of it. `lost` counts against the limit but is not known to be spent. */
export const accountSchema = z.strictObject({ limit: amount, spent: amount, reserved: amount, lost: amount });
export type Account = z.infer<typeof accountSchema>;

export const accountsSchema = z.strictObject({
  llmCalls: accountSchema,
  inputTokens: accountSchema,
  outputTokens: accountSchema,
  costMicroUsd: accountSchema,
  embeddings: accountSchema,
  protoRuns: accountSchema,
  protoCpuMs: accountSchema,
});
export type Accounts = z.infer<typeof accountsSchema>;

/** What people and programs are shown of a session. */
export const sessionViewSchema = z.strictObject({
  id: sessionIdSchema,
  objective: z.string(),
  status: z.enum(['running', 'stopping', 'finished']),
  reason: z.exactOptional(reasonSchema),
  code: z.exactOptional(z.string()),
  createdAt: z.iso.datetime(),
  deadlineAt: z.iso.datetime(),
  finishedAt: z.exactOptional(z.iso.datetime()),
  labels: labelsSchema,
  policy: policySchema,
  pins: pinsSchema,
  budget: accountsSchema,
  progress: z.strictObject({
    round: amount,
    /** Of the deepest idea. */
    depth: amount,
    openWork: amount,
    /** Seeds are not counted. */
    ideas: amount,
    scored: amount,
    unscored: amount,
    stable: amount,
    nearDuplicates: amount,
  }),
  best: z.exactOptional(rankedSchema),
  top: z.array(rankedSchema).max(5),
});
export type SessionView = z.infer<typeof sessionViewSchema>;

/** The view of a session that was read before; composed of reads, each consistent in itself. */
export async function viewOf(store: Store, session: Session): Promise<SessionView> {
  const [budgets, best, ideas] = await Promise.all([
    store.budgets(session.id, [session.frameId]),
    store.listIdeas(session.id, { sort: 'trust', seeds: false }, { limit: 5 }),
    readAll((page) => store.listIdeas(session.id, { sort: 'created', seeds: false }, page)),
  ]);
  const top = best.items.flatMap((entry) => ranked(entry) ?? []);
  return {
    id: session.id,
    objective: session.objective,
    status: session.status,
    ...(session.reason === undefined ? {} : { reason: session.reason }),
    ...(session.code === undefined ? {} : { code: session.code }),
    createdAt: session.createdAt,
    deadlineAt: session.deadlineAt,
    ...(session.finishedAt === undefined ? {} : { finishedAt: session.finishedAt }),
    labels: session.labels,
    policy: session.policy,
    pins: session.pins,
    budget: accounts(session, budgets[0]),
    progress: {
      round: session.round,
      depth: ideas.reduce((deepest, { idea }) => Math.max(deepest, idea.depth), 0),
      openWork: session.openWork,
      ...session.tally,
    },
    ...(top[0] === undefined ? {} : { best: top[0] }),
    top,
  };
}

/** SESSION_UNKNOWN if there is none with this id. */
export async function sessionView(store: Store, id: string): Promise<SessionView> {
  return viewOf(store, await knownSession(store, id));
}

/** The session, or SESSION_UNKNOWN. */
export async function knownSession(store: Store, id: string): Promise<Session> {
  const session = await store.getSession(id);
  if (session === undefined) throw new NireonError('SESSION_UNKNOWN', `there is no session ${id}`);
  return session;
}

/** Absent while the idea has no score. */
export function ranked({ idea, assessment }: RankedIdea): Ranked | undefined {
  if (assessment?.trust === undefined) return undefined;
  return {
    ideaId: idea.id,
    title: idea.title,
    trust: assessment.trust,
    stable: assessment.stable ?? false,
    axes: assessment.axes,
    depth: idea.depth,
    parentIds: idea.parentIds,
  };
}

/** The root frame's budget as accounts; nothing taken where there is no budget row yet. */
export function accounts(session: Pick<Session, 'limits'>, root: Budget | undefined): Accounts {
  const account = (name: ResourceName): Account => ({
    limit: session.limits[name],
    spent: root?.spent[name] ?? 0,
    reserved: root?.reserved[name] ?? 0,
    lost: root?.lost[name] ?? 0,
  });
  return Object.fromEntries(resourceNames.map((name) => [name, account(name)])) as Accounts;
}
