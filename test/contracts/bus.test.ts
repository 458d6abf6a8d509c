import { createLocalBus } from '../../runtime/adapters/bus/local.ts';
import { createPostgresBus } from '../../runtime/adapters/bus/postgres.ts';
import type { PostgresAddress } from '../../runtime/adapters/store/postgres/address.ts';
import type { Bus } from '../../runtime/ports/bus.ts';
import { until } from '../support/until.ts';
import { findPostgres, type Postgres, startPostgres } from '../testbed/postgres.ts';
import { describeBus, someSignal } from './bus-contract.ts';

describeBus('local', async () => {
  const bus = createLocalBus();
  return { open: async () => bus };
});

(findPostgres() === undefined ? describe.skip : describe)('on a server', () => {
  let server: Postgres;
  let schemas = 0;
  beforeAll(async () => void (server = await startPostgres({ fsync: false })));
  afterAll(() => server.stop());
  const address = (schema: string): PostgresAddress => ({
    ...{ host: server.host, port: server.port, database: 'postgres', user: server.user, schema },
    ...{ connectTimeoutMs: 5000, statementTimeoutMs: 20_000, lockTimeoutMs: 10_000 },
  });

  describeBus('postgres', async () => {
    const at = address(`bus${++schemas}`);
    return { open: async () => createPostgresBus({ address: at }) };
  });

  describe('a postgres bus among trouble', () => {
    let buses: Bus[];
    let at: PostgresAddress;
    const open = (where = at): Bus => {
      const bus = createPostgresBus({ address: where });
      buses.push(bus);
      return bus;
    };
    const listen = async (bus: Bus): Promise<string[]> => {
      const heard: string[] = [];
      await bus.subscribe('all', async ({ signalId }) => void heard.push(signalId));
      return heard;
    };
    beforeEach(() => {
      buses = [];
      at = address(`bus${++schemas}`);
    });
    afterEach(() => Promise.all(buses.map((bus) => bus.close())));

    it('tells its own process once, and no other schema', async () => {
      const [one, other, stranger] = [open(), open(), open(address(`bus${++schemas}`))];
      const heard = await Promise.all([one, other, stranger].map(listen));
      const [first, last] = [someSignal(), someSignal()];
      await one.publish([first]);
      await until('the other hears it', () => heard[1]!.includes(first.id));
      await other.publish([last]);
      await until('the answer is heard', () => heard[0]!.includes(last.id));
      expect(heard).toEqual([[first.id, last.id], [first.id, last.id], []]);
    });

    it('passes over what others write into its channel', async () => {
      const [one, other] = [open(), open()];
      const heard = await listen(other);
      for (const foreign of ['', 'hello', '{"a":1}', '[["s"]]', '[[1,2,3]]']) {
        await server.sql(`SELECT pg_notify('${at.schema}', '${foreign}')`);
      }
      const signal = someSignal();
      await one.publish([signal]);
      await until('the signal is heard', () => heard.length > 0);
      expect(heard).toEqual([signal.id]);
    });

    it('keeps waking its own process while the database is away, says so, and finds it again', async () => {
      const [one, other] = [open(), open()];
      const [near, far] = [await listen(one), await listen(other)];
      await server.kill();
      await until('it knows', async () => !(await one.health()).ok && !(await other.health()).ok);
      const lost = someSignal();
      await expect(one.publish([lost])).rejects.toMatchObject({ code: 'BUS_UNREACHABLE', retryable: true });
      expect(near).toEqual([lost.id]);
      await server.start();
      await until('both listen again', async () => (await one.health()).ok && (await other.health()).ok);
      const found = someSignal();
      await one.publish([found]);
      await until('the other hears again', () => far.includes(found.id));
    });

    it('closes at once while its database is away', async () => {
      const bus = open({ ...at, port: 1 });
      await listen(bus);
      expect(await bus.health()).toMatchObject({ ok: false });
      await bus.close();
      expect(await bus.health()).toEqual({ ok: false, detail: 'closed' });
    });
  });
});
