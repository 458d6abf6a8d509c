import { digestOf } from '../domain/canonical-json.ts';
import type { NewFrame } from '../domain/frame.ts';
import { contentHash, type Idea, type Vector } from '../domain/idea.ts';
import { assessmentId, deadAssessmentId, ideaId, levelFrameId, signalId, traceId } from '../domain/ids.ts';
import { NireonError } from '../domain/errors.ts';
import type { Assessment } from '../domain/assessment.ts';
import type { Trace } from '../domain/trace.ts';
import type { NewSignal } from '../domain/signal.ts';
import type { StepCommit } from '../domain/step-commit.ts';
import { vectorToBase64 } from '../domain/vector.ts';
import type { Sight, WorkItem } from '../domain/work.ts';
import type { AssessmentDraft, OperationResult, SignalDraft } from '../ports/mechanism.ts';
import { deadSignal, envelope, type Emitter } from './routing.ts';
import type { KnownSession } from './session-facts.ts';

/** The commit of an item without what depends on the counters: routed work, closes, ends. */
export type Step = Omit<StepCommit, 'work' | 'closes' | 'ends'>;

/** What all steps of an item share. */
export interface StepOf {
  readonly item: WorkItem;
  readonly known: KnownSession;
  readonly instance: string;
  readonly version: number;
  readonly sight: Sight;
}

export const emitterOf = ({ item, instance }: Pick<StepOf, 'item' | 'instance'>): Emitter => ({
  instance,
  round: item.round,
  chain: [...item.chain, item.id],
  time: item.createdAt,
});

/** SHA-256 over what an operation returned, vectors as base64 of their little-endian bytes. */
export function digestOfResult(result: OperationResult): string {
  const { ideas = [], assessments = [], vectors = [], frames = [], signals = [], traces = [], outcome } = result;
  return digestOf({
    ideas,
    assessments,
    vectors: vectors.map(({ values, ...rest }) => ({ ...rest, values: vectorToBase64(values) })),
    frames,
    signals,
    traces,
    outcome,
  });
}

/** Turns what an operation returned into records. Throws MECHANISM_FAILED for what no operation may return. */
export function doneStep(of: StepOf, result: OperationResult): Step {
  const { item, known } = of;
  const root = item.levelFrameId === undefined;
  if (!root && (result.outcome.finish !== undefined || (result.frames ?? []).length > 0)) {
    throw new NireonError(
      'MECHANISM_FAILED',
      `${item.mechanism}.${item.operation} opened a level or finished the session from inside a level`,
    );
  }
  const made = { workId: item.id, createdAt: item.createdAt };
  const inSession = { sessionId: item.sessionId, frameId: item.frameId };
  const ideas = (result.ideas ?? []).map((draft, index): Idea => ({
    ...draft,
    ...made,
    ...inSession,
    id: ideaId(item.id, index),
    contentHash: contentHash(draft.text),
    round: item.round,
    index,
  }));
  return {
    ...ended(of),
    state: 'done',
    outcome: result.outcome,
    digest: digestOfResult(result),
    ideas,
    assessments: (result.assessments ?? []).map((draft, index): Assessment => ({ ...draft, ...made, id: assessmentId(item.id, index) })),
    vectors: (result.vectors ?? []).map((draft): Vector => ({ ...draft, embedder: known.facts.pins.embedder })),
    frames: (result.frames ?? []).map((draft, ordinal): NewFrame => levelFrame(of, draft, ordinal)),
    traces: (result.traces ?? []).map((draft, index): Trace => ({
      ...draft,
      id: traceId(item.id, index),
      sessionId: item.sessionId,
      createdAt: item.createdAt,
    })),
    signals: (result.signals ?? []).map((draft, index) => signalOf(of, draft, index)),
  };
}

/** An item given up: what its operation says a dead item leaves behind, and `work.dead`. */
export function deadStep(
  of: StepOf,
  cause: Pick<NewSignal, 'id' | 'sessionid' | 'depth'>,
  failure: { code: string; message: string },
  left: readonly AssessmentDraft[],
): Step {
  const { item, instance } = of;
  const made = { workId: item.id, createdAt: item.createdAt };
  return {
    ...ended(of),
    state: 'dead',
    outcome: { result: 'dead', code: failure.code },
    ...failure,
    assessments: left.map((draft, index): Assessment => ({ ...draft, ...made, id: deadAssessmentId(item.id, index) })),
    signals: [deadSignal({ instance, time: item.createdAt }, cause, item.frameId, { ...item, ...failure, attempts: item.attempt })],
  };
}

/** An item of a stopping session that never ran. */
export function stoppedStep(of: StepOf): Step {
  return { ...ended(of), state: 'stopped', outcome: { result: 'stopped', code: 'SESSION_STOPPED' } };
}

function ended({ item, version, sight }: StepOf) {
  return {
    workId: item.id,
    sessionId: item.sessionId,
    attempt: item.attempt,
    version,
    sight,
    ideas: [],
    assessments: [],
    vectors: [],
    frames: [],
    traces: [],
    signals: [],
  };
}

function levelFrame({ item, known }: StepOf, draft: NonNullable<OperationResult['frames']>[number], ordinal: number): NewFrame {
  return {
    id: levelFrameId(item.sessionId, draft.round),
    sessionId: item.sessionId,
    parentId: known.facts.frameId,
    kind: 'level',
    goals: [...draft.goals],
    llmPolicy: {},
    round: draft.round,
    depth: 2,
    ordinal,
    cause: draft.cause,
    openedBy: item.id,
    limits: {},
  };
}

function signalOf({ item, instance }: StepOf, draft: SignalDraft, index: number): NewSignal {
  return envelope({ instance, time: item.createdAt }, item.mechanism, {
    id: signalId(item.id, index),
    type: draft.type,
    subject: draft.subject,
    sessionId: item.sessionId,
    frameId: draft.frameId ?? item.frameId,
    depth: draft.depth,
    parentIds: [item.signalId],
    data: draft.data,
  });
}
