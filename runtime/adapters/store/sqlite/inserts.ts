import { newest, type Assessment } from '../../../domain/assessment.ts';
import type { NewFrame } from '../../../domain/frame.ts';
import type { Idea, Vector } from '../../../domain/idea.ts';
import { noResources } from '../../../domain/resources.ts';
import type { Tally } from '../../../domain/session.ts';
import type { NewSignal, Signal } from '../../../domain/signal.ts';
import type { Trace } from '../../../domain/trace.ts';
import type { NewWork } from '../../../domain/work.ts';
import { encode, vectorBytes } from '../encoding.ts';
import { rankOf } from '../paging.ts';
import { recounted } from '../rules/commit.ts';
import type { Database } from './database.ts';
import { parse } from '../rows.ts';

/** What moves in a session row while a commit is written; the row itself is written once, at its end. */
export interface Counters {
  round: number;
  openWork: number;
  sequence: number;
  tally: Tally;
}
/** The item that makes the records, or the session itself. */
export interface Maker {
  readonly sessionId: string;
  readonly workId: string;
  readonly round: number;
}

const noneJson = encode(noResources);

export function insertFrames(db: Database, counters: Counters, frames: readonly NewFrame[]): void {
  for (const { limits, ...facts } of frames) {
    const { id, sessionId, parentId, kind, round, ordinal } = facts;
    const above =
      parentId === undefined ? undefined : db.one<{ level_id: string | null }>('SELECT level_id FROM frames WHERE id = ?', [parentId]);
    const isLevel = kind === 'level';
    db.run(
      `INSERT INTO frames (id, session_id, level_id, round, ordinal, facts, open, status, refused) VALUES (?, ?, ?, ?, ?, ?, ?, 'active', 0)`,
      [id, sessionId, isLevel ? id : (above?.level_id ?? null), round, ordinal, encode(facts), isLevel ? 0 : null],
    );
    db.run(
      'INSERT INTO budgets (frame_id, session_id, parent_id, limits, reserved, lost, spent, counted) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      [...[id, sessionId, parentId ?? null, encode(limits), noneJson, noneJson, noneJson, noneJson]],
    );
    if (isLevel) counters.round = Math.max(counters.round, round);
  }
}

export function insertIdeas(db: Database, counters: Counters, ideas: readonly Idea[]): void {
  for (const idea of ideas) {
    const frame = db.one<{ ordinal: number }>('SELECT ordinal FROM frames WHERE id = ?', [idea.frameId]);
    const seed = idea.method === 'seed';
    const [stable, trust] = rankOf(undefined, 0);
    db.run(
      `INSERT INTO ideas (id, session_id, frame_id, work_id, round, ordinal, place, seed, record, rank_stable, rank_trust)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        ...[idea.id, idea.sessionId, idea.frameId, idea.workId, idea.round, frame?.ordinal ?? 0, idea.index, seed ? 1 : 0],
        ...[encode(idea), stable, trust],
      ],
    );
    if (!seed) counters.tally = { ...counters.tally, ideas: counters.tally.ideas + 1 };
  }
}

export function insertVectors(db: Database, vectors: readonly Vector[], by: Maker): void {
  for (const { values, ...facts } of vectors) {
    db.run('INSERT INTO vectors (session_id, idea_id, work_id, round, facts, elements) VALUES (?, ?, ?, ?, ?, ?)', [
      ...[by.sessionId, facts.ideaId, by.workId, by.round, encode(facts), vectorBytes(values)],
    ]);
  }
}

const newestOf = (db: Database, ideaId: string): Assessment | undefined => {
  const row = db.one<{ record: string }>('SELECT record FROM assessments WHERE id = (SELECT newest_id FROM ideas WHERE id = ?)', [ideaId]);
  return row && parse<Assessment>(row.record);
};

function rank(db: Database, counters: Counters, ideaId: string, before: Assessment | undefined, after: Assessment | undefined): void {
  const [stable, trust] = rankOf(after, 0);
  db.run('UPDATE ideas SET newest_id = ?, rank_stable = ?, rank_trust = ? WHERE id = ?', [after?.id ?? null, stable, trust, ideaId]);
  counters.tally = recounted(counters.tally, before, after);
}

export function insertAssessments(db: Database, counters: Counters, assessments: readonly Assessment[], by: Maker): void {
  for (const assessment of assessments) {
    const { id, ideaId } = assessment;
    db.run('INSERT INTO assessments (id, session_id, idea_id, work_id, round, record) VALUES (?, ?, ?, ?, ?, ?)', [
      ...[id, by.sessionId, ideaId, by.workId, by.round, encode(assessment)],
    ]);
    const before = newestOf(db, ideaId);
    const after = newest(before ? [before, assessment] : [assessment]);
    if (after !== before) rank(db, counters, ideaId, before, after);
  }
}

/** Takes back the assessments that an item's death left. */
export function deleteAssessments(db: Database, counters: Counters, sessionId: string, workId: string): void {
  const left = db.all<{ idea_id: string }>('SELECT DISTINCT idea_id FROM assessments WHERE session_id = ? AND work_id = ?', [
    ...[sessionId, workId],
  ]);
  for (const { idea_id: ideaId } of left) {
    const before = newestOf(db, ideaId);
    db.run('DELETE FROM assessments WHERE idea_id = ? AND work_id = ?', [ideaId, workId]);
    const rest = db.all<{ record: string }>('SELECT record FROM assessments WHERE idea_id = ?', [ideaId]);
    rank(db, counters, ideaId, before, newest(rest.map(({ record }) => parse<Assessment>(record))));
  }
}

export function insertTraces(db: Database, traces: readonly Trace[], by: Maker): void {
  for (const trace of traces) {
    db.run('INSERT INTO traces (id, session_id, round, record) VALUES (?, ?, ?, ?)', [trace.id, by.sessionId, by.round, encode(trace)]);
  }
}

export function insertWork(db: Database, counters: Counters, work: readonly NewWork[]): void {
  for (const { dead, ...facts } of work) {
    const { id, sessionId, signalId, levelFrameId, mechanism, priority, round } = facts;
    const now = db.now();
    db.run(
      `INSERT INTO work (id, session_id, signal_id, level_id, mechanism, priority, round, facts, state, created_ms, ready_ms, ended_ms, ending,
         attempt, failures, crashes, retries, history, near_duplicates, dropped)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, '[]', 0, 0)`,
      [
        ...[id, sessionId, signalId, levelFrameId ?? null, mechanism, priority, round, encode(facts)],
        ...[dead ? 'dead' : 'ready', now, now, dead ? now : null, dead ? encode(dead) : null],
      ],
    );
    if (dead) continue;
    counters.openWork += 1;
    openLevel(db, levelFrameId ?? null, 1);
  }
}

/** Adds to the items of a level that are not ended. */
export function openLevel(db: Database, levelId: string | null, by: number): void {
  if (levelId !== null) db.run('UPDATE frames SET open = open + ? WHERE id = ?', [by, levelId]);
}

export function insertSignals(db: Database, counters: Counters, signals: readonly NewSignal[]): Signal[] {
  return signals.map((given) => {
    const signal = { ...given, sequence: ++counters.sequence } as Signal;
    const { id, sessionid, sequence, type, frameid } = signal;
    db.run('INSERT INTO signals (id, session_id, sequence, type, frame_id, record) VALUES (?, ?, ?, ?, ?, ?)', [
      ...[id, sessionid, sequence, type, frameid, encode(signal)],
    ]);
    if (db.keepsOutbox) db.run('INSERT INTO outbox (signal_id, session_id, at_ms) VALUES (?, ?, ?)', [id, sessionid, db.now()]);
    return signal;
  });
}

export function writeCounters(db: Database, sessionId: string, { round, openWork, sequence, tally }: Counters): void {
  db.run(
    `UPDATE sessions SET round = ?, open_work = ?, sequence = ?, ideas = ?, scored = ?, unscored = ?, stable = ?, near_duplicates = ? WHERE id = ?`,
    [round, openWork, sequence, tally.ideas, tally.scored, tally.unscored, tally.stable, tally.nearDuplicates, sessionId],
  );
}
