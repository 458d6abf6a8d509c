import { failureOf, type CallMessage, type ReplyMessage } from './protocol.ts';
import type { NireonError } from '../../../domain/errors.ts';

export interface BatchOptions {
  readonly database: { readonly isTransaction: boolean };
  /** Runs a statement, prepared once. */
  run(sql: string): unknown;
  writes(call: CallMessage): boolean;
  /** Whether losing power may undo the call even after its answer. */
  forgettable(call: CallMessage): boolean;
  /** Whether what is committed from now on waits until it is on the disk. */
  awaitDisk(yes: boolean): void;
  perform(call: CallMessage): unknown;
  translate(error: unknown): NireonError;
}

/**
 * Answers calls in one transaction, so that one fsync serves many: each writing call stands under a savepoint of its own, and one that
 * throws takes back what it wrote and nothing else. If the transaction itself fails (the disk is full), each call is tried alone, so
 * that one that needs too much fails alone. Nothing is answered before it is durable, but what may be forgotten: among themselves such
 * calls wait for no fsync.
 */
export function answerTogether(calls: readonly CallMessage[], options: BatchOptions): ReplyMessage[] {
  const { database } = options;
  const writing = calls.filter((call) => options.writes(call));
  try {
    if (writing.length > 0) options.awaitDisk(!writing.every((call) => options.forgettable(call)));
    options.run(writing.length > 0 ? 'BEGIN IMMEDIATE' : 'BEGIN');
    const replies = calls.map((call) => answer(call, options));
    options.run('COMMIT');
    return replies;
  } catch (error) {
    if (database.isTransaction) options.run('ROLLBACK');
    if (calls.length > 1) return calls.flatMap((call) => answerTogether([call], options));
    return calls.map(({ id }) => ({ id, failure: failureOf(options.translate(error)) }));
  }
}

function answer(call: CallMessage, { database, run, writes, perform, translate }: BatchOptions): ReplyMessage {
  const guarded = writes(call);
  if (guarded) run('SAVEPOINT call');
  try {
    const value = perform(call);
    if (guarded) run('RELEASE call');
    return { id: call.id, value };
  } catch (error) {
    // SQLite gives up the whole transaction on some errors: then all that the batch did before is gone too.
    if (!database.isTransaction) throw error;
    if (guarded) {
      run('ROLLBACK TO call');
      run('RELEASE call');
    }
    return { id: call.id, failure: failureOf(translate(error)) };
  }
}
