import { z } from 'zod';
import { mapOf, text, whole } from './bounded.ts';

const count = (says: string) => whole(0, 2_147_483_647, says);

const condition = z
  .strictObject({
    type: text(1, 316, 'What is said, as Ready'),
    status: z.enum(['True', 'False', 'Unknown']).describe('Whether it is so'),
    observedGeneration: z.exactOptional(whole(0, Number.MAX_SAFE_INTEGER, 'Generation of the spec that it speaks of')),
    lastTransitionTime: z.iso.datetime().describe('When status changed last').meta({ format: 'date-time' }),
    reason: text(1, 1024, 'Why, in one word').regex(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/),
    message: text(0, 32_768, 'Why, in one sentence, and what to do'),
  })
  .describe('One thing that is true of the instance, or not');
export type Condition = z.infer<typeof condition>;

const roleStatus = z
  .strictObject({
    desired: count('Pods that there should be'),
    ready: count('Pods that are ready'),
    updated: count('Pods of the newest revision'),
    revision: z.exactOptional(text(1, 63, 'Revision that the Deployment carries')),
    stableRevision: z.exactOptional(text(1, 63, 'Last revision that was rolled out')),
  })
  .describe('Pods of a role');

/** What the operator saw and did; it never claims more than is true. */
export const statusSchema = z
  .strictObject({
    observedGeneration: z.exactOptional(whole(0, Number.MAX_SAFE_INTEGER, 'Generation of the spec that this speaks of')),
    summary: z.exactOptional(text(0, 512, 'Ready and wanted pods of each role')),
    image: z.exactOptional(text(1, 512, 'Image that the pods run')),
    roles: z.exactOptional(mapOf(roleStatus, 16, 'The roles, by name')),
    migration: z.exactOptional(
      z
        .strictObject({
          hash: text(1, 64, 'What was checked'),
          schemaVersion: z.exactOptional(whole(0, 1_000_000, 'Version of the schema in the database')),
        })
        .describe('The last check of configuration, database and topics that passed'),
    ),
    bus: z.exactOptional(z.strictObject({ topicPrefix: text(1, 200, 'Prefix of topics and groups') }).describe('The bus in use')),
    store: z.exactOptional(z.strictObject({ schema: text(1, 63, 'Schema in the database') }).describe('The store in use')),
    pendingRestart: z.exactOptional(
      z
        .array(
          z
            .strictObject({
              role: text(1, 20, 'The role'),
              reason: text(1, 64, 'Why, in one word'),
              message: text(0, 256, 'Why, in one sentence'),
            })
            .describe('A restart that is held back'),
        )
        .max(16)
        .describe('Restarts that are held back')
        .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['role'] }),
    ),
    conditions: z.exactOptional(
      z
        .array(condition)
        .max(16)
        .describe('What is true and why; Reconciling and Stalled as kstatus reads them')
        .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] }),
    ),
  })
  .describe('What the operator saw and did');
export type InstanceStatus = z.infer<typeof statusSchema>;
