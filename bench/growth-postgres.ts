/**
 * Whether the engine keeps its pace in PostgreSQL (fsync on) as finished work piles up: whole sessions with a model that answers at once,
 * in one schema of a server for each number of finished work items and what belongs to them, in alternating
 * rounds. The finished ones are copies of real sessions under ids of their own (every row and index; texts cut). Work items a second, and
 * their ratio to those of the smallest. One JSON line a measure.
 *
 *   node bench/growth-postgres.ts [--rounds 5] [--ideas 150] [--sizes 1000,100000]
 *
 * 5000000 takes some 20 GB under the system's temporary folder (TMPDIR), and ten minutes to fill.
 */
import { parseArgs } from 'node:util';
import { startPostgresStores } from '../test/support/postgres-stores.ts';
import { type BenchEngine, exploreUntil, startEngine } from './support/engine.ts';
import { judge, quantile, say, spread } from './support/measure.ts';
import { multiplyPostgres } from './support/multiply-postgres.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    ideas: { type: 'string', default: '150' },
    sizes: { type: 'string', default: '1000,100000' },
  },
});
const [rounds, ideas] = [Number(values.rounds), Number(values.ideas)];
const settings = { shared_buffers: '1GB', max_wal_size: '4GB', maintenance_work_mem: '512MB' };
const stores = await startPostgresStores({ fsync: true, settings });
const { server } = stores;

interface Subject {
  readonly size: number;
  readonly engine: BenchEngine;
  readonly perSecond: number[];
  finished: number;
}

async function prepare(size: number): Promise<Subject> {
  const schema = await stores.schema();
  const first = await startEngine(await stores.open(schema));
  await exploreUntil(first, { ideas: 60, prefix: 'first' });
  await first.stop();
  say({ bench: 'growth', measure: 'finished work items stored', size, stored: await multiplyPostgres(server, schema, size) });
  const subject: Subject = {
    ...{ size, perSecond: [], finished: 0 },
    engine: await startEngine(await stores.open(schema), {
      tell: ({ type }) => {
        if (type === 'work-ended') subject.finished++;
      },
    }),
  };
  return subject;
}

try {
  const subjects: Subject[] = [];
  for (const size of values.sizes.split(',').map(Number)) subjects.push(await prepare(size));
  for (let round = -1; round < rounds; round++) {
    for (const subject of subjects) {
      const [before, began] = [subject.finished, performance.now()];
      await exploreUntil(subject.engine, { ideas: round < 0 ? 30 : ideas, prefix: `round${round}` });
      if (round >= 0) subject.perSecond.push(((subject.finished - before) / (performance.now() - began)) * 1000);
    }
  }
  const [least] = subjects;
  for (const { size, perSecond } of subjects) {
    const ratios = perSecond.map((one, round) => one / least!.perSecond[round]!);
    say({ bench: 'growth', measure: 'work items/s on PostgreSQL', finished: size, ...spread(perSecond) });
    say({ bench: 'growth', measure: `the same, ratio to ${least!.size} finished`, finished: size, ...spread(ratios) });
    if (size !== least!.size) judge(`pace with ${size} finished items beside ${least!.size}`, quantile(ratios, 0.5), { atLeast: 0.8 });
  }
  await Promise.all(subjects.map(({ engine }) => engine.stop()));
} finally {
  await stores.stop();
}
