import type { Assessment } from '../../../domain/assessment.ts';
import type { NewFrame } from '../../../domain/frame.ts';
import type { Idea, Vector } from '../../../domain/idea.ts';
import { noResources } from '../../../domain/resources.ts';
import type { NewSignal } from '../../../domain/signal.ts';
import type { Trace } from '../../../domain/trace.ts';
import type { NewWork } from '../../../domain/work.ts';
import { encode, vectorBytes } from '../encoding.ts';

export interface NewRecords {
  readonly frames: readonly NewFrame[];
  readonly ideas: readonly Idea[];
  readonly vectors: readonly Vector[];
  readonly assessments: readonly Assessment[];
  readonly traces: readonly Trace[];
  readonly work: readonly NewWork[];
  readonly signals: readonly NewSignal[];
}

/** What write_records takes (sql/postgres/0002_records.sql): rows by table, each keyed by columns. */
export function recordRows(records: NewRecords): string {
  const levelOf = levelsIn(records.frames);
  const lists = {
    frames: records.frames.map(({ limits, ...facts }) => ({
      ...{ id: facts.id, parent_id: facts.parentId, round: facts.round, ordinal: facts.ordinal, facts: encode(facts), limits },
      ...{ nothing: noResources, ...levelOf(facts.id) },
    })),
    ideas: records.ideas.map((idea) => ({
      ...{ id: idea.id, frame_id: idea.frameId, work_id: idea.workId, round: idea.round, place: idea.index },
      ...{ seed: idea.method === 'seed', parent_ids: idea.parentIds, record: encode(idea) },
    })),
    vectors: records.vectors.map(({ values, ...facts }) => ({
      ...{ idea_id: facts.ideaId, facts: encode(facts), elements: Buffer.from(vectorBytes(values)).toString('base64') },
    })),
    assessments: records.assessments.map((assessment) => ({
      ...{ id: assessment.id, idea_id: assessment.ideaId, revision: assessment.revision, scored: assessment.status === 'scored' },
      ...{ stable: assessment.stable === true, trust: assessment.trust, record: encode(assessment) },
    })),
    traces: records.traces.map((trace) => ({ id: trace.id, record: encode(trace) })),
    work: records.work.map(({ dead, ...facts }) => ({
      ...{ id: facts.id, signal_id: facts.signalId, level_id: facts.levelFrameId, mechanism: facts.mechanism },
      ...{ priority: facts.priority, round: facts.round, facts: encode(facts), dead: dead && encode(dead) },
    })),
    signals: records.signals.map((signal, i) => ({
      ...{ id: signal.id, place: i + 1, type: signal.type, frame_id: signal.frameid, record: encode(signal) },
      ...(signal.type === 'level.assessed' ? { round: (signal.data as { round: number }).round } : {}),
    })),
  };
  return JSON.stringify(Object.fromEntries(Object.entries(lists).filter(([, rows]) => rows.length > 0)));
}

/** The level that a new frame is, or is below, if the new frames say it; else the nearest frame above that is no new one. */
function levelsIn(frames: readonly NewFrame[]) {
  const byId = new Map(frames.map((frame) => [frame.id, frame]));
  return (id: string): { level_id?: string; anchor?: string } => {
    let frame = byId.get(id)!;
    for (;;) {
      if (frame.kind === 'level') return { level_id: frame.id };
      if (frame.parentId === undefined) return {};
      const above = byId.get(frame.parentId);
      if (!above || above === frame) return { anchor: frame.parentId };
      frame = above;
    }
  };
}

/** The round of the newest level among frames, or 0. */
export const newestRound = (frames: readonly NewFrame[]): number =>
  Math.max(0, ...frames.filter(({ kind }) => kind === 'level').map(({ round }) => round));
