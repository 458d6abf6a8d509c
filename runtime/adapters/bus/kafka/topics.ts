import { setTimeout as pause } from 'node:timers/promises';
import { NireonError, type Problem } from '../../../domain/errors.ts';
import type { KafkaClient } from './client.ts';

export interface TopicSettings {
  /** Require: others make them. Create: what is missing is made. */
  readonly management: 'Require' | 'Create';
  /** Of topics that are made; where they are said, those that are there must have as many. */
  readonly partitions?: number;
  readonly replicationFactor?: number;
}

export interface Topics {
  /** What the sessions say, for the workers and for anyone. */
  readonly signals: string;
  /** What others ask for. */
  readonly inbox: string;
  /** Records that nobody here could read, with the reason in their headers. */
  readonly dead: string;
}

export const topicsOf = (prefix: string): Topics => ({ signals: `${prefix}.signals`, inbox: `${prefix}.inbox`, dead: `${prefix}.dead` });

export const standardTopic = { partitions: 12, replicationFactor: 3 } as const;

const day = 86_400_000;
const retentionMs = { signals: day, inbox: 7 * day, dead: 30 * day } as const;
const settleMs = 10_000;

/**
 * Resolves when all topics are there, after making those that are missing where the settings say so. BUS_TOPIC_MISSING; BUS_TOPIC_DIFFERENT
 * for one with another number of partitions or copies than the settings say; what the client throws. `check` makes nothing.
 */
export async function ensureTopics(client: KafkaClient, topics: Topics, settings: TopicSettings, check = false): Promise<void> {
  const names = Object.values(topics) as string[];
  const existing = await client.topics(names);
  const missing = names.filter((name) => !existing.has(name));
  if (missing.length > 0 && (check || settings.management === 'Require')) {
    const advice =
      settings.management === 'Require' ? 'create them, or let bus.kafka.topics.management be Create' : 'nireon migrate makes them';
    throw new NireonError('BUS_TOPIC_MISSING', `Kafka has no topic ${missing.join(', ')}: ${advice}`);
  }
  const problems = [...existing].flatMap(([name, facts]) =>
    (['partitions', 'replicationFactor'] as const).flatMap((key): Problem[] => {
      const wanted = settings[key];
      if (wanted === undefined || facts[key] === wanted) return [];
      return [
        { path: name, message: `${key} is ${facts[key]}, and bus.kafka.topics.${key} is ${wanted}: change the topic or the setting` },
      ];
    }),
  );
  if (problems.length > 0) {
    throw new NireonError(
      'BUS_TOPIC_DIFFERENT',
      `topics of Kafka are not as the settings say: ${problems[0]!.path}: ${problems[0]!.message}`,
      {
        problems,
      },
    );
  }
  if (missing.length === 0) return;
  const kinds = Object.entries(topics) as [keyof Topics, string][];
  const wanted = kinds.filter(([, name]) => missing.includes(name));
  await client.createTopics(
    wanted.map(([kind, name]) => ({ name, configs: { 'retention.ms': String(retentionMs[kind]) } })),
    { ...standardTopic, ...settings },
  );
  await settled(client, missing);
}

/** A topic that was made is known to every broker a little later. */
async function settled(client: KafkaClient, names: readonly string[]): Promise<void> {
  const end = Date.now() + settleMs;
  while ((await client.topics(names)).size < names.length) {
    if (Date.now() > end) throw new NireonError('BUS_UNREACHABLE', `the topics ${names.join(', ')} were made, but are not there yet`);
    await pause(100);
  }
}
