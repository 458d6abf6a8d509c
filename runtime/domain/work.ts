import { z } from 'zod';
import { reasonSchema } from './session.ts';

/** What an operation says of its own run. `finish` is legal only for an item in the root frame. */
export const outcomeSchema = z.strictObject({
  /** One word: `explored`, `assessed`, `declined`, … */
  result: z.string().min(1).max(64),
  code: z.exactOptional(z.string()),
  finish: z.exactOptional(z.strictObject({ reason: reasonSchema, code: z.exactOptional(z.string()) })),
  /** Variations dropped because they were too close to something known. */
  nearDuplicates: z.exactOptional(z.int().min(0)),
});
export type Outcome = z.infer<typeof outcomeSchema>;

export const workStates = ['ready', 'running', 'done', 'dead', 'stopped'] as const;
export type WorkState = (typeof workStates)[number];

export const attemptRecordSchema = z.strictObject({
  attempt: z.int().min(1),
  worker: z.string(),
  code: z.string(),
  message: z.string(),
  at: z.iso.datetime(),
});

/** What the committed attempt saw of the outside: replay feeds it the same. */
export const sightSchema = z.strictObject({
  lastAttempt: z.boolean(),
  effects: z.array(z.strictObject({ effectId: z.string(), attempt: z.int().min(1) })),
});
export type Sight = z.infer<typeof sightSchema>;

/** One signal under one rule: the unit of execution. */
export const workItemSchema = z.strictObject({
  id: z.string(),
  sessionId: z.string(),
  signalId: z.string(),
  ruleId: z.string(),
  mechanism: z.string(),
  operation: z.string(),
  input: z.json(),
  frameId: z.string(),
  /** The level in whose `open` it counts; none in the root frame. */
  levelFrameId: z.exactOptional(z.string()),
  /** The round whose records it adds to; it sees those of rounds below. In the root frame: the round after the level that caused it. */
  round: z.int().min(0),
  priority: z.int().min(0).max(1000),
  /** Ids of the items of the same round that led to it, oldest first: their records are visible too. */
  chain: z.array(z.string()),
  state: z.enum(workStates),
  /** The store's time in the transaction that inserted it: the only clock that a mechanism sees. */
  createdAt: z.iso.datetime(),
  readyAt: z.iso.datetime(),
  attempt: z.int().min(0),
  failures: z.int().min(0),
  crashes: z.int().min(0),
  /** How often it was brought back from the dead. */
  retries: z.int().min(0),
  owner: z.exactOptional(z.string()),
  leaseUntil: z.exactOptional(z.iso.datetime()),
  history: z.array(attemptRecordSchema),
  // written by the commit that ends it
  version: z.exactOptional(z.int()),
  outcome: z.exactOptional(outcomeSchema),
  digest: z.exactOptional(z.string()),
  sight: z.exactOptional(sightSchema),
  code: z.exactOptional(z.string()),
  message: z.exactOptional(z.string()),
  endedAt: z.exactOptional(z.iso.datetime()),
});
export type WorkItem = z.infer<typeof workItemSchema>;

/** As a commit brings it. With `dead` it is inserted already dead: recorded, never run, never counted as open. */
export type NewWork = Pick<
  WorkItem,
  'id' | 'sessionId' | 'signalId' | 'ruleId' | 'mechanism' | 'operation' | 'input' | 'frameId' | 'round' | 'priority' | 'chain'
> & { readonly levelFrameId?: string; readonly dead?: { readonly code: string; readonly message: string } };
