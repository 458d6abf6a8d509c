/**
 * What lies between the steps of a session when the model answers at once, on SQLite, one session at a time: from the commit of a signal
 * until the step that it sets off begins (a hop), from the commit that closes a level until the first call of the model in the next, and
 * from a session's creation until its first assessment. Beside them in the same rounds: a bare commit of one row (an fsync), and the
 * store as a bare queue, whose next item is claimed after each commit. One JSON line a measure.
 *
 *   node bench/hops.ts [--rounds 5] [--sessions 6] [--folder /tmp]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import { createSqliteStore } from '../runtime/adapters/store/sqlite/index.ts';
import { assessment, creation, idea, levelOf, step, vector, work } from '../test/support/store-records.ts';
import { claimOne } from '../test/support/store-world.ts';
import { startEngine } from './support/engine.ts';
import { judge, quantile, say } from './support/measure.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    sessions: { type: 'string', default: '6' },
    folder: { type: 'string', default: '/tmp' },
  },
});
const [rounds, sessions] = [Number(values.rounds), Number(values.sessions)];
const folder = mkdtempSync(join(values.folder, 'nireon-bench-'));

const seen = { hop: [] as number[], level: [] as number[], first: [] as number[], fsync: [] as number[], queue: [] as number[] };
const committed = new Map<string, number>();
let [created, closed]: (number | undefined)[] = [];
const engine = await startEngine(await createSqliteStore({ file: join(folder, 'engine.db') }), {
  tell(event) {
    const now = performance.now();
    if (event.type === 'session-created') created = now;
    else if (event.type === 'signal-committed') committed.set(event.signalId!, now);
    else if (event.type === 'level-closed') closed = now;
    else if (event.type === 'work-claimed') {
      const since = committed.get(event.signalId!);
      if (since !== undefined) seen.hop.push(now - since);
    } else if (event.type === 'idea-assessed' && created !== undefined) {
      seen.first.push(now - created);
      created = undefined;
    }
  },
  called() {
    if (closed !== undefined) seen.level.push(performance.now() - closed);
    closed = undefined;
  },
});

const bare = new DatabaseSync(join(folder, 'bare.db'));
bare.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE bare (id INTEGER PRIMARY KEY, text TEXT) STRICT');
const insert = bare.prepare('INSERT INTO bare (text) VALUES (?)');
function fsyncs(count: number): void {
  for (let i = 0; i < count; i++) {
    const began = performance.now();
    insert.run('a row of some length, as a small record has');
    seen.fsync.push(performance.now() - began);
  }
}

const queue = await createSqliteStore({ file: join(folder, 'queue.db') });
await queue.createSession(creation({ id: 'ses_queue' }));
let made = 0;
/** Each item leaves an idea, its vector and assessment, and the next item: what a step of the engine leaves. */
async function queued(count: number): Promise<void> {
  let item = await claimOne(queue);
  for (let i = 0; i < count; i++) {
    const id = `idea${++made}`;
    const { sessionId } = item;
    await queue.commit(
      step(item, {
        ideas: [idea(sessionId, id, { workId: item.id })],
        vectors: [vector(id, Array<number>(384).fill(0.05))],
        assessments: [assessment(id, `${id}/a`, { workId: item.id })],
        work: [work(sessionId, `${id}/w`, { frameId: levelOf(sessionId) })],
      }),
    );
    const began = performance.now();
    item = await claimOne(queue);
    seen.queue.push(performance.now() - began);
  }
  await queue.release(item.id, item.attempt, { delayMs: 0 });
}

try {
  await engine.run('ses_warm');
  await queued(50);
  fsyncs(50);
  for (const list of Object.values(seen)) list.length = 0;
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < sessions; i++) {
      await engine.run(`ses_${round}-${i}`);
      closed = undefined;
    }
    fsyncs(200);
    await queued(200);
  }
  const names = {
    hop: 'commit of a signal to the start of its step, ms',
    level: 'end of a level to the first call of the next, ms',
    first: 'creation of a session to its first assessment, ms',
    fsync: 'bare commit of one row, ms',
    queue: 'commit to the next claim, bare queue of the same store, ms',
  };
  for (const [key, list] of Object.entries(seen) as [keyof typeof seen, number[]][]) {
    const [p50, p95, p99] = [0.5, 0.95, 0.99].map((q) => quantile(list, q));
    say({ bench: 'hops', measure: names[key], count: list.length, p50, p95, p99 });
  }
  say({ bench: 'hops', measure: 'p50 of a hop to that of the bare queue', ratio: quantile(seen.hop, 0.5) / quantile(seen.queue, 0.5) });
  judge('p99 of a hop over p99 of a bare commit, ms', quantile(seen.hop, 0.99) - quantile(seen.fsync, 0.99), { atMost: 2 });
  judge('p99 from the end of a level to the first call of the next, ms', quantile(seen.level, 0.99), { atMost: 20 });
  judge("p95 of a session's first assessment, ms of the engine", quantile(seen.first, 0.95), { atMost: 50 });
} finally {
  await engine.stop();
  await queue.close();
  bare.close();
  rmSync(folder, { recursive: true, force: true });
}
