import { z } from 'zod';
import { resourcesSchema, type PartialResources, type Resources } from './resources.ts';

export const effectKinds = ['llm', 'embed', 'sandbox'] as const;
export type EffectKind = (typeof effectKinds)[number];

/** A request to the outside. `requestDigest` covers what was asked, never what routing makes of it. */
export interface Effect {
  readonly id: string;
  readonly sessionId: string;
  readonly workId: string;
  readonly frameId: string;
  readonly name: string;
  readonly ordinal: number;
  readonly kind: EffectKind;
  /** JSON; kept for reading until retention prunes it. */
  readonly request: unknown;
  readonly requestDigest: string;
  /** The most that the call can cost. */
  readonly reserve: PartialResources;
}

/** One attempt of the router at one model. */
export const modelCallSchema = z.strictObject({
  model: z.string(),
  outcome: z.enum(['success', 'failure']),
  code: z.exactOptional(z.string()),
  durationMs: z.number().min(0),
});
export type ModelCall = z.infer<typeof modelCallSchema>;

/**
 * The record of one attempt at an effect. `started`: in flight, its reservation stands (as `lost` once its item was taken over).
 * `done`: `result` is what mechanisms see, for good. `failed`: the outage that a later attempt calls again. `refused`: by budget or stop.
 */
export const journalEntrySchema = z.strictObject({
  effectId: z.string(),
  attempt: z.int().min(1),
  sessionId: z.string(),
  workId: z.string(),
  frameId: z.string(),
  name: z.string(),
  ordinal: z.int().min(0),
  kind: z.enum(effectKinds),
  requestDigest: z.string(),
  /** Absent after pruning. */
  request: z.exactOptional(z.json()),
  state: z.enum(['started', 'lost', 'done', 'failed', 'refused']),
  code: z.exactOptional(z.string()),
  /** Absent unless done, and after pruning. */
  result: z.exactOptional(z.json()),
  /** What is reserved now; nothing once the entry is settled. */
  reserved: resourcesSchema,
  usage: resourcesSchema,
  /** What the provider reported beyond the reservation. */
  overrun: resourcesSchema,
  model: z.exactOptional(z.string()),
  calls: z.array(modelCallSchema),
  startedAt: z.iso.datetime(),
  finishedAt: z.exactOptional(z.iso.datetime()),
});
export type JournalEntry = z.infer<typeof journalEntrySchema>;

/** What a call came to, as the Gateway settles it. */
export interface EffectSettlement {
  readonly effectId: string;
  readonly attempt: number;
  readonly state: 'done' | 'failed';
  readonly code?: string;
  readonly result?: unknown;
  readonly usage: Resources;
  readonly model?: string;
  readonly calls: readonly ModelCall[];
}

/**
 * Whether a reservation fits: `refused` if it could not fit even when nothing else were reserved, `waits` if other
 * reservations alone stand in the way.
 */
export function admission(
  budget: { limits: PartialResources; reserved: Resources; lost: Resources; spent: Resources },
  need: PartialResources,
): 'fits' | 'waits' | { refusedBy: keyof Resources } {
  let waits = false;
  for (const name of Object.keys(need) as (keyof Resources)[]) {
    const wanted = need[name] ?? 0;
    const limit = budget.limits[name];
    if (limit === undefined || wanted === 0) continue;
    const taken = budget.spent[name] + budget.lost[name];
    if (taken + wanted > limit) return { refusedBy: name };
    if (taken + budget.reserved[name] + wanted > limit) waits = true;
  }
  return waits ? 'waits' : 'fits';
}
