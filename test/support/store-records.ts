import type { Assessment } from '../../runtime/domain/assessment.ts';
import type { Effect, EffectSettlement } from '../../runtime/domain/effect.ts';
import type { NewFrame } from '../../runtime/domain/frame.ts';
import { contentHash, type Idea, type Vector } from '../../runtime/domain/idea.ts';
import type { LevelSummary } from '../../runtime/domain/level.ts';
import { fill, noResources } from '../../runtime/domain/resources.ts';
import { completePolicy, defaultLimits, type Policy } from '../../runtime/domain/session.ts';
import { dataSchemaUrl, type NewSignal, type SignalData, type SignalType } from '../../runtime/domain/signal.ts';
import type { SessionCreation, StepCommit } from '../../runtime/domain/step-commit.ts';
import type { Trace } from '../../runtime/domain/trace.ts';
import type { NewWork, WorkItem } from '../../runtime/domain/work.ts';

export const epoch = Date.UTC(2026, 0, 1);
export const at = (ms: number): string => new Date(epoch + ms).toISOString();

/** Ids that say what they are: `ses_a/level1/x0`. */
export const rootOf = (sessionId: string): string => `${sessionId}/root`;
export const levelOf = (sessionId: string, round = 1): string => `${sessionId}/level${round}`;

export function frame(sessionId: string, given: Partial<NewFrame> & Pick<NewFrame, 'id' | 'kind'>): NewFrame {
  return { sessionId, goals: ['find out'], llmPolicy: {}, round: 1, depth: 2, ordinal: 0, openedBy: sessionId, limits: {}, ...given };
}
export const rootFrame = (sessionId: string, limits: NewFrame['limits'] = defaultLimits): NewFrame =>
  frame(sessionId, { id: rootOf(sessionId), kind: 'session', round: 0, depth: 1, limits });
export const levelFrame = (sessionId: string, round = 1, given: Partial<NewFrame> = {}): NewFrame =>
  frame(sessionId, { id: levelOf(sessionId, round), kind: 'level', parentId: rootOf(sessionId), round, cause: 'plan', ...given });
export const exploration = (sessionId: string, n: number, given: Partial<NewFrame> = {}): NewFrame =>
  frame(sessionId, {
    id: `${levelOf(sessionId)}/x${n}`,
    kind: 'exploration',
    parentId: levelOf(sessionId),
    depth: 3,
    ordinal: n,
    ...given,
  });

export function work(sessionId: string, id: string, given: Partial<NewWork> = {}): NewWork {
  return {
    ...{
      id,
      sessionId,
      signalId: `${sessionId}/seed0`,
      ruleId: 'seed-explore',
      mechanism: 'explorer',
      operation: 'explore',
      input: { n: 1 },
    },
    ...{ frameId: levelOf(sessionId), levelFrameId: levelOf(sessionId), round: 1, priority: 100, chain: [] },
    ...given,
  };
}
/** In the root frame: it belongs to no level. */
export function rootWork(sessionId: string, id: string, given: Partial<NewWork> = {}): NewWork {
  const { levelFrameId: _levelFrameId, ...kept } = work(sessionId, id, { frameId: rootOf(sessionId), mechanism: 'planner', ...given });
  return kept;
}

export function idea(sessionId: string, id: string, given: Partial<Idea> = {}): Idea {
  const text = given.text ?? `An idea called ${id}`;
  return {
    ...{
      id,
      sessionId,
      frameId: levelOf(sessionId),
      workId: sessionId,
      method: 'explore',
      title: id,
      text,
      contentHash: contentHash(text),
    },
    ...{ parentIds: [], round: 1, depth: 1, index: 0, tags: [], createdAt: at(0) },
    ...given,
  };
}

export function assessment(ideaId: string, id: string, given: Partial<Assessment> = {}): Assessment {
  return {
    ...{ id, ideaId, revision: 1, basis: 'judges', status: 'scored', axes: { align: 5, feas: 5, novel: 5 }, trust: 5, stable: false },
    ...{ rejection: [], critiques: [], weights: { align: 0.4, feas: 0.3, novel: 0.3 }, thresholds: { trust: 6, minAxis: 4 }, judges: [] },
    ...{ workId: 'unknown', createdAt: at(0) },
    ...given,
  };
}
export function unscored(ideaId: string, id: string, given: Partial<Assessment> = {}): Assessment {
  const {
    trust: _trust,
    stable: _stable,
    ...kept
  } = assessment(ideaId, id, { status: 'unscored', reason: 'WORK_DEAD', axes: {}, ...given });
  return kept;
}

export const vector = (ideaId: string, values: readonly number[], given: Partial<Vector> = {}): Vector => ({
  ideaId,
  kind: 'text',
  values: Float32Array.from(values),
  embedder: 'e1',
  ...given,
});

export function trace(sessionId: string, id: string, given: Partial<Trace> = {}): Trace {
  return {
    ...{ id, sessionId, round: 1, frameId: levelOf(sessionId), policy: 'greedy', action: 'explore', features: [1, 0.5, 0, 0, 0, -0.25] },
    ...{ parentIdeaId: `${sessionId}/seed`, parentTrust: 5, gain: 0.5, costShare: 0.1, reward: 0.25, spent: noResources, createdAt: at(0) },
    ...given,
  };
}

export function signal<T extends SignalType>(
  sessionId: string,
  id: string,
  type: T,
  data: SignalData<T>,
  given: Partial<NewSignal> = {},
): NewSignal {
  return {
    ...{
      specversion: '1.0',
      id,
      source: '/nireon/test/explorer',
      type,
      subject: sessionId,
      time: at(0),
      datacontenttype: 'application/json',
    },
    ...{
      dataschema: dataSchemaUrl(type),
      sessionid: sessionId,
      frameid: rootOf(sessionId),
      depth: 0,
      parentids: '',
      traceparent: '00-0-0-01',
    },
    data,
    ...given,
  };
}
export const deadSignal = (sessionId: string, id: string, given: Partial<NewSignal> = {}): NewSignal =>
  signal(
    sessionId,
    id,
    'work.dead',
    { workId: 'w', ruleId: 'r', mechanism: 'explorer', code: 'WORK_FAILED', message: 'no', attempts: 5 },
    given,
  );
export const planted = (sessionId: string, id: string, given: Partial<NewSignal> = {}): NewSignal =>
  signal(
    sessionId,
    id,
    'seed.planted',
    {
      ...{ ideaId: `${sessionId}/seed`, text: 'seed', tags: [], action: 'explore', features: [0, 0, 0, 0, 0, 0] },
      variations: 3,
      divergence: 0.7,
    },
    { frameid: levelOf(sessionId), ...given },
  );
export const finished = (sessionId: string): NewSignal =>
  signal(sessionId, `${sessionId}/finished`, 'session.finished', {
    ...{
      reason: 'depth-reached',
      counts: { ideas: 0, scored: 0, unscored: 0, stable: 0, nearDuplicates: 0 },
      spent: noResources,
      rounds: 1,
    },
  });
export const summary = (sessionId: string, round = 1): LevelSummary => ({
  ...{ frameId: levelOf(sessionId, round), round, depth: 1, cause: 'plan', ideas: 0, scored: 0, unscored: 0, stable: 0, nearDuplicates: 0 },
  ...{ entries: [], explorations: [], history: [], limits: fill(defaultLimits), remaining: fill(defaultLimits) },
});
export const assessed = (sessionId: string, round = 1): NewSignal =>
  signal(sessionId, `${levelOf(sessionId, round)}/assessed`, 'level.assessed', summary(sessionId, round));

export interface CreationGiven {
  readonly id?: string;
  readonly policy?: Partial<Policy>;
  readonly limits?: NewFrame['limits'];
  readonly labels?: Record<string, string>;
  readonly frames?: readonly NewFrame[];
  readonly work?: readonly NewWork[];
  readonly ideas?: readonly Idea[];
  readonly requestDigest?: string;
}
/** A session with a root frame, a level frame for round 1, a seed and its signal, and as much work as is given (one item unless said). */
export function creation(given: CreationGiven = {}): SessionCreation {
  const id = given.id ?? 'ses_a';
  const { createdAt: _createdAt, ...seed } = idea(id, `${id}/seed`, { method: 'seed', frameId: rootOf(id), round: 0, depth: 0 });
  const { time: _time, ...told } = planted(id, `${id}/seed0`);
  return {
    session: {
      ...{ id, objective: 'an objective', seeds: [{ text: 'seed', tags: [] }], labels: given.labels ?? {}, round: 1 },
      policy: { ...completePolicy({}, { experiments: false }), ...given.policy },
      limits: { ...defaultLimits, ...given.limits } as SessionCreation['session']['limits'],
      pins: { ruleSet: 'r', bank: 'b', embedder: 'e', versions: { explorer: 1 } },
      frameId: rootOf(id),
    },
    requestDigest: given.requestDigest ?? 'request',
    frames: [rootFrame(id, given.limits ?? defaultLimits), levelFrame(id), ...(given.frames ?? [])],
    ideas: [seed, ...(given.ideas ?? [])],
    signals: [told],
    work: given.work ?? [work(id, `${id}/w0`)],
  };
}

/** A commit that ends the item with nothing made. */
export function step(item: Pick<WorkItem, 'id' | 'sessionId' | 'attempt'>, given: Partial<StepCommit> = {}): StepCommit {
  return {
    ...{ workId: item.id, sessionId: item.sessionId, attempt: item.attempt, state: 'done', version: 1, outcome: { result: 'explored' } },
    ...{
      digest: 'd',
      sight: { lastAttempt: false, effects: [] },
      ideas: [],
      assessments: [],
      vectors: [],
      frames: [],
      traces: [],
      signals: [],
    },
    work: [],
    ...given,
  };
}
export const closes = (sessionId: string, given: Partial<NonNullable<StepCommit['closes']>> = {}): NonNullable<StepCommit['closes']> => ({
  ...{ levelFrameId: levelOf(sessionId), signal: assessed(sessionId), work: [], frames: [] },
  ...given,
});
export const ends = (sessionId: string, given: Partial<NonNullable<StepCommit['ends']>> = {}): NonNullable<StepCommit['ends']> => ({
  ...{ signal: finished(sessionId), reason: 'depth-reached' },
  ...given,
});

export function effect(item: Pick<WorkItem, 'id' | 'sessionId' | 'frameId'>, given: Partial<Effect> = {}): Effect {
  const name = given.name ?? 'vary';
  return {
    ...{
      id: `${item.id}/${name}${given.ordinal ?? 0}`,
      sessionId: item.sessionId,
      workId: item.id,
      frameId: item.frameId,
      name,
      ordinal: 0,
    },
    ...{ kind: 'llm', request: { prompt: 'p' }, requestDigest: 'q', reserve: { llmCalls: 1, outputTokens: 100 } },
    ...given,
  };
}
export function settlement(effectId: string, attempt: number, given: Partial<EffectSettlement> = {}): EffectSettlement {
  return {
    ...{ effectId, attempt, state: 'done', result: { text: 'answer' }, usage: fill({ llmCalls: 1, outputTokens: 40 }) },
    ...{ model: 'm', calls: [{ model: 'm', outcome: 'success', durationMs: 12.5 }] },
    ...given,
  };
}
