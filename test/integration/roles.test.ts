import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '../../runtime/ports/store.ts';
import { type CountingProvider, kindOfSession, startCountingProvider } from '../chaos/load.ts';
import { type LogLine, type Serving, startServing } from '../chaos/serving.ts';
import { brokenHistory } from '../support/history-checks.ts';
import { type PostgresStores, startPostgresStores } from '../support/postgres-stores.ts';
import { readSession } from '../support/session-facts.ts';
import { findPostgres } from '../testbed/postgres.ts';

const describeOnPostgres = findPostgres() === undefined ? describe.skip : describe;
const roles = {
  generator: { NIREON_ROLE: 'generator', NIREON_MECHANISMS: 'explorer,catalyst,planner,stagnation' },
  evaluator: { NIREON_ROLE: 'evaluator', NIREON_MECHANISMS: 'sentinel,quantifier,proto' },
};

describeOnPostgres('processes of two roles on one PostgreSQL', () => {
  let database: PostgresStores;
  let provider: CountingProvider;
  let folder = '';
  let config = '';
  let store: Store;
  const lines: LogLine[] = [];
  const alive = new Set<Serving>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nireon-roles-'));
    database = await startPostgresStores();
    provider = await startCountingProvider(() => 5);
    const { server } = database;
    const schema = await database.schema();
    store = await database.open(schema);
    config = join(folder, 'nireon.json');
    const url = `postgres://${server.user}@${server.host}:${server.port}/postgres`;
    await writeFile(config, JSON.stringify({ ...provider.config, store: { postgres: { url, schema } } }));
  }, 60_000);
  afterAll(async () => {
    await Promise.all([...alive].map((one) => one.stop()));
    await provider.close();
    await database.stop();
    await rm(folder, { recursive: true });
  });

  async function serve(role: keyof typeof roles, pod: string): Promise<Serving> {
    const one = await startServing({ config, pod, env: roles[role], onLine: (line) => lines.push(line) });
    alive.add(one);
    return one;
  }
  async function until(what: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 60_000;
    while (!(await what())) {
      if (Date.now() > deadline) throw new Error('it never came to pass');
      await sleep(50);
    }
  }
  const isFinished = (id: string) => async (): Promise<boolean> => (await store.getSession(id))?.status === 'finished';

  it('finish a session together, each with the work of its mechanisms alone', async () => {
    const generator = await serve('generator', 'gen');
    await serve('evaluator', 'eva');
    await generator.create(kindOfSession(0));
    await until(isFinished('ses_chaos0'));
    const facts = await readSession(store, 'ses_chaos0');
    expect(facts.session.tally.scored).toBeGreaterThan(0);
    expect(await brokenHistory(store, facts)).toEqual([]);
    const began = lines.filter(({ msg }) => msg === 'rules whose work this process does');
    expect(began.map(({ role }) => role).sort()).toEqual(['evaluator', 'generator']);
  }, 120_000);

  it('leave a session standing without error while no evaluator lives, and finish it when one is back', async () => {
    const evaluator = [...alive].find(({ pod }) => pod === 'eva')!;
    const generator = [...alive].find(({ pod }) => pod === 'gen')!;
    alive.delete(evaluator);
    await evaluator.kill();
    lines.length = 0;
    await generator.create(kindOfSession(1));
    await until(async () => (await store.stats()).work.some(({ mechanism, state }) => mechanism === 'sentinel' && state === 'ready'));
    await until(async () => !(await store.stats()).work.some(({ mechanism, state }) => mechanism === 'explorer' && state !== 'dead'));
    const standing = await readSession(store, 'ses_chaos1');
    expect(standing.session).toMatchObject({ status: 'running' });
    expect(standing.ideas.every(({ assessment }) => assessment === undefined)).toBe(true);
    expect(lines.filter(({ level }) => level === 'error')).toEqual([]);

    await serve('evaluator', 'eva2');
    await until(isFinished('ses_chaos1'));
    expect(await brokenHistory(store, await readSession(store, 'ses_chaos1'))).toEqual([]);
  }, 120_000);
});
