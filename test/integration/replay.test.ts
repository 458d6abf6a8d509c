import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystemClock } from '../../runtime/adapters/clock.ts';
import { createHashingEmbedder } from '../../runtime/adapters/embedder/hashing.ts';
import { createSqliteStore } from '../../runtime/adapters/store/sqlite/index.ts';
import type { Store } from '../../runtime/ports/store.ts';
import { createWorld } from '../support/engine-world.ts';
import { fixtureScript } from '../support/fixture-f.ts';
import { startPostgresStores } from '../support/postgres-stores.ts';
import { readSession, replay } from '../support/session-facts.ts';
import { findPostgres } from '../testbed/postgres.ts';

/** Like texts, so that the catalyst and the planner have something to do; the third of them is a poor session. */
const script = fixtureScript(({ depth, index }) => ({ a: Math.min(12, 6 + depth + index), f: 9 }));
const request = (i: number) => ({
  objective: `Find the way, number ${i}.`,
  seeds: ['A seed to grow from.', 'A seed of another kind.'].slice(0, 1 + (i % 2)),
  policy: { experiments: false, depth: 2 + (i % 2), variations: 2, strategy: (['breadth', 'beam', 'depth-first'] as const)[i % 3] },
  ...(i % 5 === 0 ? { limits: { llmCalls: 9 } } : {}),
});
const sessions = 100;

interface Place {
  /** The store of this name, made if it is not there. */
  open(name: string): Promise<Store>;
  remove(): Promise<void>;
}
async function files(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'nireon-replay-'));
  return { open: (name) => createSqliteStore({ file: join(folder, `${name}.db`) }), remove: () => rm(folder, { recursive: true }) };
}
async function schemas(): Promise<Place> {
  const stores = await startPostgresStores();
  const names = new Map<string, string>();
  return {
    async open(name) {
      const schema = names.get(name) ?? (await stores.schema());
      names.set(name, schema);
      return stores.open(schema);
    },
    remove: () => stores.stop(),
  };
}
const places = [['SQLite', files] as const, ...(findPostgres() === undefined ? [] : [['PostgreSQL', schemas] as const])];

describe.each(places)('replay of a hundred sessions on %s', (_, make) => {
  let place: Place;
  beforeAll(async () => {
    place = await make();
  });
  afterAll(() => place.remove());

  it('differs in nothing, whether 1, 2 or 8 workers made them', async () => {
    let steps = 0;
    const found: unknown[] = [];
    for (const [workers, from, to] of [
      [1, 0, 34],
      [2, 34, 67],
      [8, 67, sessions],
    ] as const) {
      const store = await place.open(String(workers));
      const world = await createWorld({
        script,
        store,
        workers,
        clock: createSystemClock(),
        embedder: createHashingEmbedder(),
        mechanismConfig: { explorer: { minNovelty: 0 }, catalyst: { applicationRate: 0.5 } },
      });
      await world.runAll(Array.from({ length: to - from }, (_, i) => ({ id: `ses_r${from + i}`, ...request(from + i) })));
      await world.stop();
      for (let i = from; i < to; i++) {
        const result = await replay(store, `ses_r${i}`);
        const { work } = await readSession(store, `ses_r${i}`);
        steps += result.steps;
        if (result.outsideCalls > 0 || result.differences.length > 0 || result.steps !== work.length) found.push(result);
      }
      await store.close();
    }
    expect(found).toEqual([]);
    expect(steps).toBeGreaterThan(1_000);
  }, 120_000);

  it('is not fooled: an answer that was changed in the journal is found', async () => {
    const store = await place.open('1');
    const forged: Store = {
      ...store,
      listJournal: async (filter, page) => {
        const found = await store.listJournal(filter, page);
        const first = found.items.findIndex((entry) => entry.kind === 'llm');
        return {
          ...found,
          items: found.items.map((entry, i) => (i === first ? { ...entry, result: { outcome: 'refused', text: '' } } : entry)),
        };
      },
    };
    const { differences } = await replay(forged, 'ses_r1').finally(() => store.close());
    expect(differences.length).toBeGreaterThan(0);
  });
});
