import { newest } from '../../../domain/assessment.ts';
import { NireonError } from '../../../domain/errors.ts';
import type { FrameOutcome, NewFrame } from '../../../domain/frame.ts';
import type { NewSignal, Signal } from '../../../domain/signal.ts';
import type { SessionCreation, StepCommit } from '../../../domain/step-commit.ts';
import type { NewWork } from '../../../domain/work.ts';
import type { CommitResult, Store } from '../../../ports/store.ts';
import type { Database } from './database.ts';
import { freeze, keep, newFrameRow, newWorkRow, type IdeaRow, type SessionRow } from './tables.ts';

export function createSession(db: Database, creation: SessionCreation): Awaited<ReturnType<Store['createSession']>> {
  const existing = db.sessions.get(creation.session.id);
  if (existing) {
    if (existing.requestDigest !== creation.requestDigest) {
      throw new NireonError('SESSION_CONFLICT', `session ${creation.session.id} exists with another request; choose another id`);
    }
    return { created: false, session: keep(existing.session), signals: [] };
  }
  const now = db.now();
  const time = db.time();
  const row: SessionRow = {
    session: {
      ...keep(creation.session),
      status: 'running',
      openWork: 0,
      sequence: 0,
      tally: { ideas: 0, scored: 0, unscored: 0, stable: 0, nearDuplicates: 0 },
      createdAt: time,
      deadlineAt: new Date(now + creation.session.policy.deadlineMs).toISOString(),
    },
    requestDigest: creation.requestDigest,
    running: 0,
    servedAt: 0,
    work: [],
    signals: [],
    ideas: [],
    frames: [],
    traces: [],
    journal: [],
  };
  db.sessions.set(creation.session.id, row);
  addFrames(db, row, creation.frames);
  for (const idea of creation.ideas) addIdea(db, row, { ...idea, createdAt: time });
  addWork(db, row, creation.work);
  const signals = addSignals(
    db,
    row,
    creation.signals.map((signal) => ({ ...signal, time })),
  );
  return { created: true, session: keep(row.session), signals };
}

export function commitStep(db: Database, step: StepCommit): CommitResult {
  const work = db.work.get(step.workId);
  if (!work || work.item.state !== 'running' || work.item.attempt !== step.attempt) return { kind: 'fenced' };
  const row = db.session(step.sessionId);
  const { session } = row;
  const { item } = work;
  const level = item.levelFrameId === undefined ? undefined : db.frames.get(item.levelFrameId);
  const allWork = [...step.work, ...(step.closes?.work ?? [])];
  const open = allWork.filter((w) => !w.dead);
  const stopping = session.status !== 'running';

  const openWork = session.openWork - 1 + open.length;
  const levelOpen = level ? (level.frame.open ?? 0) - 1 + open.filter((w) => w.levelFrameId === item.levelFrameId).length : undefined;
  const mismatch =
    (levelOpen === 0) !== (step.closes !== undefined) || (openWork === 0) !== (step.ends !== undefined) || (stopping && open.length > 0);
  if (mismatch) throw new NireonError('CLOSE_MISMATCH', `work ${step.workId}: the counters moved`);
  checkReferences(db, row, step);

  const { version, outcome, digest, sight, code, message } = keep(step);
  Object.assign(item, { state: step.state, version, outcome, sight, endedAt: db.time() });
  Object.assign(item, digest === undefined ? {} : { digest }, code === undefined ? {} : { code }, message === undefined ? {} : { message });
  delete item.owner;
  delete item.leaseUntil;
  row.running--;
  session.openWork -= 1;
  if (level) level.frame.open = (level.frame.open ?? 0) - 1;

  addFrames(db, row, [...step.frames, ...(step.closes?.frames ?? [])]);
  for (const idea of step.ideas) addIdea(db, row, keep(idea));
  const made = { round: item.round, workId: item.id };
  for (const vector of step.vectors) {
    const values = vector.values.slice();
    db.ideas.get(vector.ideaId)!.vectors.push({ vector: { ...vector, values }, ...made });
  }
  for (const assessment of step.assessments) addAssessment(db, row, keep(assessment), made);
  for (const trace of step.traces) row.traces.push({ trace: keep(trace), round: item.round });
  session.tally = { ...session.tally, nearDuplicates: session.tally.nearDuplicates + (step.outcome.nearDuplicates ?? 0) };

  addWork(db, row, allWork);
  if (step.closes) finishFrames(db, row, step.closes.levelFrameId, stopping);
  if (step.ends) {
    Object.assign(session, { status: 'finished', reason: step.ends.reason, finishedAt: db.time() });
    if (step.ends.code !== undefined) session.code = step.ends.code;
    finishFrames(db, row, session.frameId, stopping);
  }
  const told = [...step.signals, ...(step.closes?.signal ? [step.closes.signal] : []), ...(step.ends ? [step.ends.signal] : [])];
  return { kind: 'applied', signals: addSignals(db, row, told), openWork: session.openWork };
}

function checkReferences(db: Database, row: SessionRow, step: StepCommit): void {
  const newIdeas = new Set(step.ideas.map((idea) => idea.id));
  const newFrames = new Set([...step.frames, ...(step.closes?.frames ?? [])].map((frame) => frame.id));
  const missing = (what: string, id: string): never => {
    throw new NireonError('STORE_REFERENCE_UNKNOWN', `work ${step.workId} names ${what} ${id}, which is not stored`);
  };
  const needIdea = (id: string): void => {
    if (!newIdeas.has(id) && db.ideas.get(id)?.idea.sessionId !== step.sessionId) missing('idea', id);
  };
  const needFrame = (id: string): void => {
    if (!newFrames.has(id) && db.frames.get(id)?.frame.sessionId !== step.sessionId) missing('frame', id);
  };
  const taken = (what: string, id: string): never => {
    throw new NireonError('STORE_CONFLICT', `work ${step.workId} brings ${what} ${id}, which is there already`);
  };
  for (const idea of step.ideas) {
    if (db.ideas.has(idea.id)) taken('idea', idea.id);
    if (row.ideas.some((other) => other.idea.contentHash === idea.contentHash && other.idea.id === idea.id)) taken('idea', idea.id);
    idea.parentIds.forEach(needIdea);
    needFrame(idea.frameId);
  }
  for (const { ideaId } of [...step.assessments, ...step.vectors]) needIdea(ideaId);
  for (const frame of [...step.frames, ...(step.closes?.frames ?? [])]) {
    if (db.frames.has(frame.id)) taken('frame', frame.id);
    if (frame.parentId !== undefined) needFrame(frame.parentId);
  }
  for (const work of [...step.work, ...(step.closes?.work ?? [])]) {
    if (db.work.has(work.id)) taken('work', work.id);
    needFrame(work.frameId);
  }
  for (const signal of [...step.signals, ...(step.closes?.signal ? [step.closes.signal] : [])]) {
    if (db.signals.has(signal.id)) taken('signal', signal.id);
    needFrame(signal.frameid);
  }
}

function addFrames(db: Database, row: SessionRow, frames: readonly NewFrame[]): void {
  for (const frame of frames) {
    const made = newFrameRow(frame);
    db.frames.set(frame.id, made);
    row.frames.push(made);
    if (frame.kind === 'level') row.session.round = Math.max(row.session.round, frame.round);
  }
}

function addIdea(db: Database, row: SessionRow, idea: IdeaRow['idea']): void {
  const made: IdeaRow = { idea: freeze(idea), age: db.nextAge(), assessments: [], vectors: [] };
  db.ideas.set(idea.id, made);
  row.ideas.push(made);
  if (idea.method !== 'seed') row.session.tally = { ...row.session.tally, ideas: row.session.tally.ideas + 1 };
}

function addAssessment(
  db: Database,
  row: SessionRow,
  assessment: StepCommit['assessments'][number],
  made: { round: number; workId: string },
): void {
  const idea = db.ideas.get(assessment.ideaId)!;
  recount(row, idea, () => idea.assessments.push({ assessment, ...made }));
}

/** Takes back the assessments that a work item's death left. */
export function takeBack(db: Database, idea: IdeaRow, workId: string): void {
  const kept = idea.assessments.filter((a) => a.workId !== workId);
  if (kept.length < idea.assessments.length)
    recount(db.session(idea.idea.sessionId), idea, () => idea.assessments.splice(0, Infinity, ...kept));
}

/** Keeps the session's tally right over a change of an idea's assessments. */
function recount(row: SessionRow, { assessments }: IdeaRow, change: () => void): void {
  const before = newest(assessments.map((a) => a.assessment));
  change();
  const after = newest(assessments.map((a) => a.assessment));
  const tally = { ...row.session.tally };
  for (const [counted, sign] of [[before, -1] as const, [after, 1] as const]) {
    if (!counted) continue;
    tally[counted.status] += sign;
    if (counted.stable) tally.stable += sign;
  }
  row.session.tally = tally;
}

function addWork(db: Database, row: SessionRow, work: readonly NewWork[]): void {
  for (const one of work) {
    const made = newWorkRow(one, db.time(), db.now(), db.nextAge());
    db.work.set(one.id, made);
    row.work.push(made);
    if (one.dead) continue;
    row.session.openWork += 1;
    const level = one.levelFrameId === undefined ? undefined : db.frames.get(one.levelFrameId);
    if (level) level.frame.open = (level.frame.open ?? 0) + 1;
  }
}

function addSignals(db: Database, row: SessionRow, signals: readonly NewSignal[]): Signal[] {
  return signals.map((signal) => {
    row.session.sequence += 1;
    const stored = freeze({ ...structuredClone(signal), sequence: row.session.sequence }) as Signal;
    row.signals.push(stored);
    db.signals.set(stored.id, stored);
    if (db.keepsOutbox) db.outbox.set(stored.id, { signal: stored, at: db.now() });
    return stored;
  });
}

/** The frame and those below it. */
function finishFrames(db: Database, row: SessionRow, id: string, stopping: boolean): void {
  const below = (frameId: string | undefined): boolean =>
    frameId !== undefined && (frameId === id || below(db.frames.get(frameId)?.frame.parentId));
  for (const made of row.frames) {
    if (made.frame.status === 'finished' || !below(made.frame.id)) continue;
    const outcome: FrameOutcome = made.refused
      ? 'budget'
      : stopping
        ? 'stopped'
        : row.session.reason === 'failed' && id === row.session.frameId
          ? 'failed'
          : 'done';
    Object.assign(made.frame, { status: 'finished', outcome });
  }
}
