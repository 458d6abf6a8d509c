import { NireonError } from '../../../domain/errors.ts';
import type { KafkaClient, OutgoingRecord } from './client.ts';
import { createLanes } from './lanes.ts';
import { partitionOf } from './partition-of.ts';

export interface Outgoing {
  /**
   * Resolves when all in-sync replicas have all of them. Those of one key are written in the order of the calls. After the abort
   * it rejects; what is under way then may still be written.
   */
  send(topic: string, records: readonly OutgoingRecord[], abort?: AbortSignal): Promise<void>;
}

/**
 * Each partition has its lane, in which one batch is under way at a time: no client is trusted to keep more than that apart when a leader
 * dies (docs/decisions/2026-11-23-kafka-client.md), and a partition without a leader holds up no other.
 */
export function createOutgoing(client: KafkaClient): Outgoing {
  const counts = new Map<string, Promise<number>>();
  const lanes = createLanes<OutgoingRecord>((lane, records) => {
    const at = lane.lastIndexOf('-');
    return client.produce(lane.slice(0, at), Number(lane.slice(at + 1)), records);
  });

  async function ask(topic: string): Promise<number> {
    const facts = (await client.topics([topic])).get(topic);
    if (!facts) throw new NireonError('BUS_TOPIC_MISSING', `Kafka has no topic ${topic}`);
    return facts.partitions;
  }
  /** Asked once, so that those who wait for it go on in the order in which they came. */
  function countOf(topic: string): Promise<number> {
    const known = counts.get(topic) ?? ask(topic);
    counts.set(topic, known);
    return known;
  }
  return {
    async send(topic, records, abort) {
      try {
        const partitions = await countOf(topic);
        const byLane = Map.groupBy(records, ({ key }) => `${topic}-${partitionOf(key, partitions)}`);
        await Promise.all([...byLane].map(([lane, some]) => lanes.send(lane, some, abort)));
      } catch (error) {
        // It may have been made anew with another number.
        counts.delete(topic);
        throw error;
      }
    },
  };
}
