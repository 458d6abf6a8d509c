import type { ServerResponse } from 'node:http';
import type { z } from 'zod';
import type { ErrorCode } from '../domain/errors.ts';

export interface RouteInput<Query, Body> {
  /** Of the path; checked to be plain words. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  readonly header: (name: string) => string | undefined;
}

/** What a route answers: JSON, a text with its media type, nothing (204), or a stream that it writes itself. */
export type RouteReply =
  | { readonly status: number; readonly json: unknown; readonly headers?: Readonly<Record<string, string>> }
  | { readonly status: number; readonly text: string; readonly mediaType: string; readonly headers?: Readonly<Record<string, string>> }
  | { readonly nothing: true }
  | { readonly stream: (response: ServerResponse, abort: AbortSignal) => Promise<void> };

export interface RouteAnswer {
  readonly says: string;
  readonly schema?: z.ZodType;
  /** Where it is not JSON alone. */
  readonly mediaTypes?: readonly string[];
}

/** One call of the API: the server and the OpenAPI document are both made of it. */
export interface Route<Query = unknown, Body = unknown> {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** `/v1/sessions/{id}` */
  readonly path: string;
  /** Name of the operation in clients. */
  readonly name: string;
  readonly says: string;
  readonly query?: z.ZodObject & z.ZodType<Query>;
  readonly body?: z.ZodType<Body>;
  readonly answers: Readonly<Record<number, RouteAnswer>>;
  readonly errors: readonly ErrorCode[];
  handle(input: RouteInput<Query, Body>): Promise<RouteReply>;
}

/** Checks a route against its own schemas, then forgets their types: for the table. */
export const route = <Query, Body>(definition: Route<Query, Body>): Route => definition;

/** What a name in a path stands for, and the error for one that cannot exist. */
export const pathNames: Readonly<Record<string, { says: string; unknown: ErrorCode }>> = {
  id: { says: 'Id of a session', unknown: 'SESSION_UNKNOWN' },
  ideaId: { says: 'Id of an idea of the session', unknown: 'IDEA_UNKNOWN' },
  digest: { says: 'Digest of a stored rule set', unknown: 'RULE_SET_UNKNOWN' },
  signalId: { says: 'Id of a signal', unknown: 'SIGNAL_UNKNOWN' },
  workId: { says: 'Id of a dead work item', unknown: 'WORK_UNKNOWN' },
};
