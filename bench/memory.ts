/**
 * Resident memory of a process that explores, after 1,000 ideas and after many, on SQLite with a model that answers at once. One JSON
 * line a measure.
 *
 *   node --expose-gc bench/memory.ts [--ideas 5000] [--folder /tmp]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createSqliteStore } from '../runtime/adapters/store/sqlite/index.ts';
import { exploreUntil, startEngine } from './support/engine.ts';
import { rounded, say } from './support/measure.ts';

const { values } = parseArgs({ options: { ideas: { type: 'string', default: '5000' }, folder: { type: 'string', default: '/tmp' } } });
const folder = mkdtempSync(join(values.folder, 'nireon-bench-'));
const mebi = (bytes: number): number => rounded(bytes / 1024 ** 2);

try {
  const engine = await startEngine(await createSqliteStore({ file: join(folder, 'memory.db') }), { concurrency: 64 });
  let [ideas, first] = [0, 0];
  const tell = (): number => {
    globalThis.gc?.();
    const { rss, heapUsed } = process.memoryUsage();
    say({ bench: 'memory', ideas, residentMiB: mebi(rss), heapMiB: mebi(heapUsed) });
    return rss;
  };
  for (const until of [1000, Number(values.ideas)]) {
    ideas += (await exploreUntil(engine, { ideas: until - ideas, prefix: `to-${until}`, atOnce: 16 })).ideas;
    const resident = tell();
    if (first === 0) first = resident;
    else say({ bench: 'memory', measure: `resident after ${ideas} ideas, to that after 1000`, ratio: rounded(resident / first) });
  }
  await engine.stop();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
