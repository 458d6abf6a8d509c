import { Kafka, logLevel } from 'kafkajs';
import type { KafkaAddress } from '../../runtime/adapters/bus/kafka/client.ts';

export interface ReadRecord {
  readonly partition: number;
  readonly offset: string;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

let readers = 0;

/** Everything that a topic holds now, in the order of each partition. */
export async function readTopic({ bootstrapServers }: KafkaAddress, topic: string): Promise<ReadRecord[]> {
  const client = new Kafka({ brokers: [...bootstrapServers], logLevel: logLevel.NOTHING });
  const admin = client.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const left = new Map(ends.filter(({ high, low }) => high !== low).map(({ partition, high }) => [partition, BigInt(high) - 1n]));
  const records: ReadRecord[] = [];
  if (left.size === 0) return records;
  const consumer = client.consumer({ groupId: `reader-${process.pid}-${++readers}`, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer.on('consumer.crash', ({ payload }) => reject(payload.error));
    const run = consumer.run({
      async eachMessage({ partition, message: { offset, value, headers = {} } }) {
        const texts = Object.entries(headers).map(([name, text]) => [name, String(text)]);
        records.push({ partition, offset, value: value?.toString() ?? null, headers: Object.fromEntries(texts) as Record<string, string> });
        if (BigInt(offset) >= (left.get(partition) ?? -1n)) left.delete(partition);
        if (left.size === 0) resolve();
      },
    });
    run.catch(reject);
  });
  await consumer.disconnect();
  return records.toSorted((a, b) => a.partition - b.partition || Number(a.offset) - Number(b.offset));
}
