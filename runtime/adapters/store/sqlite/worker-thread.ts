import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads';
import { NireonError } from '../../../domain/errors.ts';
import { storeCalls } from '../calls.ts';
import { createSqliteCalls } from './calls.ts';
import { createConnection } from './connection.ts';
import { createDatabase, type CallClock } from './database.ts';
import { translated } from './failures.ts';
import { answerTogether } from './group-commit.ts';
import { openDatabase } from './open-database.ts';
import { failureOf, type CallMessage, type OpenedMessage, type OpenOptions, type ReplyMessage } from './protocol.ts';

/** So many calls at most share a transaction: the first of them waits for the last. */
const maxBatch = 512;

function serve(port: MessagePort, options: OpenOptions): void {
  const { database, schemaVersion, close } = openDatabase(options);
  const clock: CallClock = { ms: options.nowMs };
  const connection = createConnection(database);
  const calls = createSqliteCalls(createDatabase(connection, clock, options.keepsOutbox));
  const writes = ({ call }: Pick<CallMessage, 'call'>): boolean => call !== 'health' && call !== 'close' && storeCalls[call] === 'writes';
  const perform = (message: CallMessage): unknown => {
    if (message.call === 'health') return { ok: true, detail: options.file, schemaVersion };
    if (message.call === 'close') return undefined;
    if (options.readOnly && writes(message))
      throw new NireonError('STORE_READ_ONLY', `the database ${options.file} was opened for reading only`);
    clock.ms = message.nowMs;
    return (calls[message.call] as (...args: readonly unknown[]) => unknown)(...message.args);
  };
  let awaited = true;
  const batch = {
    ...{ database, run: connection.run, perform },
    writes: (message: CallMessage) => !options.readOnly && writes(message),
    // Without power nobody holds what was claimed; the first effect or commit of the item makes its claim durable with itself.
    forgettable: ({ call }: CallMessage) => call === 'claim',
    awaitDisk(yes: boolean) {
      if (yes !== awaited) database.exec(`PRAGMA synchronous = ${yes ? 'FULL' : 'NORMAL'}`);
      awaited = yes;
    },
  };
  const answering = { ...batch, translate: (error: unknown) => translated(error, options.file) };

  port.on('message', (first: readonly CallMessage[]) => {
    const messages = [...first];
    // What came while the last transaction was written goes into the next one.
    for (let more = receiveMessageOnPort(port); more; more = messages.length < maxBatch ? receiveMessageOnPort(port) : undefined) {
      messages.push(...(more.message as readonly CallMessage[]));
    }
    // Reading waits for no fsync: what is asked at the same time as a write may see the state before it.
    const reads = messages.filter(({ call }) => call !== 'close' && !writes({ call }));
    const rest = messages.filter(({ call }) => call === 'close' || writes({ call }));
    if (reads.length > 0) send(port, answerTogether(reads, answering));
    if (rest.length === 0) return;
    const replies = answerTogether(rest, answering);
    const ends = rest.some(({ call }) => call === 'close');
    if (ends) close();
    send(port, replies);
    if (ends) port.close();
  });
  send(port, { schemaVersion });
}

function send(port: MessagePort, message: OpenedMessage | ReplyMessage[]): void {
  port.postMessage(message);
}

if (parentPort) {
  const options = workerData as OpenOptions;
  try {
    serve(parentPort, options);
  } catch (error) {
    send(parentPort, { failure: failureOf(translated(error, options.file)) });
  }
}
