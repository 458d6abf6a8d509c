import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { messageOf, NireonError } from '../../../domain/errors.ts';
import type { Store } from '../../../ports/store.ts';
import { storeCalls, type StoreCall } from '../calls.ts';
import type { CallMessage, FailureMessage, OpenedMessage, OpenOptions, ReplyMessage } from './protocol.ts';

export interface SqliteStoreOptions {
  /** The database file; its folder must exist. */
  readonly file: string;
  /** Milliseconds since 1970: the store's clock. That of the machine unless said. */
  readonly now?: () => number;
  /** Whether signals are kept until the bus has them. Not, unless said. */
  readonly outbox?: boolean;
  /** Opens an existing database beside its writer, without its lock; writing calls throw STORE_READ_ONLY. */
  readonly readOnly?: boolean;
  /** Most pages that the file may have: beyond it calls throw STORE_FULL. */
  readonly maxPages?: number;
}

/** As long as a health check may take. */
const healthMs = 45;

/**
 * The store in one file, for one writing process: SQLite in a thread of its own, which this one never waits for. The calls of a tick, and
 * those that come while the thread writes, share a transaction and its fsync. Rejects with STORE_LOCKED, STORE_MISSING, STORE_CORRUPT,
 * STORE_READ_ONLY, STORE_TOO_NEW, STORE_TOO_OLD (reading only). The caller closes it.
 */
export async function createSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const now = options.now ?? Date.now;
  const { worker, schemaVersion } = await startThread({
    file: options.file,
    readOnly: options.readOnly ?? false,
    keepsOutbox: options.outbox ?? false,
    ...(options.maxPages === undefined ? {} : { maxPages: options.maxPages }),
    nowMs: now(),
  });

  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: NireonError) => void }>();
  let queue: CallMessage[] = [];
  let count = 0;
  let closing: Promise<void> | undefined;
  let died: NireonError | undefined;

  function flush(): void {
    worker.postMessage(queue);
    queue = [];
  }

  function ask(call: CallMessage['call'], args: readonly unknown[]): Promise<unknown> {
    if (died) return Promise.reject(died);
    return new Promise((resolve, reject) => {
      const id = ++count;
      waiting.set(id, { resolve, reject });
      if (queue.length === 0) setImmediate(flush);
      queue.push({ id, call, args, nowMs: now() });
    });
  }

  worker.on('message', (replies: readonly ReplyMessage[]) => {
    for (const reply of replies) {
      const caller = waiting.get(reply.id);
      waiting.delete(reply.id);
      if ('failure' in reply) caller?.reject(errorOf(reply.failure));
      else caller?.resolve(reply.value);
    }
  });
  const lose = (cause?: unknown): void => {
    died = new NireonError('STORE_UNREACHABLE', `the thread of the database ${options.file} ended`, { cause });
    for (const { reject } of waiting.values()) reject(died);
    waiting.clear();
  };
  worker.on('error', lose);
  worker.on('exit', () => lose());

  const calls = Object.fromEntries(
    (Object.keys(storeCalls) as StoreCall[]).map((call) => [
      call,
      async (...args: unknown[]) => {
        if (closing) throw new NireonError('STORE_CLOSED');
        return ask(call, args);
      },
    ]),
  ) as unknown as Pick<Store, StoreCall>;

  return {
    ...calls,
    name: 'sqlite',
    async health() {
      if (closing) throw new NireonError('STORE_CLOSED');
      const late = Promise.withResolvers<{ ok: boolean; detail: string; schemaVersion: number }>();
      const timer = setTimeout(() => late.resolve({ ok: false, detail: `no answer for ${healthMs} ms`, schemaVersion }), healthMs);
      const answer = ask('health', []).catch((error: unknown) => ({ ok: false, detail: messageOf(error), schemaVersion }));
      return Promise.race([late.promise, answer as typeof late.promise]).finally(() => clearTimeout(timer));
    },
    close() {
      closing ??= died ? Promise.resolve() : closed(ask('close', []), worker);
      return closing;
    },
  };
}

async function closed(answered: Promise<unknown>, worker: Worker): Promise<void> {
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  await answered;
  await ended;
}

async function startThread(workerData: OpenOptions): Promise<{ worker: Worker; schemaVersion: number }> {
  // Sources run as they are, the build has them as JavaScript.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(fileURLToPath(new URL(`./worker-thread.${extension}`, import.meta.url)), { workerData });
  const opened = await new Promise<OpenedMessage>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  if ('failure' in opened) throw errorOf(opened.failure);
  worker.removeAllListeners('error');
  return { worker, schemaVersion: opened.schemaVersion };
}

function errorOf({ code, message, retryable, stack }: FailureMessage): NireonError {
  const error = new NireonError(code, message, { retryable });
  if (stack !== undefined) error.stack = stack;
  return error;
}
