import { createKafkaBus } from '../../runtime/adapters/bus/kafka/index.ts';
import { createKafkajsClient } from '../../runtime/adapters/bus/kafka/kafkajs.ts';
import { createPlatformaticClient } from '../../runtime/adapters/bus/kafka/platformatic.ts';
import { findKafka, type Kafka, startKafka } from '../testbed/kafka.ts';
import { describeBus } from './bus-contract.ts';

(findKafka() === undefined ? describe.skip : describe)('on a broker', () => {
  let server: Kafka;
  let prefixes = 0;
  beforeAll(async () => void (server = await startKafka()), 120_000);
  afterAll(() => server.stop());

  const clients = { kafkajs: createKafkajsClient, platformatic: createPlatformaticClient };
  describe.each(Object.entries(clients))('by %s', (name, createClient) => {
    describeBus(name, async () => {
      const topicPrefix = `bus${++prefixes}`;
      const bootstrapServers = [server.brokers[0]!.address];
      return {
        open: async () =>
          createKafkaBus({
            client: createClient({ bootstrapServers }),
            place: bootstrapServers.join(', '),
            topicPrefix,
            topics: { management: 'Create', partitions: 3, replicationFactor: 1 },
            observe: () => undefined,
          }),
      };
    });
  });
});
