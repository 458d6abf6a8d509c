import type { StoreCalls } from '../calls.ts';
import { createClaims } from './claims.ts';
import { createCommit } from './commit.ts';
import type { Database } from './database.ts';
import { createDeadWork } from './dead-work.ts';
import { createEffects } from './effects.ts';
import { createReads } from './reads.ts';
import { createRetention } from './retention.ts';
import { createSessions } from './sessions.ts';
import { stats } from './stats.ts';

/** The calls of the port on an open database; each expects to stand in a transaction. */
export const createSqliteCalls = (db: Database): StoreCalls => ({
  ...createSessions(db),
  ...createClaims(db),
  ...createCommit(db),
  ...createDeadWork(db),
  ...createEffects(db),
  ...createReads(db),
  stats: () => stats(db),
  ...createRetention(db),
});
