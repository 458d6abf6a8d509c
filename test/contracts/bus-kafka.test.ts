import { createKafkaBus } from '../../runtime/adapters/bus/kafka/index.ts';
import { createKafkajsClient } from '../../runtime/adapters/bus/kafka/kafkajs.ts';
import { findKafka, type Kafka, startKafka } from '../testbed/kafka.ts';
import { describeBus } from './bus-contract.ts';

(findKafka() === undefined ? describe.skip : describe)('on a broker', () => {
  let server: Kafka;
  let prefixes = 0;
  beforeAll(async () => void (server = await startKafka()), 120_000);
  afterAll(() => server.stop());

  describeBus('kafkajs', async () => {
    const topicPrefix = `bus${++prefixes}`;
    const bootstrapServers = [server.brokers[0]!.address];
    return {
      open: async () =>
        createKafkaBus({
          client: createKafkajsClient({ bootstrapServers }),
          place: bootstrapServers.join(', '),
          topicPrefix,
          topics: { management: 'Create', partitions: 3, replicationFactor: 1 },
          observe: () => undefined,
        }),
    };
  });
});
