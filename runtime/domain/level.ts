import { z } from 'zod';
import { resourcesSchema } from './resources.ts';
import { actionSchema, featuresSchema } from './trace.ts';

const trust = z.number().min(0).max(10);
const novel = z.number().min(1).max(10);
export const causeSchema = z.enum(['plan', 'stagnation']);

/** One exploration of a level: what it grew from, what it cost, and the best that came of it. */
export const explorationSchema = z.strictObject({
  frameId: z.string(),
  seedIdeaId: z.string(),
  action: actionSchema,
  features: featuresSchema,
  ideas: z.int().min(0),
  bestIdeaId: z.exactOptional(z.string()),
  bestTrust: z.exactOptional(trust),
  spent: resourcesSchema,
});
export type Exploration = z.infer<typeof explorationSchema>;

export const historyEntrySchema = z.strictObject({
  round: z.int().min(1),
  cause: causeSchema,
  /** Best trust and mean novelty of that round alone. */
  bestTrust: z.exactOptional(trust),
  meanNovel: z.exactOptional(novel),
  scored: z.int().min(0),
});
export type HistoryEntry = z.infer<typeof historyEntrySchema>;

/** What became of a level: a pure function of committed rows, made by the commit that ends the level's last work item. */
export const levelSummarySchema = z.strictObject({
  frameId: z.string(),
  round: z.int().min(1),
  /** Greatest depth of the level's ideas; that of its seeds if it has none. */
  depth: z.int().min(0),
  cause: causeSchema,
  ideas: z.int().min(0),
  scored: z.int().min(0),
  unscored: z.int().min(0),
  stable: z.int().min(0),
  nearDuplicates: z.int().min(0),
  bestIdeaId: z.exactOptional(z.string()),
  bestTrust: z.exactOptional(trust),
  meanNovel: z.exactOptional(novel),
  /** By exploration and index of the idea, never by arrival. */
  entries: z.array(
    z.strictObject({
      ideaId: z.string(),
      depth: z.int().min(0),
      trust: z.exactOptional(trust),
      novel: z.exactOptional(novel),
      stable: z.exactOptional(z.boolean()),
    }),
  ),
  /** Those since the last plan: the level's own, or for a level of cause stagnation (it has none) those of the planned level before it. */
  explorations: z.array(explorationSchema),
  /** All rounds, this one last. */
  history: z.array(historyEntrySchema),
  limits: resourcesSchema,
  /** limit - what the session's finished effects cost; may be negative where a provider reported more than was reserved. */
  remaining: z.record(z.keyof(resourcesSchema), z.int()),
});
export type LevelSummary = z.infer<typeof levelSummarySchema>;
