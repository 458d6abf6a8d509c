import { z } from 'zod';
import { assessmentSchema } from '../domain/assessment.ts';
import { NireonError } from '../domain/errors.ts';
import { ideaSchema } from '../domain/idea.ts';
import { sessionRequestSchema } from '../domain/session.ts';
import { readIdeaTree, treeNodeSchema } from '../engine/idea-tree.ts';
import { knownSession, sessionView, sessionViewSchema, viewOf } from '../engine/session-view.ts';
import type { Page } from '../ports/store.ts';
import { reportPolicy } from '../report/html.ts';
import { reportFormats, reportMediaTypes, sessionReport } from '../report/render.ts';
import { reportSchema } from '../report/schema.ts';
import type { ApiEngine } from './api-engine.ts';
import { ideaDetailSchema, readIdeaDetail } from './idea-detail.ts';
import { type Route, route } from './route.ts';
import { streamSignals } from './sse.ts';

export const pageQuery = {
  cursor: z.exactOptional(z.string().min(1).max(2000)).describe('`next` of the page before'),
  limit: z.coerce.number().pipe(z.int().min(1).max(200)).default(50).describe('Most items of the page'),
};
export const pageOf = <T extends z.ZodType>(item: T) => z.strictObject({ items: z.array(item), next: z.exactOptional(z.string()) });
export const pageRequest = ({ cursor, limit }: { cursor?: string; limit: number }) =>
  cursor === undefined ? { limit } : { limit, cursor };
export const mapped = <T, U>({ next }: Page<T>, items: U[]) => ({ items, ...(next === undefined ? {} : { next }) });

const scoredIdeaSchema = z.strictObject({ idea: ideaSchema, assessment: z.exactOptional(assessmentSchema) });
const label = z.string().regex(/^[^=]+=/, 'write it as key=value');

/** Everything under /v1/sessions. */
export function sessionRoutes(engine: ApiEngine): Route[] {
  const { store } = engine;
  return [
    route({
      method: 'POST',
      path: '/v1/sessions',
      name: 'createSession',
      says: 'Begins an exploration. The same id with the same body answers with the session as it is.',
      body: sessionRequestSchema,
      answers: {
        201: { says: 'Begun', schema: sessionViewSchema },
        200: { says: 'It was begun before', schema: sessionViewSchema },
      },
      errors: ['REQUEST_INVALID', 'BUDGET_TOO_SMALL', 'RULE_SET_UNKNOWN', 'SESSION_CONFLICT', 'EMBEDDER_CHANGED', 'REQUEST_TOO_LARGE'],
      async handle({ body }) {
        const { created, session } = await engine.createSession(body);
        const headers = { location: `/v1/sessions/${session.id}` };
        return { status: created ? 201 : 200, json: await viewOf(store, session), headers };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/sessions',
      name: 'listSessions',
      says: 'Sessions, newest first.',
      query: z.strictObject({
        status: z.exactOptional(z.enum(['running', 'stopping', 'finished'])),
        label: z.exactOptional(label).describe('`key=value`: only sessions with this label'),
        ...pageQuery,
      }),
      answers: { 200: { says: 'A page', schema: pageOf(sessionViewSchema) } },
      errors: ['REQUEST_INVALID', 'CURSOR_INVALID'],
      async handle({ query }) {
        const at = query.label?.indexOf('=') ?? 0;
        const filter = {
          ...(query.status === undefined ? {} : { status: query.status }),
          ...(query.label === undefined ? {} : { label: { key: query.label.slice(0, at), value: query.label.slice(at + 1) } }),
        };
        const page = await store.listSessions(filter, pageRequest(query));
        return { status: 200, json: mapped(page, await Promise.all(page.items.map((session) => viewOf(store, session)))) };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/sessions/{id}',
      name: 'getSession',
      says: 'A session as it stands.',
      answers: { 200: { says: 'The session', schema: sessionViewSchema } },
      errors: ['SESSION_UNKNOWN'],
      handle: async ({ params }) => ({ status: 200, json: await sessionView(store, params['id']!) }),
    }),
    route({
      method: 'POST',
      path: '/v1/sessions/{id}/cancel',
      name: 'cancelSession',
      says: 'Stops a session: what is under way ends, nothing new begins.',
      answers: { 202: { says: 'It is stopping', schema: sessionViewSchema } },
      errors: ['SESSION_UNKNOWN', 'SESSION_FINISHED'],
      handle: async ({ params }) => ({ status: 202, json: await viewOf(store, await engine.cancelSession(params['id']!)) }),
    }),
    route({
      method: 'GET',
      path: '/v1/sessions/{id}/ideas',
      name: 'listIdeas',
      says: 'Ideas with their newest assessment: by trust (stable first, without the seeds) or by age.',
      query: z.strictObject({
        sort: z.enum(['trust', 'created']).default('trust'),
        seeds: z.exactOptional(z.enum(['true', 'false'])).describe('Whether seeds are among them; by default when sorted by age'),
        ...pageQuery,
      }),
      answers: { 200: { says: 'A page', schema: pageOf(scoredIdeaSchema) } },
      errors: ['SESSION_UNKNOWN', 'REQUEST_INVALID', 'CURSOR_INVALID'],
      async handle({ params, query }) {
        const { id } = await knownSession(store, params['id']!);
        const seeds = query.seeds === undefined ? query.sort === 'created' : query.seeds === 'true';
        const page = await store.listIdeas(id, { sort: query.sort, seeds }, pageRequest(query));
        return { status: 200, json: mapped(page, [...page.items]) };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/sessions/{id}/ideas/{ideaId}',
      name: 'getIdea',
      says: 'One idea with all its assessments, parents, children and the effects behind it.',
      answers: { 200: { says: 'The idea', schema: ideaDetailSchema } },
      errors: ['SESSION_UNKNOWN', 'IDEA_UNKNOWN'],
      async handle({ params }) {
        const { id } = await knownSession(store, params['id']!);
        return { status: 200, json: await readIdeaDetail(store, id, params['ideaId']!) };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/sessions/{id}/tree',
      name: 'getTree',
      says: 'What grew from what: one root per seed.',
      answers: { 200: { says: 'The trees', schema: z.array(treeNodeSchema) } },
      errors: ['SESSION_UNKNOWN'],
      async handle({ params }) {
        const { id } = await knownSession(store, params['id']!);
        return { status: 200, json: await readIdeaTree(store, id) };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/sessions/{id}/events',
      name: 'followSession',
      says: 'Signals as server-sent events: id is the sequence, data a CloudEvent. Goes on after Last-Event-ID without a gap; ends after session.finished; 204 if nothing can follow.',
      query: z.strictObject({
        after: z.exactOptional(z.string()).describe('A sequence, for clients that cannot send Last-Event-ID'),
      }),
      answers: {
        200: { says: 'The stream', mediaTypes: ['text/event-stream'] },
        204: { says: 'The session is finished and all was seen' },
      },
      errors: ['SESSION_UNKNOWN', 'REQUEST_INVALID'],
      async handle({ params, query, header }) {
        const session = await knownSession(store, params['id']!);
        const after = sequenceFrom(header('last-event-id') ?? query.after ?? '0');
        if (session.status === 'finished' && after >= session.sequence) return { nothing: true };
        return { stream: (response, abort) => streamSignals(response, engine.follow(session.id, after, abort), abort) };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/sessions/{id}/report',
      name: 'getReport',
      says: 'The report of a session: data, Markdown, or one page that stands alone.',
      query: z.strictObject({ format: z.enum(reportFormats).default('json') }),
      answers: { 200: { says: 'The report', schema: reportSchema, mediaTypes: ['application/json', 'text/markdown', 'text/html'] } },
      errors: ['SESSION_UNKNOWN', 'REQUEST_INVALID'],
      async handle({ params, query: { format } }) {
        const text = await sessionReport(store, params['id']!, format);
        const headers = format === 'html' ? { 'content-security-policy': reportPolicy } : {};
        return { status: 200, text, mediaType: reportMediaTypes[format], headers };
      },
    }),
  ];
}

function sequenceFrom(text: string): number {
  const sequence = /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  if (sequence === undefined) {
    const problems = [{ path: 'last-event-id', message: 'must be the id of an event of this stream: a whole number' }];
    throw new NireonError('REQUEST_INVALID', 'Last-Event-ID is not the id of an event of this stream', { problems });
  }
  return sequence;
}
