import type { KafkaAddress, KafkaClient } from '../adapters/bus/kafka/client.ts';
import type { TopicSettings } from '../adapters/bus/kafka/topics.ts';
import type { RuntimeConfig } from '../config.ts';
import { busKind, type KafkaConfig } from '../config-bus.ts';
import type { Bus } from '../ports/bus.ts';
import type { Observe } from '../ports/observer.ts';

/** The bus of these settings. Waits for no server: one that is away is looked for again and again. */
export async function createBus(config: RuntimeConfig, observe: Observe): Promise<Bus> {
  const { bus, store } = config;
  switch (busKind(bus, store)) {
    case 'local':
      return (await import('../adapters/bus/local.ts')).createLocalBus();
    case 'postgres': {
      const { createPostgresBus } = await import('../adapters/bus/postgres.ts');
      const { postgresAddress } = await import('./postgres-address.ts');
      return createPostgresBus({ address: await postgresAddress(store.postgres) });
    }
    case 'kafka': {
      const { createKafkaBus } = await import('../adapters/bus/kafka/index.ts');
      return createKafkaBus({ ...(await wireKafka(config)), observe });
    }
  }
}

/** What the bus and the checks of its topics need. */
export async function wireKafka({ bus: { kafka }, instance }: RuntimeConfig): Promise<KafkaWiring> {
  const { kafkaAddress } = await import('./kafka-address.ts');
  const address = await kafkaAddress(kafka);
  return {
    client: await clientOf(kafka.client, address),
    place: address.bootstrapServers.join(', '),
    topicPrefix: kafka.topicPrefix ?? `nireon.${instance}`,
    topics: kafka.topics,
  };
}

async function clientOf(name: KafkaConfig['client'], address: KafkaAddress): Promise<KafkaClient> {
  switch (name) {
    case 'platformatic':
      return (await import('../adapters/bus/kafka/platformatic.ts')).createPlatformaticClient(address);
    case 'kafkajs':
      return (await import('../adapters/bus/kafka/kafkajs.ts')).createKafkajsClient(address);
  }
}

export interface KafkaWiring {
  readonly client: KafkaClient;
  readonly place: string;
  readonly topicPrefix: string;
  readonly topics: TopicSettings;
}
