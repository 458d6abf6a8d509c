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

const noRecords: VisibleRecords = { ideas: [], assessments: [], vectors: [], frames: [], traces: [] };

const join = (a: VisibleRecords, b: VisibleRecords): VisibleRecords => ({
  ideas: [...a.ideas, ...b.ideas],
  assessments: [...a.assessments, ...b.assessments],
  vectors: [...a.vectors, ...b.vectors],
  frames: [...a.frames, ...b.frames],
  traces: [...a.traces, ...b.traces],
});

type Phrase = Vector & { readonly phrase: string };

/** Records with all that finds them. */
interface Indexed {
  readonly records: VisibleRecords;
  readonly ideas: ReadonlyMap<string, Idea>;
  readonly hashes: ReadonlySet<string>;
  readonly assessments: ReadonlyMap<string, readonly Assessment[]>;
  /** Text vectors by idea. */
  readonly texts: ReadonlyMap<string, Float32Array>;
  /** Ideas that have one, and it. */
  readonly placed: readonly Idea[];
  readonly vectors: readonly Float32Array[];
  readonly phrases: readonly Phrase[];
}

function indexed(records: VisibleRecords): Indexed {
  const texts = new Map(records.vectors.flatMap(({ kind, ideaId, values }) => (kind === 'text' ? [[ideaId, values] as const] : [])));
  const placed = records.ideas.filter(({ id }) => texts.has(id));
  const ideas = new Map(records.ideas.map((idea) => [idea.id, idea]));
  const phrases = records.vectors.filter((v): v is Phrase => v.kind === 'phrase' && v.phrase !== undefined);
  return {
    ...{ records, ideas, texts, placed },
    hashes: new Set(records.ideas.map((idea) => idea.contentHash)),
    assessments: Map.groupBy(records.assessments, ({ ideaId }) => ideaId),
    vectors: placed.map(({ id }) => texts.get(id)!),
    phrases: newestFirst(phrases, (id) => ideas.get(id)),
  };
}

/** By round, the greatest first; within a round the order of the records stands. */
function newestFirst(phrases: readonly Phrase[], idea: (id: string) => Idea | undefined): Phrase[] {
  const roundOf = ({ ideaId }: Phrase): number => idea(ideaId)?.round ?? 0;
  return [...phrases].sort((a, b) => roundOf(b) - roundOf(a));
}

const nothing = indexed(noRecords);

/**
 * Loads what items see. Rounds below a running item's are closed and never change, so they are kept in memory with their
 * index, for the `sessions` most recently used: what an item itself costs does not grow with them.
 */
export function createVisibleLoader(store: Pick<Store, 'visible'>, options: { sessions: number; scan: Scan }) {
  const closed = new Map<string, { below: number; rounds: Indexed }>();

  async function closedRounds(sessionId: string, round: number): Promise<Indexed> {
    const kept = closed.get(sessionId) ?? { below: 0, rounds: nothing };
    if (kept.below > round) return indexed(await store.visible(sessionId, { round, fromRound: 0, chain: [] }));
    let { rounds } = kept;
    if (kept.below < round) {
      rounds = indexed(join(rounds.records, await store.visible(sessionId, { round, fromRound: kept.below, chain: [] })));
    }
    // Another item may have gone further while this one waited.
    if ((closed.get(sessionId)?.below ?? 0) <= round) {
      closed.delete(sessionId);
      closed.set(sessionId, { below: round, rounds });
      if (closed.size > options.sessions) closed.delete(closed.keys().next().value!);
    }
    return rounds;
  }

  return {
    async load(sessionId: string, scope: { round: number; chain: readonly string[] }): Promise<Visible> {
      const rounds = await closedRounds(sessionId, scope.round);
      const own = scope.chain.length === 0 ? noRecords : await store.visible(sessionId, { ...scope, fromRound: scope.round });
      return createVisible(own, options.scan, rounds);
    },
    forget: (sessionId: string): boolean => closed.delete(sessionId),
  };
}
export type VisibleLoader = ReturnType<typeof createVisibleLoader>;

/** What an item sees: its own records, over those of closed rounds. */
export function createVisible(records: VisibleRecords, scan: Scan, below: Indexed = nothing): Visible {
  const own = indexed(records);
  const all = {
    ideas: [...below.records.ideas, ...records.ideas],
    frames: [...below.records.frames, ...records.frames],
    traces: [...below.records.traces, ...records.traces],
  };
  const idea = (id: string): Idea | undefined => own.ideas.get(id) ?? below.ideas.get(id);
  const vector = (id: string): Float32Array | undefined => own.texts.get(id) ?? below.texts.get(id);
  const assessments = (id: string): Assessment[] => [...(below.assessments.get(id) ?? []), ...(own.assessments.get(id) ?? [])];
  /** An idea of a closed round may have been placed by an item of this one. */
  const late = [...own.texts.keys()].some((id) => below.ideas.has(id));
  const placed = late ? all.ideas.filter(({ id }) => vector(id)) : [...below.placed, ...own.placed];

  return {
    ...all,
    idea,
    hasContent: (hash) => own.hashes.has(hash) || below.hashes.has(hash),
    assessment: (id) => newest(assessments(id)),
    assessments: (id) => assessments(id).sort((a, b) => a.revision - b.revision),
    vector,
    phrases: (limit) => newestFirst([...below.phrases.slice(0, limit), ...own.phrases], idea).slice(0, limit),
    async nearest(query, count, except = []) {
      // Those left out may be among the nearest: so many more are looked for.
      const found = await scan(
        query,
        late ? placed.map(({ id }) => vector(id)!) : [...below.vectors, ...own.vectors],
        count + except.length,
      );
      return found
        .map(({ index, cosine }) => ({ idea: placed[index]!, cosine }))
        .filter(({ idea: { id } }) => !except.includes(id))
        .slice(0, count);
    },
  };
}
