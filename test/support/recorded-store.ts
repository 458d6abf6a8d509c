import { newest } from '../../runtime/domain/assessment.ts';
import type { Assessment } from '../../runtime/domain/assessment.ts';
import type { JournalEntry } from '../../runtime/domain/effect.ts';
import { NireonError } from '../../runtime/domain/errors.ts';
import type { Budget, Frame } from '../../runtime/domain/frame.ts';
import type { Idea } from '../../runtime/domain/idea.ts';
import type { Session } from '../../runtime/domain/session.ts';
import type { Signal } from '../../runtime/domain/signal.ts';
import type { WorkItem } from '../../runtime/domain/work.ts';
import type { Page, PageRequest, RankedIdea, Store } from '../../runtime/ports/store.ts';

/** The records of one session, as a store would hold them. */
export interface History {
  readonly session: Session;
  readonly ideas: readonly Idea[];
  readonly assessments: readonly Assessment[];
  readonly frames: readonly Frame[];
  readonly budgets: readonly Budget[];
  readonly signals: readonly Signal[];
  readonly journal: readonly JournalEntry[];
  readonly work: readonly WorkItem[];
}

/** A store that holds these histories and can only be read; whatever would write throws STORE_READ_ONLY. */
export function recordedStore(...histories: readonly History[]): Store {
  const of = (sessionId: string) => histories.find(({ session }) => session.id === sessionId);
  const ranking = (sessionId: string): RankedIdea[] =>
    (of(sessionId)?.ideas ?? []).map((idea) => {
      const assessment = newest((of(sessionId)?.assessments ?? []).filter((a) => a.ideaId === idea.id));
      return assessment === undefined ? { idea } : { idea, assessment };
    });
  const reads: Partial<Store> = {
    name: 'recorded',
    getSession: async (id) => of(id)?.session,
    listSessions: async ({ status, label }, page) =>
      paged(
        histories
          .map(({ session }) => session)
          .filter((session) => status === undefined || session.status === status)
          .filter((session) => label === undefined || session.labels[label.key] === label.value)
          .sort((a, b) => (a.createdAt < b.createdAt ? 1 : a.createdAt > b.createdAt ? -1 : a.id < b.id ? 1 : -1)),
        page,
      ),
    getWork: async (id) => histories.flatMap(({ work }) => work).find((item) => item.id === id),
    listWork: async (sessionId, page) => paged(of(sessionId)?.work ?? [], page),
    listDead: async ({ sessionId }, page) =>
      paged(
        histories
          .flatMap(({ work }) => work)
          .filter((item) => item.state === 'dead' && (sessionId === undefined || item.sessionId === sessionId))
          .map((item) => ({ item, retryable: false })),
        page,
      ),
    listJournal: async ({ sessionId, workId }, page) =>
      paged(
        (of(sessionId)?.journal ?? []).filter((entry) => workId === undefined || entry.workId === workId),
        page,
      ),
    budgets: async (sessionId, ids) => (of(sessionId)?.budgets ?? []).filter(({ frameId }) => ids === undefined || ids.includes(frameId)),
    frames: async (sessionId, ids) => (of(sessionId)?.frames ?? []).filter(({ id }) => ids === undefined || ids.includes(id)),
    listIdeas: async (sessionId, { sort, seeds }, page) => {
      const entries = ranking(sessionId).filter(({ idea }) => seeds || idea.method !== 'seed');
      const rank = ({ assessment }: RankedIdea): number => (assessment?.stable === true ? 100 : 0) + (assessment?.trust ?? -50);
      return paged(sort === 'trust' ? entries.sort((a, b) => rank(b) - rank(a)) : entries, page);
    },
    getIdea: async (id) => {
      const history = histories.find(({ ideas }) => ideas.some((idea) => idea.id === id));
      const idea = history?.ideas.find((candidate) => candidate.id === id);
      if (history === undefined || idea === undefined) return undefined;
      return {
        idea,
        assessments: history.assessments.filter((assessment) => assessment.ideaId === id),
        children: history.ideas.filter(({ parentIds }) => parentIds.includes(id)),
      };
    },
    signals: async (sessionId, after, limit) => (of(sessionId)?.signals ?? []).filter(({ sequence }) => sequence > after).slice(0, limit),
    getSignal: async (id) => histories.flatMap(({ signals }) => signals).find((signal) => signal.id === id),
    getBlob: async () => undefined,
    health: async () => ({ ok: true, detail: 'recorded', schemaVersion: 1 }),
    close: async () => undefined,
  };
  const refuse = async () => Promise.reject(new NireonError('STORE_READ_ONLY', 'this was not recorded'));
  return new Proxy(reads as Store, { get: (target, name) => (Reflect.get(target, name) as unknown) ?? refuse });
}

function paged<T>(items: readonly T[], { limit, cursor }: PageRequest): Page<T> {
  const start = cursor === undefined ? 0 : Number(cursor);
  if (!Number.isInteger(start)) throw new NireonError('CURSOR_INVALID');
  const end = start + limit;
  return { items: items.slice(start, end), ...(end < items.length ? { next: String(end) } : {}) };
}
