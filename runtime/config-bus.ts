import { z } from 'zod';
import { type StoreConfig, storeKind } from './config-store.ts';

const text = (max: number, says: string) => z.string().min(1).max(max).describe(says);

const saslSchema = z
  .strictObject({
    mechanism: z.enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']).describe('How the user proves who it is'),
    username: text(253, 'Who connects'),
    passwordFile: z.exactOptional(
      text(1000, "File with the user's password; read anew when a client connects anew, so that it may be changed").meta({
        defaultText: 'none: `password` says it',
      }),
    ),
    password: z.exactOptional(
      text(1024, 'The password, in place of passwordFile: for a variable, not for a file').meta({
        secret: true,
        defaultText: 'none: `passwordFile` says where it is',
      }),
    ),
  })
  .superRefine(({ password, passwordFile }, context) => {
    if ((password === undefined) === (passwordFile === undefined)) {
      context.addIssue({ code: 'custom', path: ['passwordFile'], message: 'give either passwordFile or password' });
    }
  });

const kafkaSchema = z.strictObject({
  bootstrapServers: z.exactOptional(
    z
      .array(z.string().regex(/^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]{1,253}):[1-9][0-9]{0,4}$/, 'must be host:port'))
      .min(1)
      .max(16)
      .describe('Brokers to ask first, as `host:port`; they name the others')
      .meta({ defaultText: 'none; needed where bus.kind is kafka' }),
  ),
  client: z.enum(['platformatic', 'kafkajs']).default('platformatic').describe('The library that speaks to the brokers'),
  topicPrefix: z.exactOptional(
    z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,200}$/, 'letters, digits, ., _ and -, at most 200')
      .describe('Topics are `<prefix>.signals`, `.inbox` and `.dead`; consumer groups `<prefix>.<role>`')
      .meta({ defaultText: '`nireon.<instance>`' }),
  ),
  topics: z
    .strictObject({
      management: z
        .enum(['Require', 'Create'])
        .default('Require')
        .describe('Require: the topics must be there; Create: `nireon migrate` and `nireon serve` make those that are missing'),
      partitions: z.exactOptional(
        z
          .int()
          .min(1)
          .max(1000)
          .describe('Partitions of each topic; where it is said, topics that are there must have as many')
          .meta({ defaultText: '`12` for topics that are made' }),
      ),
      replicationFactor: z.exactOptional(
        z
          .int()
          .min(1)
          .max(9)
          .describe('Copies of each topic; where it is said, topics that are there must have as many')
          .meta({ defaultText: '`3` for topics that are made' }),
      ),
    })
    .prefault({}),
  tls: z.exactOptional(
    z
      .strictObject({
        caFile: z.exactOptional(
          text(1000, 'Certificates of the authorities to trust (PEM)').meta({ defaultText: 'those that Node.js knows' }),
        ),
        certFile: z.exactOptional(text(1000, 'Certificate of this client (PEM)').meta({ defaultText: 'none' })),
        keyFile: z.exactOptional(text(1000, 'Key of that certificate (PEM)').meta({ defaultText: 'none' })),
      })
      .describe('`{}` for TLS with the authorities that Node.js knows'),
  ),
  sasl: z.exactOptional(saslSchema),
});
export type KafkaConfig = z.infer<typeof kafkaSchema>;

export const busSchema = z.strictObject({
  kind: z.exactOptional(
    z
      .enum(['local', 'postgres', 'kafka'])
      .describe(
        'local: wakes this process only; postgres: wakes every process that shares the schema, at once; kafka: that too, and other systems read and write along',
      )
      .meta({ defaultText: '`kafka` where its brokers are said, `postgres` where the store is, else `local`' }),
  ),
  kafka: kafkaSchema.prefault({}),
});
export type BusConfig = z.infer<typeof busSchema>;

export const busKind = ({ kind, kafka }: BusConfig, store: StoreConfig): 'local' | 'postgres' | 'kafka' =>
  kind ?? (kafka.bootstrapServers !== undefined ? 'kafka' : storeKind(store) === 'postgres' ? 'postgres' : 'local');

/** What is wrong with a bus beside such a store, and where. */
export function misplacedBus(bus: BusConfig, store: StoreConfig): { path: string[]; message: string } | undefined {
  const kind = busKind(bus, store);
  if (kind === 'postgres' && storeKind(store) !== 'postgres') {
    const message = 'postgres carries signals only where it is the store too: give store.postgres, or leave bus.kind out';
    return { path: ['bus', 'kind'], message };
  }
  if (kind === 'kafka' && bus.kafka.bootstrapServers === undefined) {
    return { path: ['bus', 'kafka', 'bootstrapServers'], message: 'is missing: with bus.kind kafka it says where the brokers are' };
  }
  return undefined;
}
