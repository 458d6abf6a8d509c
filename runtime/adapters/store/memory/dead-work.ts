import { NireonError } from '../../../domain/errors.ts';
import type { StoreCalls } from '../calls.ts';
import { compareKeys, keyAfter, pageFrom, pages } from '../paging.ts';
import { retried } from '../rules/records.ts';
import { freeze } from './copies.ts';
import type { Database, WorkRow } from './database.ts';
import { amend, openLevel, reassess } from './sessions.ts';

export function createDeadWork(db: Database): Pick<StoreCalls, 'listDead' | 'retryDead' | 'dropDead'> {
  function deadWork(id: string): WorkRow {
    const work = db.work.get(id);
    if (work?.item.state !== 'dead' || work.dropped) throw new NireonError('WORK_UNKNOWN', `there is no dead work item ${id}`);
    return work;
  }

  /** Its level is open; in the root frame, its session runs. An item that came dead has no input to run on. */
  function retryable({ item }: WorkRow): boolean {
    const level = item.levelFrameId === undefined ? undefined : db.frames.get(item.levelFrameId);
    return item.attempt > 0 && db.session(item.sessionId).session.status === 'running' && level?.frame.status !== 'finished';
  }

  return {
    listDead(filter, page) {
      const paged = pages.dead(filter);
      const after = keyAfter(paged, page.cursor);
      const rows = [...db.work.values()]
        .filter(({ item, dropped }) => item.state === 'dead' && !dropped)
        .filter(
          ({ item, age }) =>
            (filter.sessionId === undefined || item.sessionId === filter.sessionId) && (!after || compareKeys([age], after) < 0),
        );
      return pageFrom(paged, rows.reverse(), page, { key: ({ age }) => [age], item: (w) => ({ item: w.item, retryable: retryable(w) }) });
    },
    retryDead(id) {
      const work = deadWork(id);
      if (!retryable(work)) throw new NireonError('LEVEL_CLOSED', `the level of work item ${id} is closed`);
      const row = db.session(work.item.sessionId);
      work.item = freeze(retried(work.item, db.now()));
      work.readyMs = db.now();
      row.open.add(work);
      amend(row, { openWork: row.session.openWork + 1 });
      openLevel(db, work.item.levelFrameId, 1);
      for (const idea of row.ideas) {
        const left = idea.assessments.filter((a) => a.workId === id);
        if (left.length === 0) continue;
        for (const { assessment } of left) db.others.delete(assessment.id);
        reassess(row, idea, (list) => list.splice(0, Infinity, ...list.filter((a) => a.workId !== id)));
      }
    },
    dropDead(id) {
      deadWork(id).dropped = true;
    },
  };
}
