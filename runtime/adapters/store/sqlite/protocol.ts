import type { ErrorCode, NireonError } from '../../../domain/errors.ts';
import type { StoreCall } from '../calls.ts';

/** What the worker thread is started with. */
export interface OpenOptions {
  readonly file: string;
  readonly readOnly: boolean;
  readonly keepsOutbox: boolean;
  readonly maxPages?: number;
  readonly nowMs: number;
}

/** One call on its way to the worker thread; `nowMs` is the store's time of it. The calls of a tick travel in one message. */
export interface CallMessage {
  readonly id: number;
  readonly call: StoreCall | 'health' | 'close';
  readonly args: readonly unknown[];
  readonly nowMs: number;
}

export interface FailureMessage {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  /** Of the error underneath: for a log, not for a program. */
  readonly stack?: string;
}
export type ReplyMessage = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly failure: FailureMessage };

/** The first message of the thread says whether the database is open. */
export type OpenedMessage = { readonly schemaVersion: number } | { readonly failure: FailureMessage };

export const failureOf = (error: NireonError): FailureMessage => ({
  code: error.code,
  message: error.message,
  retryable: error.retryable,
  ...(error.code === 'INTERNAL' && error.stack !== undefined ? { stack: error.stack } : {}),
});
