import { createHash, randomBytes } from 'node:crypto';
import type { SpanRecord } from '../platform/tracing.ts';
import type { EventPlace } from './domain/engine-event.ts';
import { traceParent } from './domain/ids.ts';

/** Ids of traces and spans follow from ids of records, so that spans of different processes join without telling each other anything. */
const hexOf = (id: string, length: number): string => createHash('sha256').update(id).digest('hex').slice(0, length);

const traces = new Map<string, string>();

/** The trace of a session: the one that its signals carry. */
export function traceOf(sessionId: string): string {
  let trace = traces.get(sessionId);
  if (trace === undefined) {
    if (traces.size >= 1000) traces.clear();
    trace = traceParent(sessionId, '').split('-')[1]!;
    traces.set(sessionId, trace);
  }
  return trace;
}

/** Span of a session, work item, effect or signal; a signal's is the one in its traceparent. */
export const spanOf = (id: string): string => hexOf(id, 16);

type Span = Omit<SpanRecord, 'traceId' | 'spanId' | 'parentSpanId' | 'endMs'> & {
  /** A random one if absent: nothing hangs below it. */
  readonly spanId?: string;
  readonly parent?: string | undefined;
};

/** A span that ends now, in the session's trace, below the record `parent`; none outside a session. */
export function spanAt(place: EventPlace, { parent, ...span }: Span, endMs: number): SpanRecord | undefined {
  const { sessionId } = place;
  if (sessionId === undefined) return undefined;
  const attributes = Object.fromEntries(
    (['sessionId', 'frameId', 'signalId', 'workId', 'ideaId'] as const).flatMap((key) => {
      const id = place[key];
      return id === undefined ? [] : [[`nireon.${key.slice(0, -2)}.id`, id]];
    }),
  );
  return {
    spanId: randomBytes(8).toString('hex'),
    ...span,
    attributes: { ...attributes, ...span.attributes },
    traceId: traceOf(sessionId),
    endMs,
    ...(parent === undefined ? {} : { parentSpanId: spanOf(parent) }),
  };
}
