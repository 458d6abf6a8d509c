import type { RuntimeConfig } from '../config.ts';
import { busKind } from '../config-bus.ts';
import { wireKafka } from './create-bus.ts';

/**
 * Makes the topics that are missing, where the settings let it; with `check` only looks. Resolves to a sentence about them; undefined where no
 * Kafka is set. BUS_UNREACHABLE, BUS_DENIED, BUS_UNTRUSTED, BUS_TOPIC_MISSING, BUS_TOPIC_DIFFERENT.
 */
export async function migrateTopics(config: RuntimeConfig, { check }: { check: boolean }): Promise<string | undefined> {
  if (busKind(config.bus, config.store) !== 'kafka') return undefined;
  const { ensureTopics, topicsOf } = await import('../adapters/bus/kafka/topics.ts');
  const { busFailure } = await import('../adapters/bus/kafka/failure.ts');
  const { within } = await import('../adapters/bus/kafka/within.ts');
  const { client, place, topicPrefix, topics } = await wireKafka(config);
  try {
    await within(patienceMs, ensureTopics(client, topicsOf(topicPrefix), topics, check));
  } catch (error) {
    throw busFailure(error, `Kafka at ${place}`);
  } finally {
    await client.close();
  }
  return `The topics ${topicPrefix}.signals, .inbox and .dead are there, by Kafka at ${place}.`;
}

const patienceMs = 30_000;
