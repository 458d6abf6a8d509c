import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSqliteStore } from '../../runtime/adapters/store/sqlite/index.ts';
import type { Store } from '../../runtime/ports/store.ts';
import { type ChaosRequest, type CountingProvider, kindOfSession, startCountingProvider } from '../chaos/load.ts';
import { startServing } from '../chaos/serving.ts';
import { brokenHistory } from '../support/history-checks.ts';
import { type PostgresStores, startPostgresStores } from '../support/postgres-stores.ts';
import { historyOf, readSession } from '../support/session-facts.ts';
import { findKafka, type Kafka, startKafka } from '../testbed/kafka.ts';
import { findPostgres } from '../testbed/postgres.ts';

const hasKafka = findKafka() !== undefined;
const describeOnPostgres = findPostgres() === undefined ? describe.skip : describe;
/** Money enough, so that no call is refused: which one would be depends on who comes first. */
const request: ChaosRequest = { ...kindOfSession(0), limits: { llmCalls: 200 } };

describeOnPostgres('one session on every layout', () => {
  let database: PostgresStores;
  let kafka: Kafka | undefined;
  let provider: CountingProvider;
  let folder = '';
  let expected: Record<string, unknown> = {};

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nireon-layouts-'));
    database = await startPostgresStores();
    if (hasKafka) kafka = await startKafka();
    // Answers depend on the request alone; when they come differs from call to call.
    provider = await startCountingProvider((index) => (index * 7) % 40);
    const file = join(folder, 'a.db');
    await work(
      { sqlite: { file } },
      'local',
      1,
      () => createSqliteStore({ file, readOnly: true }),
      async (store) => {
        expected = await historyOf(store, request.id);
        expect(await brokenHistory(store, await readSession(store, request.id))).toEqual([]);
      },
    );
  }, 120_000);
  afterAll(async () => {
    await provider.close();
    await database.stop();
    await kafka?.stop();
    await rm(folder, { recursive: true });
  });

  /** Lets so many processes work on the session, and looks at the store when it is finished. */
  async function work(
    where: object,
    bus: string,
    processes: number,
    open: () => Promise<Store>,
    look: (store: Store) => Promise<void>,
  ): Promise<void> {
    const config = join(folder, `${bus}-${processes}.json`);
    await writeFile(config, JSON.stringify({ ...provider.config, store: where, bus: { ...busConfig(bus, processes), kind: bus } }));
    const all = await Promise.all(Array.from({ length: processes }, (_, i) => startServing({ config, pod: `pod-${i}` })));
    const store = await open();
    try {
      await all[0]!.create(request);
      const deadline = Date.now() + 60_000;
      while ((await store.getSession(request.id))?.status !== 'finished') {
        if (Date.now() > deadline) throw new Error('the session did not finish');
        await sleep(50);
      }
      expect(await Promise.all(all.map((one) => one.stop()))).toEqual(all.map(() => 0));
      await look(store);
    } finally {
      await Promise.all(all.map((one) => one.kill()));
      await store.close();
    }
  }

  /** A prefix for each layout; a topic of three partitions, so that most of eight processes hear nothing and find their work by looking. */
  const busConfig = (bus: string, processes: number): object =>
    bus !== 'kafka'
      ? {}
      : {
          kafka: {
            bootstrapServers: [kafka!.brokers[0]!.address],
            client: processes === 2 ? 'kafkajs' : 'platformatic',
            topicPrefix: `layout${processes}`,
            topics: { management: 'Create', partitions: 3, replicationFactor: 1 },
          },
        };

  it.each([
    ['local', 1],
    ['local', 2],
    ['local', 8],
    ['postgres', 1],
    ['postgres', 2],
    ['postgres', 8],
    ...(hasKafka ? ([1, 2, 8] as const).map((processes) => ['kafka', processes] as const) : []),
  ] as const)(
    'has the history that SQLite has, on PostgreSQL with the bus %s and %i processes',
    async (bus, processes) => {
      const schema = await database.schema();
      const { server } = database;
      const url = `postgres://${server.user}@${server.host}:${server.port}/postgres`;
      await work(
        { postgres: { url, schema } },
        bus,
        processes,
        () => database.open(schema),
        async (store) => {
          expect(Object.keys(expected).length).toBeGreaterThan(60);
          expect(await historyOf(store, request.id)).toEqual(expected);
        },
      );
    },
    120_000,
  );
});
