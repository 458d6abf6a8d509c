import { canonicalJson, digestOf } from '../domain/canonical-json.ts';
import type { JournalEntry } from '../domain/effect.ts';
import { codeOf, messageOf, NireonError } from '../domain/errors.ts';
import { levelSignalId, effectId } from '../domain/ids.ts';
import { add, noResources, subtract, type Resources } from '../domain/resources.ts';
import type { Signal, SignalData } from '../domain/signal.ts';
import type { WorkItem } from '../domain/work.ts';
import type { Mechanism } from '../ports/mechanism.ts';
import type { Store } from '../ports/store.ts';
import { endedOf, type Asked, type Effects, type Ended } from './effects.ts';
import type { Outside } from './gateway.ts';
import { createKnownSessions } from './known-sessions.ts';
import { summariseLevel } from './level-summary.ts';
import { route } from './routing.ts';
import { runItem } from './run-item.ts';
import { frameFacts } from './session-facts.ts';
import { digestOfResult, doneStep, emitterOf } from './step.ts';
import { createVisibleLoader, scanHere } from './visible.ts';

export interface Difference {
  readonly workId: string;
  /** What differs: `digest`, `work`, `effect <name> <ordinal>`, `level.assessed`, … */
  readonly field: string;
  readonly recorded: string;
  readonly replayed: string;
}

export interface ReplayResult {
  readonly sessionId: string;
  /** Items that ran to an end of their own: dead and stopped ones did not return anything. */
  readonly steps: number;
  readonly identical: number;
  /** Requests that the journal did not hold; none was made. */
  readonly outsideCalls: number;
  readonly differences: readonly Difference[];
  /** Items made by another version of their mechanism than runs here: named, not compared. */
  readonly otherVersions: readonly { readonly workId: string; readonly mechanism: string; readonly madeBy: number }[];
}

export interface ReplayOptions {
  readonly store: Store;
  readonly mechanisms: ReadonlyMap<string, Mechanism>;
  readonly onProgress?: (done: number) => void;
  readonly abort?: AbortSignal;
}

const pageSize = 200;
const longestShown = 2_000;

/**
 * Runs every item of a session again with the journal as the only outside, and compares what its operation returned, what that routed to
 * and what each level came to. SESSION_UNKNOWN; REPLAY_PRUNED once retention took the answers.
 */
export async function replaySession(sessionId: string, options: ReplayOptions): Promise<ReplayResult> {
  const { store, mechanisms } = options;
  const session = await store.getSession(sessionId);
  if (!session) throw new NireonError('SESSION_UNKNOWN', `there is no session ${sessionId}`);
  const stopped = session.reason === 'cancelled' || session.reason === 'deadline' || session.status === 'stopping';
  const instance = await instanceOf(store, sessionId);
  const journal = await readJournal(store, sessionId);
  const known = createKnownSessions(store, mechanisms, 4);
  const visible = createVisibleLoader(store, { sessions: 4, scan: scanHere });
  const differences: Difference[] = [];
  const otherVersions: { workId: string; mechanism: string; madeBy: number }[] = [];
  let steps = 0;
  let identical = 0;
  let outsideCalls = 0;
  const outside = journalOnly(session.pins.embedder);

  for await (const item of pages(options, sessionId)) {
    if (item.state !== 'done') continue;
    const version = mechanisms.get(item.mechanism)?.version;
    if (version === undefined || version !== item.version) {
      otherVersions.push({ workId: item.id, mechanism: item.mechanism, madeBy: item.version ?? 0 });
      continue;
    }
    steps++;
    const found: Difference[] = [];
    const differs = (field: string, recorded: unknown, replayed: unknown): void => {
      const show = (value: unknown): string => (typeof value === 'string' ? value : canonicalJson(value ?? null)).slice(0, longestShown);
      if (show(recorded) !== show(replayed)) found.push({ workId: item.id, field, recorded: show(recorded), replayed: show(replayed) });
    };
    const effects = recordedEffects(item, journal, differs, () => outsideCalls++);
    try {
      const lastAttempt = item.sight?.lastAttempt ?? false;
      const abort = options.abort ?? new AbortController().signal;
      const result = await runItem({ known, visible, mechanisms, outside }, { item, effects, lastAttempt, abort });
      differs('digest', item.digest, digestOfResult(result));
      if (found.length > 0) differs('outcome', item.outcome, result.outcome);
      const of = { item, known: await known.session(sessionId), instance, version, sight: { lastAttempt, effects: [] } };
      await compareRouting(store, doneStep(of, result), of.known, item, instance, stopped, differs);
    } catch (error) {
      if (codeOf(error) === 'REPLAY_PRUNED') throw error;
      differs('error', 'none', messageOf(error));
    }
    if (found.length === 0) identical++;
    differences.push(...found);
    options.onProgress?.(steps);
  }
  differences.push(...(await compareLevels(store, sessionId, journal)));
  return { sessionId, steps, identical, outsideCalls, differences, otherVersions };
}

/** Where the session was made: it stands in the source of every signal, `/nireon/<instance>/<part>`. */
async function instanceOf(store: Store, sessionId: string): Promise<string> {
  const [first] = await store.signals(sessionId, 0, 1);
  return first?.source.split('/')[2] ?? '';
}

async function* pages({ store, abort }: ReplayOptions, sessionId: string): AsyncGenerator<WorkItem> {
  let cursor: string | undefined;
  do {
    const page = await store.listWork(sessionId, { limit: pageSize, ...(cursor === undefined ? {} : { cursor }) });
    for (const item of page.items) {
      if (abort?.aborted) throw new NireonError('EFFECT_ABORTED', 'the replay was interrupted');
      yield item;
    }
    cursor = page.next;
  } while (cursor !== undefined);
}

async function readJournal(store: Store, sessionId: string): Promise<Map<string, JournalEntry>> {
  const entries = new Map<string, JournalEntry>();
  let cursor: string | undefined;
  do {
    const page = await store.listJournal({ sessionId }, { limit: pageSize, ...(cursor === undefined ? {} : { cursor }) });
    for (const entry of page.items) {
      if (entry.state === 'done' && entry.result === undefined) {
        throw new NireonError('REPLAY_PRUNED', `the prompts and answers of session ${sessionId} were pruned after its retention`);
      }
      entries.set(`${entry.effectId} ${entry.attempt}`, entry);
    }
    cursor = page.next;
  } while (cursor !== undefined);
  return entries;
}

/** Answers from the journal what the committed attempt saw; anything else is a difference, and an outside call that was not made. */
function recordedEffects(
  item: WorkItem,
  journal: ReadonlyMap<string, JournalEntry>,
  differs: (field: string, recorded: unknown, replayed: unknown) => void,
  onMissing: () => void,
): Effects {
  const attempts = new Map((item.sight?.effects ?? []).map((seen) => [seen.effectId, seen.attempt]));
  return {
    async perform({ name, ordinal, kind, request }: Asked): Promise<Ended> {
      const id = effectId(item.id, name, ordinal);
      const attempt = attempts.get(id);
      const entry = attempt === undefined ? undefined : journal.get(`${id} ${attempt}`);
      if (!entry) {
        onMissing();
        differs(`effect ${name} ${ordinal}`, 'not asked for', 'asked for');
        return { ok: false, id, code: 'REPLAY_DIVERGED', retryable: false };
      }
      differs(`effect ${name} ${ordinal}`, entry.requestDigest, digestOf([name, ordinal, kind, request]));
      return endedOf(entry);
    },
  };
}

/** Resolves calls as far as prompts need it, and reaches nothing. */
function journalOnly(embedder: string): Outside {
  const closed = async (): Promise<never> => {
    throw new NireonError('INTERNAL', 'a replay reaches nothing outside');
  };
  const health = async () => ({ ok: true, detail: 'replay' });
  return {
    router: { resolve: () => ({ models: [], settings: {} }), worstCase: () => noResources, complete: closed, states: () => ({}) },
    embedder: { model: { name: 'replay', digest: embedder, dims: 0 }, embed: closed, health, close: async () => undefined },
    sandbox: { offer: undefined, run: closed, health, close: async () => undefined },
    embedTimeoutMs: 0,
  };
}

/** The signals of the step as stored, and the work that they caused. */
async function compareRouting(
  store: Store,
  step: ReturnType<typeof doneStep>,
  known: Parameters<typeof route>[0],
  item: WorkItem,
  instance: string,
  stopped: boolean,
  differs: (field: string, recorded: unknown, replayed: unknown) => void,
): Promise<void> {
  const stored = await Promise.all(step.signals.map((signal) => store.getSignal(signal.id)));
  for (const [i, signal] of step.signals.entries()) differs(`signal ${signal.type}`, bare(stored[i]), bare(signal as Signal));
  for (const frame of await store.frames(item.sessionId)) known.frames.set(frame.id, frameFacts(frame));
  const routed = route(known, step.signals, emitterOf({ item, instance }), step.frames);
  for (const work of routed.work) {
    const made = await store.getWork(work.id);
    // A stopping session logs signals without routing them.
    if (!made && stopped) continue;
    const shown = ({
      input,
      frameId,
      ruleId,
      round,
      chain,
      priority,
    }: Pick<WorkItem, 'input' | 'frameId' | 'ruleId' | 'round' | 'chain' | 'priority'>) => ({
      input,
      frameId,
      ruleId,
      round,
      chain,
      priority,
    });
    differs(`work ${work.ruleId}`, made ? shown(made) : 'none', shown(work));
  }
}

const bare = (signal: Signal | undefined): unknown => {
  if (!signal) return 'none';
  const { time: _time, sequence: _sequence, ...rest } = signal;
  return rest;
};

/** Each level's summary again, from the records; what was left of the budget then follows from the journal. */
async function compareLevels(store: Store, sessionId: string, journal: ReadonlyMap<string, JournalEntry>): Promise<Difference[]> {
  const differences: Difference[] = [];
  const roundOf = new Map<string, number>();
  for await (const item of pages({ store, mechanisms: new Map() }, sessionId)) {
    roundOf.set(item.id, item.levelFrameId === undefined ? item.round - 1 : item.round);
  }
  for (const frame of await store.frames(sessionId)) {
    if (frame.kind !== 'level') continue;
    const signal = await store.getSignal(levelSignalId(frame.id));
    if (!signal) continue;
    const recorded = signal.data as SignalData<'level.assessed'>;
    const replayed = summariseLevel(await store.level(sessionId, frame.id), { ideas: [], assessments: [], nearDuplicates: 0 });
    let spent: Resources = noResources;
    for (const entry of journal.values())
      if ((roundOf.get(entry.workId) ?? 0) <= frame.round) if (entry.state === 'done') spent = add(spent, entry.usage);
    const expected = { ...replayed, remaining: subtract(replayed.limits, spent) };
    for (const key of new Set([...Object.keys(recorded), ...Object.keys(expected)]) as Set<keyof typeof expected>) {
      const [was, is] = [recorded[key], expected[key]].map((value) => canonicalJson(value ?? null).slice(0, longestShown));
      if (was !== is) differences.push({ workId: frame.id, field: `level.assessed ${key}`, recorded: was!, replayed: is! });
    }
  }
  return differences;
}
