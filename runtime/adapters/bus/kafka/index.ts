import { setTimeout as pause } from 'node:timers/promises';
import { codeOf, messageOf } from '../../../domain/errors.ts';
import type { Bus, BusRequest, SignalNotice } from '../../../ports/bus.ts';
import type { Observe } from '../../../ports/observer.ts';
import type { IncomingRecord, KafkaClient } from './client.ts';
import { noticeOf, recordOf } from './envelope.ts';
import { busFailure } from './failure.ts';
import { follow, type Following } from './follow.ts';
import { requestOf, requestRefusal } from './inbox.ts';
import { watchLag } from './lag.ts';
import { createOutgoing } from './outgoing.ts';
import { createRefusals } from './refusals.ts';
import { ensureTopics, type TopicSettings, topicsOf } from './topics.ts';
import { within } from './within.ts';

export interface KafkaBusOptions {
  readonly client: KafkaClient;
  /** Where the brokers are, for people. */
  readonly place: string;
  readonly topicPrefix: string;
  readonly topics: TopicSettings;
  readonly observe: Observe;
}

const retryMs = { least: 200, most: 5000 };
const publishMs = 10_000;
const firstTryMs = 5000;

type Handle = (notice: SignalNotice) => Promise<void>;
interface Group {
  readonly handlers: Set<Handle>;
  readonly underWay: Set<Promise<void>>;
  readonly following: Following;
}

/**
 * Carries signals over Kafka: publishes with the acknowledgement of all in-sync replicas, and hands each group what the topic holds from where
 * the group left off. Looks for brokers that are away again and again. A record that is no signal goes to the dead topic and stops nobody.
 */
export function createKafkaBus({ client, place, topicPrefix, topics: settings, observe }: KafkaBusOptions): Bus {
  const topics = topicsOf(topicPrefix);
  const outgoing = createOutgoing(client);
  const refusals = createRefusals({ outgoing, dead: topics.dead, observe });
  const closing = new AbortController();
  const groups = new Map<string, Group>();
  /** What keeps it from working, by part: the topics, or a group. */
  const troubles = new Map<string, string>([['topics', 'not connected yet']]);
  let failedAt: number | undefined;

  function failed(part: string, error: unknown): void {
    if (closing.signal.aborted) return;
    const { code, message } = busFailure(error, `Kafka at ${place}`);
    if (troubles.get(part) !== message) observe({ type: 'bus-failed', bus: 'kafka', code, message });
    troubles.set(part, message);
    failedAt ??= Date.now();
  }
  function works(part: string): void {
    troubles.delete(part);
    if (failedAt === undefined || troubles.size > 0) return;
    observe({ type: 'bus-recovered', bus: 'kafka', afterMs: Date.now() - failedAt });
    failedAt = undefined;
  }

  async function prepare(): Promise<void> {
    for (let waitMs = retryMs.least; !closing.signal.aborted; waitMs = Math.min(waitMs * 2, retryMs.most)) {
      try {
        await ensureTopics(client, topics, settings);
        works('topics');
        return;
      } catch (error) {
        failed('topics', error);
        await pause(waitMs, undefined, { signal: closing.signal }).catch(() => undefined);
      }
    }
  }
  const ready = prepare();

  /** A handler's failure is told, and does not keep the others from going on. */
  async function tell(group: Group, notice: SignalNotice): Promise<void> {
    const handling = [...group.handlers].map((handle) =>
      Promise.resolve()
        .then(() => handle(notice))
        .catch((error: unknown) => {
          observe({ type: 'internal-error', signalId: notice.signalId, code: codeOf(error), message: messageOf(error), error });
        }),
    );
    await Promise.all(handling);
  }

  function createGroup(name: string): Group {
    const group = `${topicPrefix}.${name}`;
    async function handleAll(records: readonly IncomingRecord[]): Promise<void> {
      const handling = Promise.all(
        records.map((record) => {
          const read = noticeOf(record);
          return 'refusal' in read ? refusals.refuse(record, read.refusal, group) : tell(made, read.notice);
        }),
      ).then(() => undefined);
      made.underWay.add(handling);
      await handling.finally(() => made.underWay.delete(handling));
    }
    const made: Group = { handlers: new Set(), underWay: new Set(), following: stay(group, topics.signals, handleAll) };
    return made;
  }

  /** Followed by this process, with the topic that each reads. */
  const followed = new Map<string, { readonly topic: string; readonly following: Following }>();
  const watching = watchLag({
    ...{ client, observe, abort: closing.signal },
    groups: () => [...followed].map(([group, { topic }]) => ({ group, topic })),
  });

  function stay(group: string, topic: string, handle: (records: readonly IncomingRecord[]) => Promise<void>): Following {
    const part = `group ${group}`;
    troubles.set(part, 'joining');
    const following = follow({
      ...{ client, ready, group, topic, handle },
      joined: () => works(part),
      failed: (error) => failed(part, error),
    });
    followed.set(group, { topic, following });
    return {
      tried: following.tried,
      async stop() {
        troubles.delete(part);
        followed.delete(group);
        await following.stop();
      },
    };
  }

  async function takeAll(
    records: readonly IncomingRecord[],
    take: (request: BusRequest, abort: AbortSignal) => Promise<void>,
    group: string,
    abort: AbortSignal,
  ): Promise<void> {
    for (const record of records) {
      const read = requestOf(record);
      try {
        if ('refusal' in read) await refusals.refuse(record, read.refusal, group);
        else await take(read.request, abort);
      } catch (error) {
        // It comes again: its offset is not committed.
        if (abort.aborted) throw error;
        await refusals.refuse(record, requestRefusal(error), group);
      }
    }
  }

  let closed: Promise<void> | undefined;
  async function close(): Promise<void> {
    closing.abort();
    await Promise.all([ready, watching, ...[...followed.values()].map(({ following }) => following.stop())]);
    await client.close();
  }

  return {
    name: 'kafka',
    durable: true,
    async publish(signals) {
      if (signals.length === 0) return;
      try {
        const late = AbortSignal.timeout(publishMs);
        const records = signals.map(recordOf);
        const sent = ready.then(() => outgoing.send(topics.signals, records, late));
        await within(publishMs, sent);
      } catch (error) {
        throw busFailure(error, `Kafka at ${place}`);
      }
    },
    async subscribe(name, handle) {
      const group = groups.get(name) ?? createGroup(name);
      groups.set(name, group);
      group.handlers.add(handle);
      await within(firstTryMs, group.following.tried).catch(() => undefined);
      return async () => {
        group.handlers.delete(handle);
        if (group.handlers.size > 0) {
          await Promise.all(group.underWay);
          return;
        }
        groups.delete(name);
        await group.following.stop();
      };
    },
    async receive(take) {
      const group = `${topicPrefix}.inbox`;
      const stopping = new AbortController();
      const abort = AbortSignal.any([stopping.signal, closing.signal]);
      const following = stay(group, topics.inbox, (records) => takeAll(records, take, group, abort));
      return async () => {
        stopping.abort();
        await following.stop();
      };
    },
    async health() {
      if (closing.signal.aborted) return { ok: false, detail: 'closed' };
      const [trouble] = troubles.values();
      return trouble === undefined ? { ok: true, detail: `joined, by ${client.name}` } : { ok: false, detail: trouble };
    },
    close: () => (closed ??= close()),
  };
}
