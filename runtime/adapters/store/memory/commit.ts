import { NireonError } from '../../../domain/errors.ts';
import type { FrameOutcome } from '../../../domain/frame.ts';
import type { StepCommit } from '../../../domain/step-commit.ts';
import type { StoreCalls } from '../calls.ts';
import { checkCounters, checkReferences, framesOf, outcomeOf, signalsOf, workOf } from '../rules/commit.ts';
import { endingOf } from '../rules/records.ts';
import { freeze, keep } from './copies.ts';
import type { Database, FrameRow, SessionRow } from './database.ts';
import { addFrames, addIdea, addSignals, addWork, amend, openLevel, reassess } from './sessions.ts';

export function createCommit(db: Database): Pick<StoreCalls, 'commit'> {
  return {
    commit(given) {
      const work = db.work.get(given.workId);
      if (work?.item.state !== 'running' || work.item.attempt !== given.attempt) return { kind: 'fenced' };
      const { item } = work;
      const row = db.session(item.sessionId);
      const level = item.levelFrameId === undefined ? undefined : db.frames.get(item.levelFrameId);
      const { openWork, status } = row.session;
      checkCounters(given, item, { openWork, status, levelOpen: level?.frame.open });
      checkReferences(given, {
        idea: (id) => db.ideas.get(id)?.idea.sessionId === item.sessionId,
        frame: (id) => db.frames.get(id)?.frame.sessionId === item.sessionId,
      });
      checkNew(db, given);

      const step = keep(given);
      const { owner: _owner, leaseUntil: _leaseUntil, ...kept } = item;
      work.item = freeze({ ...kept, ...endingOf(step), state: step.state, endedAt: db.time() });
      row.running -= 1;
      row.open.delete(work);
      amend(row, { openWork: openWork - 1 });
      openLevel(db, item.levelFrameId, -1);
      insert(db, row, step, { round: item.round, workId: item.id });
      finish(row, step, db.time());
      return { kind: 'applied', signals: addSignals(db, row, signalsOf(step)), openWork: row.session.openWork };
    },
  };
}

function insert(db: Database, row: SessionRow, step: StepCommit, made: { round: number; workId: string }): void {
  addFrames(db, row, framesOf(step));
  for (const idea of step.ideas) addIdea(db, row, idea);
  for (const vector of step.vectors) db.ideas.get(vector.ideaId)!.vectors.push({ vector, ...made });
  for (const assessment of step.assessments) {
    db.others.add(assessment.id);
    reassess(row, db.ideas.get(assessment.ideaId)!, (list) => list.push({ assessment, ...made }));
  }
  for (const trace of step.traces) {
    db.others.add(trace.id);
    row.traces.push({ trace, round: made.round });
  }
  const { tally } = row.session;
  amend(row, { tally: { ...tally, nearDuplicates: tally.nearDuplicates + (step.outcome.nearDuplicates ?? 0) } });
  addWork(db, row, workOf(step));
}

function finish(row: SessionRow, { closes, ends }: StepCommit, time: string): void {
  const stopping = row.session.status !== 'running';
  const finishWhere = (within: (frame: FrameRow) => boolean, outcome: FrameOutcome): void => {
    for (const made of row.frames) {
      if (made.frame.status === 'finished' || !within(made)) continue;
      made.frame = freeze({ ...made.frame, status: 'finished', outcome: made.refused ? 'budget' : outcome });
    }
  };
  if (closes) finishWhere((frame) => frame.levelId === closes.levelFrameId, outcomeOf({ stopping, failed: false }));
  if (!ends) return;
  finishWhere(() => true, outcomeOf({ stopping, failed: ends.reason === 'failed' }));
  amend(row, { status: 'finished', reason: ends.reason, finishedAt: time, ...(ends.code === undefined ? {} : { code: ends.code }) });
}

/** STORE_CONFLICT for an id that is taken, or brought twice. */
function checkNew(db: Database, step: StepCommit): void {
  const check = (what: string, records: readonly { readonly id: string }[], table: { has(id: string): boolean }): void => {
    const seen = new Set<string>();
    for (const { id } of records) {
      if (seen.has(id) || table.has(id)) throw new NireonError('STORE_CONFLICT', `work ${step.workId} brings ${what} ${id} again`);
      seen.add(id);
    }
  };
  check('idea', step.ideas, db.ideas);
  check('frame', framesOf(step), db.frames);
  check('work item', workOf(step), db.work);
  check('signal', signalsOf(step), db.signals);
  check('assessment', step.assessments, db.others);
  check('trace', step.traces, db.others);
}
