import type { Assessment } from '../../runtime/domain/assessment.ts';
import { contentHash, type Idea } from '../../runtime/domain/idea.ts';
import type { HistoryEntry, LevelSummary } from '../../runtime/domain/level.ts';
import { fill, subtract, type PartialResources } from '../../runtime/domain/resources.ts';
import { defaultLimits } from '../../runtime/domain/session.ts';

const time = '2026-01-01T00:00:00.000Z';

/** An idea as committed; what is not said is made up. */
export function idea(of: Partial<Idea> & { id: string }): Idea {
  const text = of.text ?? `An idea called ${of.id}.`;
  return {
    sessionId: 'ses_test',
    frameId: 'frm_test',
    workId: 'wrk_test',
    method: of.depth === 0 ? 'seed' : 'explore',
    title: `Title of ${of.id}`,
    contentHash: contentHash(text),
    parentIds: [],
    round: of.depth ?? 1,
    depth: 1,
    index: 0,
    tags: [],
    createdAt: time,
    ...of,
    text,
  };
}

/** A scored assessment: stable unless said. */
export const scored = (ideaId: string, trust: number, more: Partial<Assessment> = {}): Assessment => ({
  id: `asm_${ideaId}_${more.revision ?? 1}`,
  ideaId,
  revision: 1,
  basis: 'judges',
  status: 'scored',
  axes: { align: 5, feas: 5, novel: 5 },
  trust,
  stable: true,
  rejection: [],
  critiques: [],
  weights: { align: 0.4, feas: 0.3, novel: 0.3 },
  thresholds: { trust: 5, minAxis: 2.5 },
  judges: [],
  workId: 'wrk_test',
  createdAt: time,
  ...more,
});

/** Rounds of cause plan with these best trusts. */
export const rounds = (...bestTrusts: readonly (number | undefined)[]): HistoryEntry[] =>
  bestTrusts.map((bestTrust, i) => ({
    round: i + 1,
    cause: 'plan',
    scored: bestTrust === undefined ? 0 : 1,
    meanNovel: 5,
    ...(bestTrust === undefined ? {} : { bestTrust }),
  }));

/** The summary of the history's last round; nothing spent unless said. */
export function level(
  of: Partial<Omit<LevelSummary, 'remaining' | 'limits'>> & { limits?: PartialResources; spent?: PartialResources },
): LevelSummary {
  const { limits: asked, spent, ...rest } = of;
  const history = of.history ?? rounds(6);
  const last = history.at(-1)!;
  const limits = fill({ ...defaultLimits, ...asked });
  return {
    frameId: 'frm_level',
    round: last.round,
    depth: 1,
    cause: last.cause,
    ideas: 1,
    scored: last.scored,
    unscored: 0,
    stable: 0,
    nearDuplicates: 0,
    entries: [],
    explorations: [],
    history,
    limits,
    remaining: subtract(limits, spent ?? {}),
    ...rest,
  };
}
