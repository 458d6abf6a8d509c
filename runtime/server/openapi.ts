import { z } from 'zod';
import { sessionRequestSchema } from '../domain/session.ts';
import { sessionViewSchema } from '../engine/session-view.ts';
import { treeNodeSchema } from '../engine/idea-tree.ts';
import { assessmentSchema } from '../domain/assessment.ts';
import { frameSchema } from '../domain/frame.ts';
import { ideaSchema } from '../domain/idea.ts';
import { ruleSetSchema } from '../domain/rule-set.ts';
import { signalSchema } from '../domain/signal.ts';
import { workItemSchema } from '../domain/work.ts';
import { reportSchema } from '../report/schema.ts';
import { ideaDetailSchema } from './idea-detail.ts';
import { replayResultSchema, rulesRequestSchema } from './other-routes.ts';
import { httpStatus, problemSchema } from './problem.ts';
import { pathNames, type Route } from './route.ts';
import { errorCodes, NireonError } from '../domain/errors.ts';

type Json = Record<string, unknown>;

/** Schemas that stand under their own name; everything else stands where it is used. */
const answers: Readonly<Record<string, z.ZodType>> = {
  SessionView: sessionViewSchema,
  Idea: ideaSchema,
  Assessment: assessmentSchema,
  IdeaDetail: ideaDetailSchema,
  IdeaTreeNode: treeNodeSchema,
  Report: reportSchema,
  RuleSet: ruleSetSchema,
  Signal: signalSchema,
  Frame: frameSchema,
  WorkItem: workItemSchema,
  ReplayResult: replayResultSchema,
  Problem: problemSchema,
};
const requests: Readonly<Record<string, z.ZodType>> = { SessionRequest: sessionRequestSchema, RulesRequest: rulesRequestSchema };

/** The OpenAPI 3.1 document of these routes: made of the schemas that check requests, so that it cannot say anything else. */
export function openApiDocument(routes: readonly Route[], version: string): Json {
  const named = namedSchemas(answers, 'output');
  const asked = namedSchemas(requests, 'input');
  const paths: Record<string, Json> = {};
  for (const each of routes) (paths[each.path] ??= {})[each.method.toLowerCase()] = operation(each, named.refer, asked.refer);
  return {
    openapi: '3.1.0',
    info: {
      title: 'NIREON',
      version,
      description: 'Explorations of a question with language models: durable, budgeted, traceable, replayable.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    security: [{ token: [] }, {}],
    paths,
    components: {
      schemas: { ...named.schemas, ...asked.schemas },
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'Where the server was given a token' } },
    },
  };
}

type Refer = (schema: z.ZodType) => Json;

function namedSchemas(byName: Readonly<Record<string, z.ZodType>>, io: 'input' | 'output'): { schemas: Json; refer: Refer } {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(byName)) registry.add(schema, { id });
  const uri = (id: string): string => `#/components/schemas/${id}`;
  const { schemas } = z.toJSONSchema(registry, { target: 'draft-2020-12', io, uri });
  const names = new Map(Object.entries(byName).map(([id, schema]) => [schema, id]));
  return {
    schemas: Object.fromEntries(Object.keys(byName).map((id) => [id, plain(schemas[id] as Json)])),
    refer(schema) {
      const name = names.get(schema);
      if (name !== undefined) return { $ref: uri(name) };
      const inner = z.registry<{ id: string }>();
      for (const [other, id] of names) inner.add(other, { id });
      inner.add(schema, { id: 'Here' });
      return plain(z.toJSONSchema(inner, { target: 'draft-2020-12', io, uri }).schemas['Here'] as Json);
    },
  };
}

/** Without what only a document of its own needs; any JSON value, the one thing shared without a name, is the empty schema. */
function plain({ $schema: _schema, $id: _id, ...schema }: Json): Json {
  const anything = (_key: string, value: unknown): unknown =>
    String((value as Json | null)?.['$ref']).includes('/__shared#') ? {} : value;
  return JSON.parse(JSON.stringify(schema, anything)) as Json;
}

function operation(each: Route, answer: Refer, request: Refer): Json {
  const inPath = [...each.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    ...{ name, in: 'path', required: true, description: pathNames[name!]?.says, schema: { type: 'string' } },
  }));
  const properties = each.query === undefined ? {} : ((request(each.query)['properties'] ?? {}) as Record<string, Json>);
  const inQuery = Object.entries(properties).map(([name, { description, ...schema }]) => ({
    ...{ name, in: 'query', required: false, schema },
    ...(description === undefined ? {} : { description }),
  }));
  const parameters = [...inPath, ...inQuery];
  return {
    operationId: each.name,
    summary: each.says,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(each.body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: request(each.body) } } } }),
    responses: { ...successes(each, answer), ...failures(each) },
  };
}

function successes(each: Route, answer: Refer): Json {
  return Object.fromEntries(
    Object.entries(each.answers).map(([status, { says, schema, mediaTypes = schema === undefined ? [] : ['application/json'] }]) => {
      const content = mediaTypes.map((type) => [
        type,
        { schema: schema !== undefined && type === 'application/json' ? answer(schema) : { type: 'string' } },
      ]);
      return [status, { description: says, ...(content.length === 0 ? {} : { content: Object.fromEntries(content) as Json }) }];
    }),
  );
}

/** The codes of each status; what every call may answer is there too. */
function failures(each: Route): Json {
  const byStatus = new Map<number, string[]>();
  for (const code of [...each.errors, 'UNAUTHORIZED', 'STORE_UNREACHABLE'] as const) {
    const status = httpStatus(new NireonError(code));
    byStatus.set(status, [...(byStatus.get(status) ?? []), `${code}: ${errorCodes[code].says}`]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      String(status),
      {
        description: codes.join('; '),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  );
}
