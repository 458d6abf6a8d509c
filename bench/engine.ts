/**
 * Iterations a second of the whole engine with a model that answers at once. An iteration is one idea: written, embedded, told from its
 * near copies, judged, scored, each of its steps committed. Measured on SQLite with few ideas stored and with many (of many sessions),
 * on the memory store, and in one session that grows; beside OpenEvolve as it comes, whose iteration is one program: sampled, prompted,
 * written, evaluated, put in a population of at most 1,000, which is saved every 100. Its model too answers at once inside the process,
 * its evaluator only adds up characters, and it has a worker process for each core. In alternating rounds; one JSON line a measure.
 *
 *   npm ci --prefix bench && node bench/engine.ts [--rounds 5] [--ideas 150] [--stored 50000] [--peer 1000] [--folder /tmp]
 *
 * OpenEvolve needs Python 3 with venv and pip; its lines say what is missing.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createMemoryStore } from '../runtime/adapters/store/memory/index.ts';
import { createSqliteStore } from '../runtime/adapters/store/sqlite/index.ts';
import type { Store } from '../runtime/ports/store.ts';
import { exploreUntil, startEngine } from './support/engine.ts';
import { judge, quantile, say, spread } from './support/measure.ts';
import { multiply } from './support/multiply.ts';
import { findOpenEvolve, type PeerRun } from './support/open-evolve.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    ideas: { type: 'string', default: '150' },
    stored: { type: 'string', default: '50000' },
    peer: { type: 'string', default: '1000' },
    folder: { type: 'string', default: '/tmp' },
  },
});
const [rounds, ideas, stored, iterations] = [Number(values.rounds), Number(values.ideas), Number(values.stored), Number(values.peer)];
const few = 1000;
const folder = mkdtempSync(join(values.folder, 'nireon-bench-'));
const file = (name: string): string => join(folder, `${name}.db`);
const sqlite = (name: string): Promise<Store> => createSqliteStore({ file: file(name) });

const openings = {
  few: () => {
    cpSync(file('few'), file('copy'));
    return sqlite('copy');
  },
  many: () => sqlite('many'),
  memory: async () => createMemoryStore({ now: Date.now, outbox: false }),
};
type Subject = keyof typeof openings;
const subjects = Object.keys(openings) as Subject[];
const called: Record<Subject, string> = { few: `SQLite, ${few} ideas stored`, many: `SQLite, ${stored} ideas stored`, memory: 'memory' };

interface Seen {
  readonly perSecond: number;
  readonly cpuMs: number;
}

async function measured(subject: Subject, prefix: string): Promise<Seen> {
  const engine = await startEngine(await openings[subject]());
  await exploreUntil(engine, { ideas: 30, prefix: `${prefix}-warm` });
  const before = process.cpuUsage();
  const done = await exploreUntil(engine, { ideas, prefix });
  const { user, system } = process.cpuUsage(before);
  await engine.stop();
  return { perSecond: done.perSecond, cpuMs: (user + system) / 1000 / done.ideas };
}

const limits = { llmCalls: 10_000, inputTokens: 100_000_000, outputTokens: 25_000_000, embeddings: 500_000 };

/** One session with a long life: ideas a second at its beginning and at its end. */
async function grown(name: string): Promise<{ first: number; last: number; ideas: number }> {
  const at: number[] = [];
  const engine = await startEngine(await sqlite(name), {
    tell: ({ type }) => type === 'idea-assessed' && at.push(performance.now()),
    mechanismConfig: { stagnation: { minGain: 0, patience: 100 } },
  });
  await engine.run('ses_grown', { strategy: 'beam', beamWidth: 10, depth: 10, rounds: 12, variations: 6 }, limits);
  await engine.stop();
  const rate = (part: readonly number[]): number => ((part.length - 1) / (part.at(-1)! - part[0]!)) * 1000;
  return { first: rate(at.slice(0, 101)), last: rate(at.slice(-101)), ideas: at.length };
}

const report = (measure: string, list: readonly number[]): void => say({ bench: 'engine', measure, ...spread(list) });
const ratios = (a: readonly number[], b: readonly number[]): number[] => a.map((x, i) => x / b[i]!);

try {
  const peer = await findOpenEvolve();
  const filler = await startEngine(await sqlite('few'));
  const filled = await exploreUntil(filler, { ideas: few, prefix: 'few' });
  await filler.stop();
  cpSync(file('few'), file('many'));
  multiply(file('many'), Math.ceil(stored / filled.ideas) - 1);

  const seen: Record<Subject, Seen[]> = { few: [], many: [], memory: [] };
  const long: Awaited<ReturnType<typeof grown>>[] = [];
  const theirs: PeerRun[] = [];
  for (const subject of subjects) await measured(subject, 'round-0');
  for (let round = 1; round <= rounds; round++) {
    for (const subject of subjects) seen[subject].push(await measured(subject, `round-${round}`));
    long.push(await grown(`long-${round}`));
    if ('run' in peer) theirs.push(await peer.run(join(folder, 'peer'), iterations, availableParallelism()));
  }

  const rate = (subject: Subject): number[] => seen[subject].map(({ perSecond }) => perSecond);
  const cpu = (subject: Subject): number[] => seen[subject].map(({ cpuMs }) => cpuMs);
  for (const subject of subjects) {
    report(`iterations/s, ${called[subject]}`, rate(subject));
    report(`CPU ms an iteration, ${called[subject]}`, cpu(subject));
  }
  const slower = ratios(rate('few'), rate('many'));
  report(`time an iteration, SQLite to memory`, ratios(rate('memory'), rate('few')));
  report(`time an iteration, ${stored} stored to ${few}`, slower);
  report(`CPU an iteration, ${stored} stored to ${few}`, ratios(cpu('many'), cpu('few')));
  judge(`time an iteration, ${stored} stored to ${few}`, quantile(slower, 0.5), { atMost: 1.5 });
  const held = Math.min(...long.map((one) => one.ideas));
  report(
    'iterations/s of one session, its first 100',
    long.map(({ first }) => first),
  );
  report(
    `iterations/s of one session, its last 100 of ${held}`,
    long.map(({ last }) => last),
  );

  if ('missing' in peer) say({ bench: 'engine', peer: 'OpenEvolve', skipped: peer.missing });
  else {
    const parts = { first: 'its first 100', last: `its last 100 of ${iterations}`, all: `all ${iterations}` } as const;
    for (const [part, words] of Object.entries(parts) as [keyof typeof parts, string][]) {
      const there = theirs.map((run) => run[part]);
      const times = ratios(rate('few'), there);
      report(`iterations/s, OpenEvolve, ${words}`, there);
      report(`iterations/s to OpenEvolve, ${words}`, times);
      judge(`iterations/s to OpenEvolve, ${words}`, quantile(times, 0.5), { atLeast: 5 });
    }
    const cpuThere = theirs.map(({ cpuMs }) => cpuMs);
    report(`CPU ms an iteration, OpenEvolve, all ${iterations}`, cpuThere);
    report('CPU an iteration, OpenEvolve to SQLite', ratios(cpuThere, cpu('few')));
    report(
      'iterations/s of one session to OpenEvolve, the last 100 of each',
      ratios(
        long.map(({ last }) => last),
        theirs.map(({ last }) => last),
      ),
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
