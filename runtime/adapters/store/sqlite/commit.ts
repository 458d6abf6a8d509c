import type { StepCommit } from '../../../domain/step-commit.ts';
import type { WorkState } from '../../../domain/work.ts';
import type { StoreCalls } from '../calls.ts';
import { encode } from '../encoding.ts';
import { checkCounters, checkReferences, framesOf, outcomeOf, signalsOf, workOf } from '../rules/commit.ts';
import { endingOf } from '../rules/records.ts';
import type { Database } from './database.ts';
import {
  insertAssessments,
  insertFrames,
  insertIdeas,
  insertSignals,
  insertTraces,
  insertVectors,
  insertWork,
  openLevel,
  writeCounters,
  type Counters,
} from './inserts.ts';
import { finishSession } from './sessions.ts';
import { moving, movingOf, type Moving, type MovingRow } from '../rows.ts';

interface Item {
  readonly session_id: string;
  readonly level_id: string | null;
  readonly round: number;
  readonly state: WorkState;
  readonly attempt: number;
}

export function createCommit(db: Database): Pick<StoreCalls, 'commit'> {
  return {
    commit(step) {
      const item = db.one<Item>('SELECT session_id, level_id, round, state, attempt FROM work WHERE id = ?', [step.workId]);
      if (item?.state !== 'running' || item.attempt !== step.attempt) return { kind: 'fenced' };
      const sessionId = item.session_id;
      const session = movingOf(db.one<MovingRow>(`SELECT ${moving} FROM sessions WHERE id = ?`, [sessionId])!);
      check(db, step, item, session);

      const { round, openWork, sequence, tally } = session;
      const near = step.outcome.nearDuplicates ?? 0;
      const counters: Counters = {
        round,
        openWork: openWork - 1,
        sequence,
        tally: { ...tally, nearDuplicates: tally.nearDuplicates + near },
      };
      db.run(`UPDATE work SET state = ?, ending = ?, ended_ms = ?, near_duplicates = ?, owner = NULL, lease_ms = NULL WHERE id = ?`, [
        step.state,
        encode(endingOf(step)),
        db.now(),
        near,
        step.workId,
      ]);
      db.run('UPDATE sessions SET running = running - 1 WHERE id = ?', [sessionId]);
      openLevel(db, item.level_id, -1);

      const by = { sessionId, workId: step.workId, round: item.round };
      insertFrames(db, counters, framesOf(step));
      insertIdeas(db, counters, step.ideas);
      insertVectors(db, step.vectors, by);
      insertAssessments(db, counters, step.assessments, by);
      insertTraces(db, step.traces, by);
      insertWork(db, counters, workOf(step));
      const signals = insertSignals(db, counters, signalsOf(step));
      writeCounters(db, sessionId, counters);
      finish(db, step, sessionId, session.status !== 'running');
      return { kind: 'applied', signals, openWork: counters.openWork };
    },
  };
}

function check(db: Database, step: StepCommit, item: Item, { openWork, status }: Moving): void {
  const level = item.level_id === null ? undefined : db.one<{ open: number }>('SELECT open FROM frames WHERE id = ?', [item.level_id]);
  const place = item.level_id === null ? {} : { levelFrameId: item.level_id };
  checkCounters(step, place, { openWork, status, levelOpen: level?.open });
  checkReferences(step, {
    idea: (id) => db.one('SELECT 1 FROM ideas WHERE id = ? AND session_id = ?', [id, item.session_id]) !== undefined,
    frame: (id) => db.one('SELECT 1 FROM frames WHERE id = ? AND session_id = ?', [id, item.session_id]) !== undefined,
  });
}

const finished = `UPDATE frames SET status = 'finished', outcome = CASE WHEN refused THEN 'budget' ELSE ? END WHERE status = 'active'`;

function finish(db: Database, { closes, ends }: StepCommit, sessionId: string, stopping: boolean): void {
  if (closes) db.run(`${finished} AND level_id = ?`, [outcomeOf({ stopping, failed: false }), closes.levelFrameId]);
  if (!ends) return;
  db.run(`${finished} AND session_id = ?`, [outcomeOf({ stopping, failed: ends.reason === 'failed' }), sessionId]);
  finishSession(db, sessionId, ends);
}
