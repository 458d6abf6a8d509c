import { z } from 'zod';
import { checkedBy, namedSecretKey, secretKey, text, whole } from './bounded.ts';

/** A field that may not change once the instance is there, be it set or not. */
const fixed = (field: string, why: string) => ({
  rule: `has(self.${field}) == has(oldSelf.${field}) && (!has(self.${field}) || self.${field} == oldSelf.${field})`,
  message: `${field} cannot change: ${why}`,
});

const kafka = z
  .strictObject({
    bootstrapServers: z
      .array(text(1, 261, 'Address of a broker').regex(/^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]{1,253}):[1-9][0-9]{0,4}$/))
      .min(1)
      .max(16)
      .describe('Brokers to ask first, as host:port; they name the others')
      .meta({ 'x-kubernetes-list-type': 'atomic' }),
    client: z.exactOptional(z.enum(['platformatic', 'kafkajs']).describe('The library that speaks to the brokers')),
    tls: z.exactOptional(
      z
        .strictObject({
          caSecret: z.exactOptional(secretKey('ca.crt', 'Certificates that the brokers are checked against; without it, the public ones')),
          clientSecret: z.exactOptional(
            z
              .strictObject({ name: text(1, 253, 'Name of a Secret with tls.crt and tls.key') })
              .describe('Certificate by which the pods show who they are'),
          ),
        })
        .describe('Speaks to the brokers by TLS'),
    ),
    sasl: z.exactOptional(
      z
        .strictObject({
          mechanism: z.enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']).describe('How the user proves who it is'),
          username: text(1, 253, 'Who connects'),
          passwordSecret: secretKey('password', 'The password of the user'),
        })
        .describe('How the pods log in'),
    ),
    topicPrefix: z.exactOptional(
      text(1, 200, 'Beginning of the names of topics and consumer groups; nireon.<namespace>.<name> unless said').regex(
        /^[A-Za-z0-9._-]+$/,
      ),
    ),
    topics: z
      .strictObject({
        management: z
          .enum(['Require', 'Create'])
          .default('Require')
          .describe('Require: the topics must be there; Create: those that are missing are made'),
        partitions: whole(1, 1000, 'Partitions of each topic').default(12),
        replicationFactor: whole(1, 9, 'Brokers that hold each partition').default(3),
      })
      .prefault({})
      .describe('What is made of topics'),
  })
  .describe('Carries signals between the pods by Apache Kafka')
  .meta(checkedBy(fixed('topicPrefix', 'others use its inbox')));

export const bus = z.strictObject({ kafka }).describe('What carries signals between the pods; PostgreSQL unless said');

const postgres = z
  .strictObject({
    connectionSecret: secretKey('uri', 'Address, user and password, as postgres://user:password@host:5432/database'),
    schema: z.exactOptional(
      text(1, 63, 'Schema of the database that is the instance’s own; one of its own name unless said').regex(/^[a-z_][a-z0-9_]{0,62}$/),
    ),
    poolSize: whole(1, 200, 'Connections of each pod').default(10),
    tls: z.exactOptional(
      z
        .strictObject({ caSecret: secretKey('ca.crt', 'Certificates that the server is checked against, name and all') })
        .describe('Speaks to the database by TLS'),
    ),
  })
  .describe('Keeps sessions in PostgreSQL')
  .meta(checkedBy(fixed('schema', 'data is in it')));

export const store = z.strictObject({ postgres }).describe('Where sessions are kept');

export const secretEnv = z
  .array(
    z
      .strictObject({
        name: z
          .string()
          .regex(/^(NIREON|OTEL)_[A-Z0-9_]+$/)
          .max(128)
          .describe('The variable: NIREON_… or OTEL_…'),
        secret: namedSecretKey('Where its value is'),
      })
      .describe('A variable whose value is secret'),
  )
  .max(16)
  .describe('Settings that are secret and have no field here')
  .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] });
