import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
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

  async function serve(pod: string, env: Readonly<Record<string, string>>): Promise<Serving> {
    const one = await startServing({ config, pod, env, onLine: (line) => lines.push(line) });
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
    const generator = await serve('gen', roles.generator);
    await serve('eva', roles.evaluator);
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

    await serve('eva2', roles.evaluator);
    await until(isFinished('ses_chaos1'));
    expect(await brokenHistory(store, await readSession(store, 'ses_chaos1'))).toEqual([]);
  }, 120_000);

  it('keep a running session to the rules that it began with, though only a process with other rules is left', async () => {
    await Promise.all([...alive].map((one) => one.stop()));
    alive.clear();
    const defaults = await readFile(new URL('../../rules/default.yaml', import.meta.url), 'utf8');
    const rules = join(folder, 'narrow.yaml');
    await writeFile(rules, defaults.replace('variations: data.variations', "variations: '1'"));
    const variations = async (id: string): Promise<number[]> =>
      (await readSession(store, id)).work.flatMap(({ mechanism, input }) =>
        mechanism === 'explorer' ? [(input as { variations: number }).variations] : [],
      );

    const first = await serve('before', {});
    await first.create(kindOfSession(2));
    await until(async () => (await variations('ses_chaos2')).length > 0);
    const second = await serve('after', { NIREON_RULES_FILES: rules });
    alive.delete(first);
    await first.kill();
    await second.create(kindOfSession(3));
    await until(isFinished('ses_chaos2'));
    await until(isFinished('ses_chaos3'));

    const [begun, fresh] = await Promise.all([readSession(store, 'ses_chaos2'), readSession(store, 'ses_chaos3')]);
    expect(begun.session.round).toBeGreaterThan(1);
    expect(new Set(await variations('ses_chaos2'))).toEqual(new Set([3]));
    expect(new Set(await variations('ses_chaos3'))).toEqual(new Set([1]));
    expect(begun.session.pins.ruleSet).not.toBe(fresh.session.pins.ruleSet);
    expect([...(await brokenHistory(store, begun)), ...(await brokenHistory(store, fresh))]).toEqual([]);
  }, 120_000);
});
