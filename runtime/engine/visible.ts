import { newest, type Assessment } from '../domain/assessment.ts';
import type { Idea, Vector } from '../domain/idea.ts';
import { dots } from '../domain/vector.ts';
import type { Visible } from '../ports/mechanism.ts';
import type { Store, VisibleRecords } from '../ports/store.ts';

/** The `count` greatest cosines of `query` to `vectors`, as indices, ties by index. Exact. */
export type Scan = (
  query: Float32Array,
  vectors: readonly Float32Array[],
  count: number,
) => Promise<readonly { index: number; cosine: number }[]>;

/** Scans on the event loop: for some thousand vectors. */
export const scanHere: Scan = async (query, vectors, count) => {
  const best: { index: number; cosine: number }[] = [];
  for (const [index, cosine] of dots(vectors, query).entries()) {
    if (best.length === count && cosine <= (best.at(-1)?.cosine ?? Infinity)) continue;
    const place = best.findIndex((other) => other.cosine < cosine);
    best.splice(place < 0 ? best.length : place, 0, { index, cosine });
    if (best.length > count) best.pop();
  }
  return best;
};

const empty: VisibleRecords = { ideas: [], assessments: [], vectors: [], frames: [], traces: [] };

const join = (a: VisibleRecords, b: VisibleRecords): VisibleRecords => ({
  ideas: [...a.ideas, ...b.ideas],
  assessments: [...a.assessments, ...b.assessments],
  vectors: [...a.vectors, ...b.vectors],
  frames: [...a.frames, ...b.frames],
  traces: [...a.traces, ...b.traces],
});

/**
 * Loads what items see (engine.md 1.2). Rounds below a running item's are closed and never change, so they are kept in memory, for the
 * `sessions` most recently used.
 */
export function createVisibleLoader(store: Pick<Store, 'visible'>, options: { sessions: number; scan: Scan }) {
  const closed = new Map<string, { below: number; records: VisibleRecords }>();

  async function closedRounds(sessionId: string, round: number): Promise<VisibleRecords> {
    const kept = closed.get(sessionId) ?? { below: 0, records: empty };
    if (kept.below > round) return { ...(await store.visible(sessionId, { round, fromRound: 0, chain: [] })) };
    const more = kept.below === round ? empty : await store.visible(sessionId, { round, fromRound: kept.below, chain: [] });
    const now = { below: round, records: kept.below === round ? kept.records : join(kept.records, more) };
    closed.delete(sessionId);
    closed.set(sessionId, now);
    if (closed.size > options.sessions) closed.delete(closed.keys().next().value!);
    return now.records;
  }

  return {
    async load(sessionId: string, scope: { round: number; chain: readonly string[] }): Promise<Visible> {
      const rounds = await closedRounds(sessionId, scope.round);
      const own = scope.chain.length === 0 ? empty : await store.visible(sessionId, { ...scope, fromRound: scope.round });
      return createVisible(join(rounds, own), options.scan);
    },
    forget: (sessionId: string): boolean => closed.delete(sessionId),
  };
}
export type VisibleLoader = ReturnType<typeof createVisibleLoader>;

export function createVisible(records: VisibleRecords, scan: Scan): Visible {
  const ideas = new Map(records.ideas.map((idea) => [idea.id, idea]));
  const hashes = new Set(records.ideas.map((idea) => idea.contentHash));
  const assessments = new Map<string, Assessment[]>();
  for (const a of records.assessments) {
    const list = assessments.get(a.ideaId);
    if (list) list.push(a);
    else assessments.set(a.ideaId, [a]);
  }
  const texts = new Map<string, Float32Array>();
  for (const vector of records.vectors) if (vector.kind === 'text') texts.set(vector.ideaId, vector.values);
  let placed: readonly Idea[] | undefined;

  return {
    ideas: records.ideas,
    idea: (id) => ideas.get(id),
    hasContent: (hash) => hashes.has(hash),
    assessment: (id) => newest(assessments.get(id) ?? []),
    assessments: (id) => [...(assessments.get(id) ?? [])].sort((a, b) => a.revision - b.revision),
    vector: (id) => texts.get(id),
    phrases: (limit) => newestPhrases(records.vectors, ideas, limit),
    frames: records.frames,
    traces: records.traces,
    async nearest(query, count, except = []) {
      placed ??= records.ideas.filter(({ id }) => texts.has(id));
      const known = except.length === 0 ? placed : placed.filter(({ id }) => !except.includes(id));
      const found = await scan(
        query,
        known.map(({ id }) => texts.get(id)!),
        count,
      );
      return found.map(({ index, cosine }) => ({ idea: known[index]!, cosine }));
    },
  };
}

type Phrase = Vector & { readonly phrase: string };

function newestPhrases(vectors: readonly Vector[], ideas: ReadonlyMap<string, Idea>, limit: number): Phrase[] {
  const phrases = vectors.filter((v): v is Phrase => v.kind === 'phrase' && v.phrase !== undefined);
  const roundOf = (v: Phrase): number => ideas.get(v.ideaId)?.round ?? 0;
  // Stable sort: within a round the order of the records stands.
  return phrases.sort((a, b) => roundOf(b) - roundOf(a)).slice(0, limit);
}
