import { existsSync, readFileSync } from 'node:fs';
import { Kafka, logLevel } from 'kafkajs';
import { findKafka, type Kafka as Server, startKafka } from '../../testbed/kafka.ts';
import { until } from '../../support/until.ts';

const user = { name: 'ideas', password: 'only-for-this-test' };
const clientOf = (server: Server): Kafka => new Kafka({ brokers: [server.brokers[0]!.address], logLevel: logLevel.NOTHING });

(findKafka() === undefined ? describe.skip : describe)('the Kafka of the test bed', () => {
  let server: Server;
  beforeAll(async () => void (server = await startKafka({ user })), 120_000);
  afterAll(() => server.stop());

  const secured = (password: string): Kafka =>
    new Kafka({
      brokers: [server.brokers[0]!.secureAddress],
      logLevel: logLevel.NOTHING,
      retry: { retries: 0 },
      ssl: { ca: [readFileSync(server.caFile)] },
      sasl: { mechanism: 'scram-sha-512', username: user.name, password },
    });

  it('lets its user in over TLS, and nobody with another password', async () => {
    const good = secured(user.password).admin();
    await good.connect();
    expect(await good.describeCluster()).toMatchObject({ brokers: [{ nodeId: 1 }] });
    await good.disconnect();
    const bad = secured('another').admin();
    await expect(bad.connect()).rejects.toMatchObject({ name: 'KafkaJSSASLAuthenticationError' });
    await bad.disconnect();
  });

  it('keeps what it acknowledged through a kill', async () => {
    const [broker] = server.brokers;
    const admin = clientOf(server).admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: 'kept', numPartitions: 1 }] });
    const producer = clientOf(server).producer();
    await producer.connect();
    await producer.send({ topic: 'kept', acks: -1, messages: [{ value: 'one' }, { value: 'two' }] });
    await producer.disconnect();
    await admin.disconnect();
    const before = broker!.pid();
    await broker!.kill();
    await broker!.start();
    expect(broker!.pid()).not.toBe(before);
    const again = clientOf(server).admin();
    await again.connect();
    await until('the partition has its leader', async () => (await again.fetchTopicOffsets('kept'))[0]?.high === '2');
    await again.disconnect();
  }, 120_000);

  it('leaves no folder and no process behind', async () => {
    const other = await startKafka();
    const pid = other.brokers[0]!.pid();
    await other.stop();
    expect(existsSync(other.folder)).toBe(false);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  }, 120_000);
});
