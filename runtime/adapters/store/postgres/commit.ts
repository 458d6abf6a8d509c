import { NireonError } from '../../../domain/errors.ts';
import type { StepCommit } from '../../../domain/step-commit.ts';
import type { Session } from '../../../domain/session.ts';
import type { Store } from '../../../ports/store.ts';
import { encode } from '../encoding.ts';
import { checkCounters, checkReferences, framesOf, signalsOf, workOf } from '../rules/commit.ts';
import { endingOf } from '../rules/records.ts';
import type { Database } from './database.ts';
import { newestRound, recordRows } from './records.ts';

interface CommitRow {
  readonly kind: 'applied' | 'fenced' | 'mismatch' | 'missing';
  readonly open_after: number;
  readonly sequence_before: number;
  readonly level_of_item: string | null;
  readonly level_open: number | null;
  readonly session_status: Session['status'];
  readonly missing_idea: string | null;
  readonly missing_frame: string | null;
}

const commitStep = `SELECT * FROM commit_step($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`;

export function createCommit(db: Database): Pick<Store, 'commit'> {
  return {
    async commit(step) {
      const work = workOf(step);
      const frames = framesOf(step);
      const signals = signalsOf(step);
      const opened = work.filter(({ dead }) => !dead).map(({ levelFrameId }) => levelFrameId ?? '');
      const needed = neededBy(step);
      const { ideas, vectors, assessments, traces } = step;
      const [row] = await db.write<CommitRow>(commitStep, [
        ...[db.now(), db.keepsOutbox, step.sessionId, step.workId, step.attempt],
        ...[step.state, encode(endingOf(step)), step.outcome.nearDuplicates ?? 0, newestRound(frames)],
        ...[opened, work.length > 0, needed.ideas, needed.frames],
        ...[step.closes?.levelFrameId ?? null, step.ends?.reason ?? null, step.ends?.code ?? null],
        recordRows({ ideas, vectors, assessments, traces, frames, work, signals }),
      ]);
      if (!row || row.kind === 'fenced') return { kind: 'fenced' };
      if (row.kind !== 'applied') return refused(step, row, opened.length);
      return {
        kind: 'applied',
        signals: signals.map((signal, i) => ({ ...signal, sequence: row.sequence_before + i + 1 })),
        openWork: row.open_after,
      };
    },
  };
}

/** Ideas and frames that must be in the session already. */
function neededBy(step: StepCommit): { ideas: string[]; frames: string[] } {
  const ideas: string[] = [];
  const frames: string[] = [];
  checkReferences(step, { idea: (id) => ideas.push(id) > 0, frame: (id) => frames.push(id) > 0 });
  return { ideas, frames };
}

/** Throws what the rules say of a commit that the database refused. */
function refused(step: StepCommit, row: CommitRow, opened: number): never {
  const { level_of_item: level, level_open: levelOpen, session_status: status } = row;
  if (row.kind === 'mismatch') {
    const openWork = row.open_after + 1 - opened;
    checkCounters(step, level === null ? {} : { levelFrameId: level }, { openWork, status, levelOpen: levelOpen ?? undefined });
  }
  checkReferences(step, { idea: (id) => id !== row.missing_idea, frame: (id) => id !== row.missing_frame });
  throw new NireonError('INTERNAL', `commit_step refused work ${step.workId} (${row.kind}) for a reason that the rules do not know`);
}
