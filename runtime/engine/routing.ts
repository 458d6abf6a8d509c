import { defaultGoals, maxFrameNesting, type NewFrame } from '../domain/frame.ts';
import { deadSignalId, ruleFrameId, traceParent, workId } from '../domain/ids.ts';
import type { Rule } from '../domain/rule-set.ts';
import { dataSchemaUrl, type NewSignal, type SignalData, type SignalType } from '../domain/signal.ts';
import type { NewWork } from '../domain/work.ts';
import { frameFacts, levelOf, type FrameFacts, type Frames, type KnownSession } from './session-facts.ts';

/** What routing one signal brings: the work it causes, the frames that this work runs in, and word of what could not be routed. */
export interface Routed {
  readonly work: readonly NewWork[];
  readonly frames: readonly NewFrame[];
  readonly signals: readonly NewSignal[];
}

/** Who emitted the signals: decides the round and the causal chain of what they cause in the root frame. */
export interface Emitter {
  readonly instance: string;
  readonly round: number;
  /** The emitting item and those before it in its round, oldest first; empty for sessions and accounting. */
  readonly chain: readonly string[];
  readonly time: string;
}

/** Envelope of a signal; the store adds the sequence. `part` is the mechanism, `accounting` or `sessions`. */
export function envelope<T extends SignalType>(
  emitter: Pick<Emitter, 'instance' | 'time'>,
  part: string,
  content: {
    id: string;
    type: T;
    subject: string;
    sessionId: string;
    frameId: string;
    depth: number;
    parentIds: readonly string[];
    data: SignalData<T>;
  },
): NewSignal {
  const signal = {
    specversion: '1.0' as const,
    id: content.id,
    source: `/nireon/${emitter.instance}/${part}`,
    type: content.type,
    subject: content.subject,
    time: emitter.time,
    datacontenttype: 'application/json' as const,
    dataschema: dataSchemaUrl(content.type),
    sessionid: content.sessionId,
    frameid: content.frameId,
    depth: content.depth,
    parentids: content.parentIds.join(','),
    traceparent: traceParent(content.sessionId, content.id),
    data: content.data,
  };
  return signal;
}

/**
 * Matches signals against the session's rule set and turns the matches into work. Pure: the same signals give the same work, ids
 * included. A rule that fails at run time, or would nest frames too deep, gives a work item already dead and a `work.dead` signal, which
 * is routed too; one that fails on `work.dead` itself is only recorded.
 */
export function route(known: KnownSession, signals: readonly NewSignal[], emitter: Emitter, newFrames: readonly NewFrame[] = []): Routed {
  const own = new Map(newFrames.map((frame) => [frame.id, frameFacts(frame)]));
  const frames: Frames = { get: (id) => own.get(id) ?? known.frames.get(id) };
  const routed = { work: [] as NewWork[], frames: [] as NewFrame[], signals: [] as NewSignal[] };

  const waiting = [...signals];
  for (let signal = waiting.shift(); signal; signal = waiting.shift()) {
    const frame = frames.get(signal.frameid);
    if (!frame) throw new Error(`signal ${signal.id} stands in an unknown frame ${signal.frameid}`);
    for (const match of known.reactor.match(signal, { session: known.facts, frame })) {
      const item = place(known, frames, signal, match.rule, emitter);
      const failure =
        'failed' in match
          ? { code: 'RULE_EVALUATION_FAILED', message: match.failed }
          : match.rule.opens && frame.depth >= maxFrameNesting
            ? { code: 'FRAME_TOO_DEEP', message: `rule ${match.rule.id} would open frame ${maxFrameNesting + 1} below the session` }
            : undefined;
      if (failure) {
        routed.work.push({ ...item, frameId: frame.id, input: null, dead: failure });
        if (signal.type !== 'work.dead') {
          const told = deadSignal(emitter, signal, frame.id, { ...item, ...failure, attempts: 0, retries: 0 });
          routed.signals.push(told);
          waiting.push(told);
        }
        continue;
      }
      if (match.rule.opens) {
        const opened = openFrame(frame, match.rule, item.id, signal, routed.frames.length);
        routed.frames.push(opened);
        own.set(opened.id, frameFacts(opened));
      }
      routed.work.push({ ...item, input: ('input' in match ? match.input : {}) as NewWork['input'] });
    }
  }
  return routed;
}

/** Where the item runs and what it may see. */
function place(known: KnownSession, frames: Frames, signal: NewSignal, rule: Rule, emitter: Emitter): NewWork {
  const id = workId(signal.id, rule.id);
  const [mechanism = '', operation = ''] = rule.to.split('.');
  const level = levelOf(frames, signal.frameid);
  const round = level ? level.round : emitter.round;
  return {
    id,
    sessionId: known.facts.id,
    signalId: signal.id,
    ruleId: rule.id,
    mechanism,
    operation,
    input: null,
    frameId: rule.opens ? ruleFrameId(id) : signal.frameid,
    ...(level ? { levelFrameId: level.id } : {}),
    round,
    priority: rule.priority,
    chain: round === emitter.round ? [...emitter.chain] : [],
  };
}

function openFrame(parent: FrameFacts, rule: Rule, work: string, signal: NewSignal, ordinal: number): NewFrame {
  const opens = rule.opens!;
  return {
    id: ruleFrameId(work),
    sessionId: parent.sessionId,
    parentId: parent.id,
    kind: opens.kind,
    goals: opens.goals ?? [defaultGoals[opens.kind]],
    llmPolicy: opens.llmPolicy ?? {},
    round: parent.round,
    depth: parent.depth + 1,
    ...(signal.subject.startsWith('ide_') ? { subject: signal.subject } : {}),
    ordinal,
    openedBy: work,
    limits: opens.limits ?? {},
  };
}

/** `work.dead` of an item, in the item's frame. */
export function deadSignal(
  emitter: Pick<Emitter, 'instance' | 'time'>,
  cause: Pick<NewSignal, 'id' | 'sessionid' | 'depth'>,
  frameId: string,
  item: { id: string; ruleId: string; mechanism: string; code: string; message: string; attempts: number; retries: number },
): NewSignal {
  return envelope(emitter, 'execution', {
    id: deadSignalId(item.id, item.retries),
    type: 'work.dead',
    subject: cause.sessionid,
    sessionId: cause.sessionid,
    frameId,
    depth: cause.depth,
    parentIds: [cause.id],
    data: {
      workId: item.id,
      ruleId: item.ruleId,
      mechanism: item.mechanism,
      code: item.code,
      message: item.message,
      attempts: item.attempts,
    },
  });
}
