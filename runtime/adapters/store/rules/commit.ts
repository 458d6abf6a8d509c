import type { Assessment } from '../../../domain/assessment.ts';
import { NireonError } from '../../../domain/errors.ts';
import type { FrameOutcome, NewFrame } from '../../../domain/frame.ts';
import type { Session, Tally } from '../../../domain/session.ts';
import type { NewSignal } from '../../../domain/signal.ts';
import type { StepCommit } from '../../../domain/step-commit.ts';
import type { NewWork, WorkItem } from '../../../domain/work.ts';

/** All that a commit brings, its closing included, in the order in which it is written. */
export const workOf = (step: StepCommit): NewWork[] => [...step.work, ...(step.closes?.work ?? [])];
export const framesOf = (step: StepCommit): NewFrame[] => [...step.frames, ...(step.closes?.frames ?? [])];
export const signalsOf = (step: StepCommit): NewSignal[] => [
  ...step.signals,
  ...(step.closes?.signal ? [step.closes.signal] : []),
  ...(step.ends ? [step.ends.signal] : []),
];

/** CLOSE_MISMATCH unless the commit closes its level if and only if it ends the level's last item, and likewise the session. */
export function checkCounters(
  step: StepCommit,
  item: Pick<WorkItem, 'levelFrameId'>,
  now: { readonly openWork: number; readonly levelOpen?: number | undefined; readonly status: Session['status'] },
): void {
  const work = workOf(step);
  const added = work.filter((w) => !w.dead);
  const openWork = now.openWork - 1 + added.length;
  const levelOpen =
    now.levelOpen === undefined ? undefined : now.levelOpen - 1 + added.filter((w) => w.levelFrameId === item.levelFrameId).length;
  const right =
    (levelOpen === 0) === (step.closes !== undefined) &&
    (step.closes === undefined || step.closes.levelFrameId === item.levelFrameId) &&
    (openWork === 0) === (step.ends !== undefined) &&
    (now.status === 'running' || work.length === 0);
  if (right) return;
  throw new NireonError(
    'CLOSE_MISMATCH',
    `work ${step.workId} leaves ${openWork} items open in the session${levelOpen === undefined ? '' : ` and ${levelOpen} in its level`}`,
  );
}

/** STORE_REFERENCE_UNKNOWN for an idea or a frame that is neither in the session nor in the commit. */
export function checkReferences(step: StepCommit, stored: { idea(id: string): boolean; frame(id: string): boolean }): void {
  const frames = framesOf(step);
  const ideaIds = new Set(step.ideas.map((idea) => idea.id));
  const frameIds = new Set(frames.map((frame) => frame.id));
  const missing = (what: string, id: string): never => {
    throw new NireonError('STORE_REFERENCE_UNKNOWN', `work ${step.workId} names ${what} ${id}, which is not stored`);
  };
  // Each id is looked up once.
  const idea = (id: string): unknown => ideaIds.has(id) || (stored.idea(id) ? ideaIds.add(id) : missing('idea', id));
  const frame = (id: string | undefined): unknown =>
    id === undefined || frameIds.has(id) || (stored.frame(id) ? frameIds.add(id) : missing('frame', id));
  for (const one of step.ideas) {
    one.parentIds.forEach(idea);
    frame(one.frameId);
  }
  for (const { ideaId } of [...step.assessments, ...step.vectors]) idea(ideaId);
  for (const { parentId } of frames) frame(parentId);
  for (const { frameId, levelFrameId } of workOf(step)) {
    frame(frameId);
    frame(levelFrameId);
  }
  for (const { frameId } of step.traces) frame(frameId);
  for (const { frameid } of signalsOf(step)) frame(frameid);
}

/** The tally over a change of an idea's newest assessment. */
export function recounted(tally: Tally, before: Assessment | undefined, after: Assessment | undefined): Tally {
  const next = { ...tally };
  if (before) next[before.status] -= 1;
  if (before?.stable) next.stable -= 1;
  if (after) next[after.status] += 1;
  if (after?.stable) next.stable += 1;
  return next;
}

/** Outcome of the frames that a closing finishes; those that were refused something for budget have `budget` instead. */
export function outcomeOf(how: { readonly stopping: boolean; readonly failed: boolean }): FrameOutcome {
  if (how.stopping) return 'stopped';
  return how.failed ? 'failed' : 'done';
}
