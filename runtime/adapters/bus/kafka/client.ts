/** Where the brokers are, and how they are spoken to. */
export interface KafkaAddress {
  /** `host:port` of one or more brokers. */
  readonly bootstrapServers: readonly string[];
  /** Absent: no TLS. `ca`, `cert`, `key`: PEM; without `ca`, the authorities that Node.js knows. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  /** The password is asked for whenever a client connects, so that it may be changed. */
  readonly sasl?: {
    readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
    readonly username: string;
    readonly password: () => Promise<string>;
  };
}

export interface OutgoingRecord {
  /** Records of one key go to one partition, in the order given. */
  readonly key: string;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

export interface IncomingRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly key: string | undefined;
  readonly value: Buffer | undefined;
  /** The last of those that stand more than once. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Consuming {
  /** Resolves when it is over, with the reason unless `stop` was the reason. It never goes on by itself after that. */
  readonly ended: Promise<unknown>;
  /** Resolves when what is being handled is done, its offsets are committed and the group is left. */
  stop(): Promise<void>;
}

export interface ConsumeOptions {
  readonly group: string;
  readonly topic: string;
  /**
   * Records in the order of their partition; calls for different partitions may overlap. While it is unresolved no more than a bounded
   * number of further records is read; their offsets are committed after it resolves. Where it rejects they are not, and come again when the group is joined anew.
   */
  readonly handle: (records: readonly IncomingRecord[]) => Promise<void>;
}

export interface TopicFacts {
  readonly partitions: number;
  readonly replicationFactor: number;
}

/**
 * What the bus needs of a Kafka client, and no more: the shared part knows no library, and a library knows no signals. Errors come as the
 * library throws them; failure.ts gives them their codes. Every call ends, in error if need be, within about ten seconds.
 */
export interface KafkaClient {
  readonly name: 'kafkajs' | 'platformatic';
  /** Resolves when all in-sync replicas have all of them; when it throws, any of them may have been written. */
  produce(topic: string, partition: number, records: readonly OutgoingRecord[]): Promise<void>;
  /** Resolves when it has joined the group. A group that is new begins with the oldest record. */
  consume(options: ConsumeOptions): Promise<Consuming>;
  /** Those of the topics that exist. */
  topics(names: readonly string[]): Promise<ReadonlyMap<string, TopicFacts>>;
  /** What exists already is left as it is. */
  createTopics(
    topics: readonly { readonly name: string; readonly configs: Readonly<Record<string, string>> }[],
    facts: TopicFacts,
  ): Promise<void>;
  /** Records of each partition that the group has not committed yet. */
  lag(group: string, topic: string): Promise<ReadonlyMap<number, number>>;
  close(): Promise<void>;
}
