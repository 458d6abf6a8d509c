import {
  Admin,
  type BaseOptions,
  Consumer,
  ListOffsetTimestamps,
  type Message,
  Producer,
  stringDeserializers,
  stringSerializers,
} from '@platformatic/kafka';
import type { ConsumeOptions, Consuming, IncomingRecord, KafkaAddress, KafkaClient, TopicFacts } from './client.ts';
import { createPartitionQueues } from './partition-queues.ts';
import { within } from './within.ts';

const leaveMs = 5000;
const joinMs = 30_000;
/** About four seconds in all: who calls decides whether to go on. */
const patience = { retries: 3, retryDelay: 500, connectTimeout: 5000, timeout: 5000, requestTimeout: 10_000 };

/**
 * @platformatic/kafka under the settings with which it loses nothing: an idempotent producer that never gives a batch up, since what it
 * gave up would be missing from the sequence.
 */
export function createPlatformaticClient(address: KafkaAddress): KafkaClient {
  const base = optionsOf(address);
  const admin = new Admin({ ...base, ...patience });
  const producer = new Producer({
    ...{ ...base, ...patience, retries: true, idempotent: true, acks: -1, autocreateTopics: false },
    serializers: { ...stringSerializers, value: (value?: Buffer) => value },
  });

  async function topics(names: readonly string[]): Promise<Map<string, TopicFacts>> {
    const existing = new Set(await admin.listTopics());
    const asked = names.filter((name) => existing.has(name));
    if (asked.length === 0) return new Map();
    const found = (await admin.metadata({ topics: asked, forceUpdate: true })).topics;
    return new Map(
      [...found].map(([name, { partitions }]) => [
        name,
        { partitions: partitions.length, replicationFactor: Math.min(...partitions.map(({ replicas }) => replicas.length)) },
      ]),
    );
  }

  return {
    name: 'platformatic',
    topics,
    async produce(topic, partition, records) {
      const messages = records.map(({ key, value, headers }) => ({
        ...{ topic, partition, key, headers: new Map(Object.entries(headers)) },
        ...(value === null ? {} : { value }),
      }));
      await producer.send({ messages });
    },
    consume: async (options) => consume({ ...base, ...patience }, options),
    async createTopics(wanted, facts) {
      for (const { name, configs } of wanted) {
        const request = { topics: [name], partitions: facts.partitions, replicas: facts.replicationFactor };
        const settings = Object.entries(configs).map(([key, value]) => ({ name: key, value }));
        await admin.createTopics({ ...request, configs: settings }).catch((error: unknown) => {
          if (!String(error).includes('TOPIC_ALREADY_EXISTS') && !JSON.stringify(error).includes('TOPIC_ALREADY_EXISTS')) throw error;
        });
      }
    },
    async lag(group, topic) {
      const count = (await topics([topic])).get(topic)?.partitions ?? 0;
      const all = Array.from({ length: count }, (_, partitionIndex) => partitionIndex);
      const offsetsAt = async (timestamp: bigint): Promise<ReadonlyMap<number, bigint>> => {
        const partitions = all.map((partitionIndex) => ({ partitionIndex, timestamp }));
        const [listed] = await admin.listOffsets({ topics: [{ name: topic, partitions }] });
        return new Map(listed?.partitions.map(({ partitionIndex, offset }) => [partitionIndex, offset]));
      };
      const [ends, starts, [committed]] = await Promise.all([
        offsetsAt(ListOffsetTimestamps.LATEST),
        offsetsAt(ListOffsetTimestamps.EARLIEST),
        admin.listConsumerGroupOffsets({ groups: [{ groupId: group, topics: [{ name: topic, partitionIndexes: all }] }] }),
      ]);
      const done = new Map(
        committed?.topics[0]?.partitions.map(({ partitionIndex, committedOffset }) => [partitionIndex, committedOffset]),
      );
      return new Map(
        all.map((partition) => {
          const at = done.get(partition) ?? -1n;
          return [partition, Math.max(0, Number((ends.get(partition) ?? 0n) - (at < 0n ? (starts.get(partition) ?? 0n) : at)))];
        }),
      );
    },
    async close() {
      const left = [producer.close(true), admin.close()].map((closing) => within(leaveMs, closing).catch(() => undefined));
      await Promise.all(left);
    },
  };
}

function optionsOf({ bootstrapServers, tls, sasl }: KafkaAddress): BaseOptions {
  return {
    ...{ clientId: 'nireon', bootstrapBrokers: [...bootstrapServers] },
    ...(tls && { tls }),
    ...(sasl && { sasl: { mechanism: sasl.mechanism, username: sasl.username, password: sasl.password } }),
  };
}

type TextMessage = Message<string, Buffer, string, string>;

async function consume(base: BaseOptions, { group, topic, handle }: ConsumeOptions): Promise<Consuming> {
  const consumer = new Consumer<string, Buffer, string, string>({
    ...{ ...base, groupId: group, groupProtocol: 'classic', sessionTimeout: 10_000, rebalanceTimeout: 20_000, heartbeatInterval: 1000 },
    ...{ autocommit: false, autocreateTopics: false, maxWaitTime: 500 },
    deserializers: { ...stringDeserializers, value: (value) => value! },
  });
  let end: (why: unknown) => void = () => undefined;
  const ended = new Promise<unknown>((resolve) => (end = resolve));
  const leave = async (): Promise<void> => {
    await within(leaveMs, consumer.close(true)).catch(() => undefined);
  };
  try {
    const stream = await within(joinMs, consumer.consume({ topics: [topic], mode: 'committed', fallbackMode: 'earliest' }));
    const queues = createPartitionQueues<TextMessage>({
      async handle(messages) {
        await handle(messages.map(recordOf));
        // Refused when the partition is another's by now: then the records come again there.
        void Promise.resolve(messages.at(-1)!.commit()).catch(() => undefined);
      },
      hold: () => void stream.pause(),
      goOn: () => void stream.resume(),
    });
    stream.on('error', end);
    stream.on('close', () => end(new Error('the stream of records ended')));
    stream.on('data', (message: TextMessage) => queues.add(message.partition, message));
    return {
      ended,
      async stop() {
        await queues.stop();
        end(undefined);
        await within(leaveMs, Promise.resolve(stream.close())).catch(() => undefined);
        await leave();
      },
    };
  } catch (error) {
    void leave();
    throw error;
  }
}

const recordOf = ({ topic, partition, offset, key, value, headers }: TextMessage): IncomingRecord => ({
  ...{ topic, partition, offset, key, value },
  headers: Object.fromEntries(headers),
});
