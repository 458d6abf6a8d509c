import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka as Client, logLevel } from 'kafkajs';
import { stackLine } from '../../support/kept-database.ts';
import { runCli, startCli } from '../../support/run-cli.ts';
import { until } from '../../support/until.ts';
import { findKafka, type Kafka, startKafka } from '../../testbed/kafka.ts';

const user = { name: 'ideas', password: 'a-password-nobody-may-see' };
const clients = ['platformatic', 'kafkajs'] as const;

(findKafka() === undefined ? describe.skip : describe)('what happens to Kafka', () => {
  let server: Kafka;
  let folder: string;
  let files = 0;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nireon-bad-kafka-'));
    server = await startKafka({ user });
    await writeFile(join(folder, 'password'), `${user.password}\n`);
    await writeFile(join(folder, 'wrong-password'), 'another-password-nobody-may-see');
    await writeFile(join(folder, 'local.json'), JSON.stringify({ store: { sqlite: { file: join(folder, 'nireon.db') } } }));
    await runCli(['migrate', '--config', join(folder, 'local.json')]);
  }, 120_000);
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  const plain = () => ({ bootstrapServers: [server.brokers[0]!.address] });
  const secure = (sasl: object = { passwordFile: join(folder, 'password') }) => ({
    bootstrapServers: [server.brokers[0]!.secureAddress],
    tls: { caFile: server.caFile },
    sasl: { mechanism: 'SCRAM-SHA-512', username: user.name, ...sasl },
  });
  const create = (prefix: string, partitions = 2) => ({
    topicPrefix: prefix,
    topics: { management: 'Create', partitions, replicationFactor: 1 },
  });
  async function configFile(kafka: object): Promise<string> {
    const file = join(folder, `${++files}.json`);
    const store = { sqlite: { file: join(folder, 'nireon.db') } };
    await writeFile(
      file,
      JSON.stringify({ store, bus: { kind: 'kafka', kafka }, embedder: { provider: 'hashing' }, api: { port: 0 }, ops: { port: 0 } }),
    );
    return file;
  }
  async function migrated(kafka: object, ...args: string[]): Promise<{ code: number | null; err: string }> {
    const { code, err } = await runCli(['migrate', ...args, '--config', await configFile(kafka)]);
    expect(err).not.toMatch(stackLine);
    expect(err).not.toContain('nobody-may-see');
    return { code, err };
  }

  describe.each(clients)('by %s', (client) => {
    it('makes topics over TLS with a password from a file, and finds them there', async () => {
      const kafka = { client, ...secure(), ...create(`made-${client}`) };
      expect(await migrated(kafka)).toEqual({
        code: 0,
        err: expect.stringContaining(`The topics made-${client}.signals, .inbox and .dead are there`),
      });
      expect((await migrated(kafka, '--check')).code).toBe(0);
    });

    it.each([
      [
        'a wrong password',
        () => secure({ passwordFile: join(folder, 'wrong-password') }),
        78,
        /refuses this user or its password: correct bus\.kafka\.sasl/,
      ],
      [
        'a mechanism that the broker has not',
        () => secure({ mechanism: 'PLAIN', password: user.password }),
        78,
        /refuses this user or its password/,
      ],
      [
        'an authority that did not sign',
        () => ({ ...secure(), tls: {} }),
        78,
        /certificate that is not trusted, or speaks no TLS: correct bus\.kafka\.tls/,
      ],
      ['TLS where there is none', () => ({ ...plain(), tls: {} }), 1, /does not answer \(ECONNRESET\)/],
      ['no TLS where there is one', () => ({ bootstrapServers: secure().bootstrapServers }), 1, /does not answer/],
      ['no broker', () => ({ bootstrapServers: ['127.0.0.1:1'] }), 1, /Kafka at 127\.0\.0\.1:1 does not answer \(ECONNREFUSED\)/],
      [
        'a host that is not',
        () => ({ bootstrapServers: ['kafka.invalid:9092'] }),
        1,
        /Kafka at kafka\.invalid:9092 does not answer \((ENOTFOUND|EAI_AGAIN)\)/,
      ],
      [
        'no topic',
        () => ({ ...plain(), topicPrefix: 'nowhere' }),
        78,
        /no topic nowhere\.signals, nowhere\.inbox, nowhere\.dead: create them, or let bus\.kafka\.topics\.management be Create/,
      ],
    ])('tells %s', async (_, kafka, code, says) => {
      expect(await migrated({ client, ...kafka() })).toEqual({ code, err: expect.stringMatching(says) });
    });

    it('tells topics that are missing when it only looks, and makes none', async () => {
      const kafka = { client, ...plain(), ...create(`missing-${client}`) };
      const told = { code: 78, err: expect.stringMatching(/no topic missing-.*: nireon migrate makes them/) };
      expect(await migrated(kafka, '--check')).toEqual(told);
      expect(await migrated(kafka, '--check')).toEqual(told);
    });

    it('tells another number of partitions, and leaves the topic as it is', async () => {
      const prefix = `partitions-${client}`;
      await migrated({ client, ...plain(), ...create(prefix, 2) });
      const told = {
        code: 78,
        err: expect.stringContaining(`partitions is 2, and bus.kafka.topics.partitions is 3: change the topic or the setting`),
      };
      expect(await migrated({ client, ...plain(), ...create(prefix, 3) })).toEqual(told);
      expect(await migrated({ client, ...plain(), ...create(prefix, 3) }, '--check')).toEqual(told);
      expect((await migrated({ client, ...plain(), topicPrefix: prefix })).code).toBe(0);
    });
  });

  it.each([
    ['no brokers', {}, 'bus.kafka.bootstrapServers: is missing: with bus.kind kafka it says where the brokers are'],
    ['a broker without a port', { bootstrapServers: ['kafka'] }, 'bus.kafka.bootstrapServers[0]: must be host:port'],
    ['another client', { bootstrapServers: ['kafka:9092'], client: 'librdkafka' }, 'bus.kafka.client'],
    [
      'a user without a password',
      { bootstrapServers: ['kafka:9092'], sasl: { mechanism: 'PLAIN', username: 'u' } },
      'bus.kafka.sasl.passwordFile: give either passwordFile or password',
    ],
    [
      'a password file that is not',
      { bootstrapServers: ['kafka:9092'], sasl: { mechanism: 'PLAIN', username: 'u', passwordFile: '/nowhere' } },
      'bus.kafka.sasl.passwordFile: /nowhere cannot be read (ENOENT)',
    ],
    [
      'a certificate that is not',
      { bootstrapServers: ['kafka:9092'], tls: { caFile: '/nowhere' } },
      'bus.kafka.tls.caFile: /nowhere cannot be read (ENOENT)',
    ],
  ])('settings with %s are told', async (_, kafka, says) => {
    expect(await migrated(kafka)).toEqual({ code: 78, err: expect.stringContaining(says) });
  });

  it('serve is not ready without topics, says which, and goes on when they are made', async () => {
    const config = await configFile({ ...plain(), topicPrefix: 'later' });
    const serving = startCli(['serve', '--config', config]);
    const ops = /"address":"([^"]+)"/.exec(await serving.line('health and metrics listen'))![1]!;
    const ready = async () => {
      const response = await fetch(`${ops}/readyz`);
      const { checks } = (await response.json()) as { checks: { name: string; ok: boolean; message?: string }[] };
      return { status: response.status, ...checks.find(({ name }) => name === 'bus')! };
    };
    await serving.line('API listens');
    await until('it names the topics', async () => /no topic later\.signals/.test((await ready()).message ?? ''));
    expect(await ready()).toMatchObject({ status: 503, ok: false });
    const admin = new Client({ brokers: plain().bootstrapServers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.createTopics({ topics: ['signals', 'inbox', 'dead'].map((name) => ({ topic: `later.${name}`, numPartitions: 2 })) });
    await admin.disconnect();
    await until('it is ready', async () => (await ready()).status === 200);
    await server.brokers[0]!.kill();
    await until('it says that the bus is away, and stays ready', async () => {
      const { status, ok, message = '' } = await ready();
      return status === 200 && ok && /does not answer/.test(message);
    });
    await server.brokers[0]!.start();
    await until('the bus is back', async () => /joined/.test((await ready()).message ?? ''), 30_000);
    serving.process.kill('SIGTERM');
    const { code, out } = await serving.ended;
    expect(code).toBe(0);
    expect(out).toMatch(/"level":"warn".*Kafka has no topic later\.signals, later\.inbox, later\.dead: create them/);
    expect(out).toMatch(/"bus works again"/);
  }, 120_000);
});
