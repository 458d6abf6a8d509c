import type { ErrorCode } from '../domain/errors.ts';
import { levelFrameId, levelSignalId, finishedSignalId, seedSignalId } from '../domain/ids.ts';
import { fill } from '../domain/resources.ts';
import type { Reason, Session, Tally } from '../domain/session.ts';
import type { Idea } from '../domain/idea.ts';
import { newest, type Assessment } from '../domain/assessment.ts';
import type { NewSignal } from '../domain/signal.ts';
import type { StepCommit } from '../domain/step-commit.ts';
import type { Outcome, WorkItem } from '../domain/work.ts';
import type { Counters, LevelRecords, Store } from '../ports/store.ts';
import { summariseLevel } from './level-summary.ts';
import { envelope, route } from './routing.ts';
import type { KnownSession } from './session-facts.ts';
import { emitterOf, type Step } from './step.ts';

type Reads = Pick<Store, 'counters' | 'level' | 'getSession' | 'getIdea' | 'listIdeas' | 'listWork' | 'budgets'>;

/**
 * Completes a step into a commit: routes its signals, and if its item is the last one open of its level or session, adds what that
 * causes. Reads the counters first; the store refuses the commit (CLOSE_MISMATCH) when they have moved, and this is called again.
 */
export async function completeStep(store: Reads, known: KnownSession, item: WorkItem, step: Step, instance: string): Promise<StepCommit> {
  const counters = await store.counters(item.sessionId, item.levelFrameId);
  const stopping = counters.status !== 'running';
  const emitter = emitterOf({ item, instance });
  // In a stopping session signals are logged, not routed.
  const routed = stopping ? { work: [], frames: [], signals: [] } : route(known, step.signals, emitter, step.frames);
  let commit: StepCommit = {
    ...step,
    frames: [...step.frames, ...routed.frames],
    signals: [...step.signals, ...routed.signals],
    work: routed.work,
  };

  const added = routed.work.filter((w) => !w.dead);
  let addedToSession = added.length;
  const levelOpen = (counters.levelOpen ?? 0) - 1 + added.filter((w) => w.levelFrameId === item.levelFrameId).length;
  if (item.levelFrameId !== undefined && levelOpen === 0) {
    const closes = stopping
      ? { levelFrameId: item.levelFrameId, work: [], frames: [], signals: [] }
      : closeLevel(known, await store.level(item.sessionId, item.levelFrameId), step, instance, item.createdAt);
    const { signals, ...rest } = closes;
    commit = { ...commit, signals: [...commit.signals, ...signals], closes: rest };
    addedToSession += closes.work.filter((w) => !w.dead).length;
  }
  if (counters.openWork - 1 + addedToSession === 0) {
    commit = { ...commit, ends: await endSession(store, known, item, commit, counters, instance) };
  }
  return commit;
}

type Closing = NonNullable<StepCommit['closes']> & { readonly signals: readonly NewSignal[] };

/** level.assessed and the work it causes in the root frame, which counts as of the next round. */
function closeLevel(known: KnownSession, records: LevelRecords, step: Step, instance: string, time: string): Closing {
  const { frame } = records;
  const summary = summariseLevel(records, {
    ideas: step.ideas,
    assessments: step.assessments,
    nearDuplicates: step.outcome.nearDuplicates ?? 0,
  });
  const signal = envelope({ instance, time }, 'accounting', {
    id: levelSignalId(frame.id),
    type: 'level.assessed',
    subject: frame.id,
    sessionId: known.facts.id,
    frameId: known.facts.frameId,
    depth: summary.depth,
    parentIds: records.planted.map((planted) => planted.id),
    data: summary,
  });
  const { work, frames, signals } = route(known, [signal], { instance, round: frame.round + 1, chain: [], time });
  return { levelFrameId: frame.id, signal, work, frames, signals };
}

/** session.finished: with the planner's reason, the stop's, or `failed` and the code of what died. */
async function endSession(
  store: Reads,
  known: KnownSession,
  item: WorkItem,
  commit: StepCommit,
  counters: Counters,
  instance: string,
): Promise<NonNullable<StepCommit['ends']>> {
  const session = await store.getSession(item.sessionId);
  if (!session) throw new Error(`session ${item.sessionId} vanished`);
  const { reason, code } =
    counters.status === 'stopping'
      ? { reason: session.reason ?? ('cancelled' as Reason), code: undefined }
      : await conclusion(store, item, commit);
  const [results, [budget]] = await Promise.all([sessionResults(store, session, commit), store.budgets(session.id, [session.frameId])]);
  const { best } = results;
  const lastLevel = commit.closes?.signal ?? (await lastAssessedLevel(store, session.id, session.round));
  const signal = envelope({ instance, time: item.createdAt }, 'accounting', {
    id: finishedSignalId(session.id),
    type: 'session.finished',
    subject: session.id,
    sessionId: session.id,
    frameId: session.frameId,
    depth: best?.depth ?? 0,
    parentIds: lastLevel ? [lastLevel.id] : Array.from({ length: known.seeds }, (_, i) => seedSignalId(session.id, i)),
    data: {
      reason,
      ...(code === undefined ? {} : { code }),
      ...(best ? { best: { ideaId: best.ideaId, title: best.title, trust: best.trust } } : {}),
      counts: results.counts,
      spent: fill(budget?.spent ?? {}),
      rounds: session.round,
    },
  });
  return { signal, reason, ...(code === undefined ? {} : { code }) };
}

interface Best {
  readonly ideaId: string;
  readonly title: string;
  readonly depth: number;
  readonly trust: number;
  readonly stable: boolean;
}

/** Counts and best idea with what the ending commit itself adds (a stopped session may end in any item). */
async function sessionResults(store: Reads, session: Session, commit: StepCommit): Promise<{ counts: Tally; best: Best | undefined }> {
  const counts = { ...session.tally, ideas: session.tally.ideas + commit.ideas.length };
  counts.nearDuplicates += commit.outcome.nearDuplicates ?? 0;
  const candidates: Best[] = [];
  const offer = (idea: Idea, a: Assessment | undefined): void => {
    if (a?.trust === undefined) return;
    candidates.push({ ideaId: idea.id, title: idea.title, depth: idea.depth, trust: a.trust, stable: a.stable ?? false });
  };
  const changed = new Set(commit.assessments.map((a) => a.ideaId));
  for (const ideaId of changed) {
    const stored = await store.getIdea(ideaId);
    const before = newest(stored?.assessments ?? []);
    const after = newest([...(stored?.assessments ?? []), ...commit.assessments.filter((a) => a.ideaId === ideaId)]);
    for (const [assessment, sign] of [[before, -1] as const, [after, 1] as const]) {
      if (!assessment) continue;
      counts[assessment.status] += sign;
      if (assessment.stable) counts.stable += sign;
    }
    const idea = stored?.idea ?? commit.ideas.find((own) => own.id === ideaId);
    if (idea) offer(idea, after);
  }
  const top = await store.listIdeas(session.id, { sort: 'trust', seeds: false }, { limit: 1 + changed.size });
  for (const { idea, assessment } of top.items) if (!changed.has(idea.id)) offer(idea, assessment);
  // The stored order is kept between equals: Array.sort is stable, and what was there before comes after what this commit adds.
  const [best] = candidates.sort((a, b) => Number(b.stable) - Number(a.stable) || b.trust - a.trust);
  return { counts, best };
}

async function lastAssessedLevel(store: Reads, sessionId: string, round: number): Promise<{ id: string } | undefined> {
  const records = await store.level(sessionId, levelFrameId(sessionId, round));
  if (records.frame.outcome !== undefined && records.frame.outcome !== 'stopped') return { id: levelSignalId(records.frame.id) };
  return records.previous ? { id: levelSignalId(records.previous.frameId) } : undefined;
}

async function conclusion(store: Reads, item: WorkItem, commit: StepCommit): Promise<{ reason: Reason; code: string | undefined }> {
  const finish = commit.outcome.finish ?? (await earlierFinish(store, item.sessionId));
  if (finish) return { reason: finish.reason, code: finish.code };
  const dead = [...(commit.closes?.work ?? []), ...commit.work].find((w) => w.dead)?.dead;
  const fallback: ErrorCode = 'SESSION_UNPLANNED';
  return { reason: 'failed', code: dead?.code ?? commit.code ?? (await lastDeath(store, item.sessionId)) ?? fallback };
}

/** Another item of the root frame may have ended after the planner: rare, so looked up only then. */
async function earlierFinish(store: Reads, sessionId: string): Promise<Outcome['finish']> {
  for await (const work of allWork(store, sessionId)) if (work.outcome?.finish) return work.outcome.finish;
  return undefined;
}

async function lastDeath(store: Reads, sessionId: string): Promise<string | undefined> {
  let code: string | undefined;
  for await (const work of allWork(store, sessionId)) if (work.state === 'dead' && work.levelFrameId === undefined) code = work.code;
  return code;
}

async function* allWork(store: Reads, sessionId: string): AsyncGenerator<WorkItem> {
  let cursor: string | undefined;
  do {
    const page = await store.listWork(sessionId, { limit: 500, ...(cursor === undefined ? {} : { cursor }) });
    yield* page.items;
    cursor = page.next;
  } while (cursor !== undefined);
}
