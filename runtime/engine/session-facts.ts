import type { Frame, NewFrame } from '../domain/frame.ts';
import type { RuleSet } from '../domain/rule-set.ts';
import type { SessionFacts } from '../domain/session.ts';
import type { Reactor } from './rules/reactor.ts';

/** A frame without what the store keeps moving. */
export type FrameFacts = Omit<NewFrame, 'limits'>;

/** All of a session that never changes, ready for use. */
export interface KnownSession {
  readonly facts: SessionFacts;
  readonly seeds: number;
  readonly ruleSet: RuleSet;
  readonly reactor: Reactor;
  /** Frames seen so far, by id. */
  readonly frames: Map<string, FrameFacts>;
}

export function frameFacts(frame: Frame | NewFrame): FrameFacts {
  const { id, sessionId, parentId, kind, goals, llmPolicy, round, depth, subject, ordinal, cause, openedBy } = frame;
  return {
    id,
    sessionId,
    ...(parentId === undefined ? {} : { parentId }),
    kind,
    goals,
    llmPolicy,
    round,
    depth,
    ...(subject === undefined ? {} : { subject }),
    ordinal,
    ...(cause === undefined ? {} : { cause }),
    openedBy,
  };
}

/** Frames by id. */
export type Frames = Pick<ReadonlyMap<string, FrameFacts>, 'get'>;

/** The frame and those above it, root last. */
export function frameChain(frames: Frames, id: string): FrameFacts[] {
  const chain: FrameFacts[] = [];
  for (let frame = frames.get(id); frame; frame = frame.parentId === undefined ? undefined : frames.get(frame.parentId)) chain.push(frame);
  return chain;
}

/** The level that the frame is or lies in; none for the root frame. */
export function levelOf(frames: Frames, id: string): FrameFacts | undefined {
  return frameChain(frames, id).find((frame) => frame.kind === 'level');
}
