import type { Session } from '../../runtime/domain/session.ts';
import type { Resources } from '../../runtime/domain/resources.ts';
import { replaySession, type ReplayResult } from '../../runtime/engine/replay.ts';
import type { JournalEntry } from '../../runtime/domain/effect.ts';
import type { Frame } from '../../runtime/domain/frame.ts';
import type { Signal, SignalData } from '../../runtime/domain/signal.ts';
import type { WorkItem } from '../../runtime/domain/work.ts';
import type { RankedIdea, Store } from '../../runtime/ports/store.ts';
import { allMechanisms } from './engine-world.ts';

/** Everything that a session left, read back from the store. */
export interface SessionFacts {
  readonly session: Session;
  readonly signals: readonly Signal[];
  readonly work: readonly WorkItem[];
  readonly frames: readonly Frame[];
  readonly journal: readonly JournalEntry[];
  readonly ideas: readonly RankedIdea[];
  readonly spent: Resources;
  readonly reserved: Resources;
  count(type: Signal['type']): number;
}

const all = { limit: 100_000 };

export async function readSession(store: Store, id: string): Promise<SessionFacts> {
  const session = (await store.getSession(id))!;
  const signals = await store.signals(id, 0, 100_000);
  const [budget] = await store.budgets(id, [session.frameId]);
  return {
    session,
    signals,
    work: (await store.listWork(id, all)).items,
    frames: await store.frames(id),
    journal: (await store.listJournal({ sessionId: id }, all)).items,
    ideas: (await store.listIdeas(id, { sort: 'trust', seeds: false }, all)).items,
    spent: budget!.spent,
    reserved: budget!.reserved,
    count: (type) => signals.filter((signal) => signal.type === type).length,
  };
}

/** Without what differs between layouts: sequence, times, attempts, durations. By id, so that order doesn't matter. */
export async function historyOf(store: Store, id: string): Promise<Record<string, unknown>> {
  const { session, signals, work, frames, ideas, journal } = await readSession(store, id);
  const records: Record<string, unknown> = {};
  for (const { sequence: _s, time: _t, ...signal } of signals) {
    // What was paid twice because somebody died is told in the end, and differs; the spending that decides anything does not count it.
    const data = signal.type === 'session.finished' ? { ...(signal.data as SignalData<'session.finished'>), spent: {} } : signal.data;
    records[signal.id] = { ...signal, data };
  }
  for (const item of work) {
    const { id: workId, signalId, ruleId, mechanism, operation, input, frameId, round, priority, chain, state, outcome, digest } = item;
    records[workId] = { signalId, ruleId, mechanism, operation, input, frameId, round, priority, chain, state, outcome, digest };
  }
  for (const frame of frames) records[frame.id] = frame;
  const vectors = await store.vectors(
    id,
    ideas.map(({ idea }) => idea.id),
  );
  for (const { idea } of ideas) {
    const found = await store.getIdea(idea.id);
    const { createdAt: _c, ...rest } = idea;
    records[idea.id] = { ...rest, assessments: found?.assessments.map(({ createdAt: _a, ...assessment }) => assessment) };
    records[`${idea.id} vectors`] = vectors
      .filter((v) => v.ideaId === idea.id)
      .map((v) => [v.kind, v.phrase, Buffer.from(v.values.buffer, v.values.byteOffset, v.values.byteLength).toString('base64')])
      .sort();
  }
  for (const trace of await store.traces(id)) records[trace.id] = { ...trace, createdAt: '' };
  for (const entry of journal.filter((one) => one.state === 'done')) {
    records[entry.effectId] = { requestDigest: entry.requestDigest, result: entry.result, usage: entry.usage };
  }
  const { tally, reason, code, round } = session;
  records[id] = { tally, reason, code, round };
  return records;
}

export const replay = (store: Store, id: string, mechanisms = allMechanisms): Promise<ReplayResult> =>
  replaySession(id, { store, mechanisms });
