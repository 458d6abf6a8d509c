import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { z } from 'zod';
import { messageOf, NireonError } from '../../domain/errors.ts';
import type { Signal } from '../../domain/signal.ts';
import type { Bus, SignalNotice } from '../../ports/bus.ts';
import type { PostgresAddress } from '../store/postgres/address.ts';
import { clientConfig } from '../store/postgres/database.ts';
import { createSubscribers } from './subscribers.ts';

/** PostgreSQL takes less than 8000 bytes a notification. */
const mostBytes = 7900;
const retryMs = { least: 100, most: 5000 };
const payloadSchema = z.array(z.tuple([z.string(), z.string(), z.string()]));

/**
 * Wakes the other processes that share a schema, by NOTIFY with nothing but ids; this process is told directly, also while the database is
 * away. Needs no outbox: what is sent while a listener reconnects is found by the sweep. Two connections. A pooler must be in session mode.
 */
export function createPostgresBus({ address }: { address: PostgresAddress }): Bus {
  const channel = address.schema;
  const subscribers = createSubscribers();
  const config = clientConfig(address, false);
  // Notifications hold nothing that a crash of the server could lose, so they need not wait for its disk.
  const pool = new pg.Pool({ ...config, options: `${config.options ?? ''} -c synchronous_commit=off`, max: 1 });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  const closing = new AbortController();
  let trouble: string | undefined = 'not connected yet';

  /** Resolves once it listens; `ended` when the connection is over. */
  async function listen(): Promise<{ ended: Promise<void>; end(): Promise<void> }> {
    const client = new pg.Client(config);
    const ended = new Promise<void>((resolve) => client.once('end', () => resolve()));
    client.on('error', (error) => void (trouble = messageOf(error)));
    client.on('notification', ({ payload }) => {
      for (const notice of noticesIn(payload)) if (!isOwn(notice)) subscribers.tell(notice);
    });
    const end = async (): Promise<void> => client.end().catch(() => undefined);
    try {
      await client.connect();
      await client.query(`LISTEN ${client.escapeIdentifier(channel)}`);
    } catch (error) {
      await end();
      throw error;
    }
    return { ended, end };
  }

  // What this process sent comes back to it by its own listener.
  const own = new Set<string>();
  const isOwn = ({ signalId }: SignalNotice): boolean => own.delete(signalId);

  async function keepListening(tried: () => void): Promise<void> {
    for (let waitMs = retryMs.least; !closing.signal.aborted; waitMs = Math.min(waitMs * 2, retryMs.most)) {
      try {
        const listening = await listen();
        const stop = (): void => void listening.end();
        closing.signal.addEventListener('abort', stop, { once: true });
        if (closing.signal.aborted) stop();
        [trouble, waitMs] = [undefined, retryMs.least];
        tried();
        await listening.ended;
        closing.signal.removeEventListener('abort', stop);
        trouble ??= 'the connection ended';
      } catch (error) {
        trouble = messageOf(error);
        tried();
      }
      own.clear();
      await pause(waitMs, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  }
  let closed: Promise<void> | undefined;
  async function close(): Promise<void> {
    trouble = 'closed';
    closing.abort();
    await Promise.all([finished, pool.end(), subscribers.close()]);
  }
  let finished: Promise<void> = Promise.resolve();
  const tried = new Promise<void>((resolve) => {
    finished = keepListening(resolve);
  });

  return {
    name: 'postgres',
    durable: false,
    async publish(signals) {
      if (closing.signal.aborted) return;
      for (const { sessionid, id, type } of signals) subscribers.tell({ sessionId: sessionid, signalId: id, type });
      if (trouble === undefined) for (const { id } of signals) own.add(id);
      try {
        await pool.query('SELECT pg_notify($1, payload) FROM unnest($2::text[]) payload', [channel, payloadsOf(signals)]);
      } catch (error) {
        for (const { id } of signals) own.delete(id);
        throw new NireonError('BUS_UNREACHABLE', `PostgreSQL did not pass on signals: ${messageOf(error)}`, { cause: error });
      }
    },
    async subscribe(group, handle) {
      await tried;
      return subscribers.add(group, handle);
    },
    health: async () => (trouble === undefined ? { ok: true, detail: 'listening' } : { ok: false, detail: trouble }),
    close: () => (closed ??= close()),
  };
}

/** As many signals in one notification as it may hold. */
function payloadsOf(signals: readonly Signal[]): string[] {
  const payloads: string[] = [];
  let entries: string[] = [];
  let bytes = 2;
  for (const { sessionid, id, type } of signals) {
    const entry = JSON.stringify([sessionid, id, type]);
    const length = Buffer.byteLength(entry) + 1;
    if (bytes + length > mostBytes && entries.length > 0) {
      payloads.push(`[${entries.join(',')}]`);
      [entries, bytes] = [[], 2];
    }
    entries.push(entry);
    bytes += length;
  }
  return entries.length === 0 ? payloads : [...payloads, `[${entries.join(',')}]`];
}

/** None in what others wrote into the channel, whatever it is. */
function noticesIn(payload = ''): SignalNotice[] {
  let json: unknown;
  try {
    json = JSON.parse(payload);
  } catch {
    return [];
  }
  const read = payloadSchema.safeParse(json);
  return read.success ? read.data.map(([sessionId, signalId, type]) => ({ sessionId, signalId, type })) : [];
}
