import { setTimeout as pause } from 'node:timers/promises';
import {
  type Admin,
  type EachBatchPayload,
  Kafka,
  type KafkaConfig,
  type KafkaMessage,
  logLevel,
  Partitioners,
  type Producer,
} from 'kafkajs';
import type { ConsumeOptions, Consuming, IncomingRecord, KafkaAddress, KafkaClient } from './client.ts';
import { within } from './within.ts';

const times = { connectMs: 5000, requestMs: 10_000, leaveMs: 5000 };
const joinMs = 30_000;
/** About four seconds in all: who calls decides whether to go on. */
const retry = { initialRetryTime: 100, maxRetryTime: 2000, retries: 5 };
/** Longer than this, and the partition is paused, so that the others go on. */
const patienceMs = 20;

/**
 * kafkajs under the settings with which it loses nothing. Left to itself it loses acknowledged records in two ways: a send that spans the
 * leaders of several partitions when one of them dies, and an idempotent producer whose answer is lost. Each send is for one partition; it is
 * not idempotent, and has one request in flight.
 */
export function createKafkajsClient(address: KafkaAddress): KafkaClient {
  let kafka: Promise<Kafka> | undefined;
  const newKafka = async (): Promise<Kafka> => new Kafka(await configOf(address));
  // The password may change: whoever connects anew asks for it anew.
  const current = (): Promise<Kafka> => (kafka ??= newKafka());
  const opened = createOpened(current, () => (kafka = undefined));

  return {
    name: 'kafkajs',
    async produce(topic, partition, records) {
      const producer = await opened.producer();
      const messages = records.map(({ key, value, headers }) => ({ key, value, headers: { ...headers }, partition }));
      await producer.send({ topic, acks: -1, timeout: times.requestMs, messages });
    },
    consume: async (options) => consume(await newKafka(), options),
    async topics(names) {
      const admin = await opened.admin();
      const existing = new Set(await admin.listTopics());
      const asked = names.filter((name) => existing.has(name));
      if (asked.length === 0) return new Map();
      const { topics } = await admin.fetchTopicMetadata({ topics: asked });
      return new Map(
        topics.map(({ name, partitions: all }) => [
          name,
          { partitions: all.length, replicationFactor: Math.min(...all.map(({ replicas }) => replicas.length)) },
        ]),
      );
    },
    async createTopics(topics, facts) {
      const admin = await opened.admin();
      await admin.createTopics({
        // It may reject although it made the topic when it waits for leaders.
        waitForLeaders: false,
        topics: topics.map(({ name, configs }) => ({
          ...{ topic: name, numPartitions: facts.partitions, replicationFactor: facts.replicationFactor },
          configEntries: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
        })),
      });
    },
    async lag(group, topic) {
      const admin = await opened.admin();
      const [ends, [committed]] = await Promise.all([
        admin.fetchTopicOffsets(topic),
        admin.fetchOffsets({ groupId: group, topics: [topic] }),
      ]);
      const done = new Map(committed?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
      return new Map(
        ends.map(({ partition, high, low }) => {
          const at = done.get(partition) ?? -1;
          return [partition, Math.max(0, Number(high) - (at < 0 ? Number(low) : at))];
        }),
      );
    },
    close: () => opened.close(),
  };
}

/** The admin and the producer, connected when they are first needed, and again after a failure. */
function createOpened(current: () => Promise<Kafka>, forget: () => void) {
  let admin: Promise<Admin> | undefined;
  let producer: Promise<Producer> | undefined;
  const leave = (one: Promise<{ disconnect(): Promise<void> }> | undefined): Promise<unknown> =>
    within(
      times.leaveMs,
      (one ?? Promise.resolve(undefined)).then((it) => it?.disconnect()),
    ).catch(() => undefined);
  async function open<T extends { connect(): Promise<void>; disconnect(): Promise<void> }>(make: (kafka: Kafka) => T): Promise<T> {
    const one = make(await current());
    try {
      await one.connect();
    } catch (error) {
      forget();
      void leave(Promise.resolve(one));
      throw error;
    }
    return one;
  }
  return {
    admin: () =>
      (admin ??= open((kafka) => kafka.admin({ retry })).catch((error: unknown) => {
        admin = undefined;
        throw error;
      })),
    producer: () =>
      (producer ??= open((kafka) =>
        kafka.producer({
          ...{ idempotent: false, maxInFlightRequests: 1, allowAutoTopicCreation: false, retry },
          createPartitioner: Partitioners.DefaultPartitioner,
        }),
      ).catch((error: unknown) => {
        producer = undefined;
        throw error;
      })),
    async close() {
      await Promise.all([leave(admin), leave(producer)]);
    },
  };
}

async function configOf({ bootstrapServers, tls, sasl }: KafkaAddress): Promise<KafkaConfig> {
  const mechanisms = { PLAIN: 'plain', 'SCRAM-SHA-256': 'scram-sha-256', 'SCRAM-SHA-512': 'scram-sha-512' } as const;
  return {
    clientId: 'nireon',
    brokers: [...bootstrapServers],
    // It would write errors of its own to the output, with addresses and stacks.
    logLevel: logLevel.NOTHING,
    connectionTimeout: times.connectMs,
    authenticationTimeout: times.connectMs,
    requestTimeout: times.requestMs,
    retry,
    ...(tls && { ssl: { ...(tls.ca && { ca: [tls.ca] }), ...(tls.cert && { cert: tls.cert }), ...(tls.key && { key: tls.key }) } }),
    ...(sasl && { sasl: { mechanism: mechanisms[sasl.mechanism] as 'plain', username: sasl.username, password: await sasl.password() } }),
  };
}

async function consume(kafka: Kafka, { group, topic, handle }: ConsumeOptions): Promise<Consuming> {
  const consumer = kafka.consumer({
    ...{ groupId: group, sessionTimeout: 10_000, heartbeatInterval: 1000, rebalanceTimeout: 20_000, maxWaitTimeInMs: 250 },
    ...{ allowAutoTopicCreation: false, retry: { ...retry, restartOnFailure: async () => false } },
  });
  const underWay = new Set<Promise<void>>();
  /** Partitions whose records were not taken: what follows them must not be committed over them. */
  const refused = new Set<number>();
  /** Raised with each assignment: what was read before may be another's now, whose offsets must not be set back. */
  let assignment = 0;
  let stopping = false;
  let end: (why: unknown) => void = () => undefined;
  const ended = new Promise<unknown>((resolve) => (end = resolve));
  const joined = new Promise<void>((resolve) => {
    consumer.on('consumer.group_join', () => {
      assignment += 1;
      resolve();
    });
  });
  consumer.on('consumer.crash', ({ payload }) => end(payload.error));
  const leave = async (): Promise<void> => {
    await within(times.leaveMs, consumer.disconnect()).catch(() => undefined);
  };

  async function take(records: readonly IncomingRecord[], partition: number, last: string): Promise<void> {
    const from = assignment;
    try {
      await handle(records);
    } catch {
      refused.add(partition);
    }
    if (refused.has(partition) || from !== assignment) return;
    // Refused during a rebalance: then the records come again.
    await consumer.commitOffsets([{ topic, partition, offset: String(BigInt(last) + 1n) }]).catch(() => undefined);
  }
  async function eachBatch({ batch, resolveOffset, pause: pausePartition }: EachBatchPayload): Promise<void> {
    if (stopping || refused.has(batch.partition)) {
      pausePartition();
      return;
    }
    const { partition, messages } = batch;
    const records = messages.map((message) => recordOf(topic, partition, message));
    const taken = take(records, partition, batch.lastOffset()).finally(() => underWay.delete(taken));
    underWay.add(taken);
    resolveOffset(messages.at(-1)!.offset);
    if ((await Promise.race([taken, pause(patienceMs, late)])) !== late) return;
    const resume = pausePartition();
    void taken.then(() => resume()).catch(() => undefined);
  }
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, partitionsConsumedConcurrently: 64, eachBatch });
    await within(joinMs, Promise.race([joined, ended.then((error) => Promise.reject(error as Error))]));
  } catch (error) {
    void leave();
    throw error;
  }
  return {
    ended,
    async stop() {
      stopping = true;
      await Promise.all(underWay);
      await leave();
      end(undefined);
    },
  };
}

const late = Symbol('late');

function recordOf(topic: string, partition: number, { key, value, headers = {}, offset }: KafkaMessage): IncomingRecord {
  const read = Object.entries(headers).map(([name, given]): [string, string] => [
    name,
    String(Array.isArray(given) ? given.at(-1) : given),
  ]);
  return { topic, partition, offset: BigInt(offset), key: key?.toString(), value: value ?? undefined, headers: Object.fromEntries(read) };
}
