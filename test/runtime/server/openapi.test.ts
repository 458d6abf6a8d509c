import { Ajv2020 } from 'ajv/dist/2020.js';
import { createApiDouble, listeningApi } from '../../support/api-double.ts';
import { sessionRoutes } from '../../../runtime/server/session-routes.ts';
import { otherRoutes } from '../../../runtime/server/other-routes.ts';
import { fixtureSession } from '../../support/fixture-session.ts';

interface Operation {
  operationId: string;
  summary: string;
  parameters?: { name: string; in: string; schema: object }[];
  requestBody?: { content: Record<string, { schema: object }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>;
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
}

describe('the OpenAPI document', () => {
  const history = fixtureSession({ id: 'ses_done', experiments: true });
  let api: Awaited<ReturnType<typeof listeningApi>>;
  let document: Document;
  beforeAll(async () => {
    api = await listeningApi(createApiDouble(history).engine);
    document = (await (await fetch(`${api.url}/v1/openapi.json`)).json()) as Document;
  });
  afterAll(async () => api.server.close());

  const operations = () =>
    Object.entries(document.paths).flatMap(([path, byMethod]) =>
      Object.entries(byMethod).map(([method, operation]) => ({ path, method, operation })),
    );
  /** The document's schemas, by name and by pointer. */
  const validator = () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: 'https://nireon.dev/openapi', ...document });
    return (schema: object) => ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"https://nireon.dev/openapi#/')) as object);
  };

  it('holds every route, and nothing that the server does not answer', async () => {
    const { engine } = createApiDouble();
    const table = [...sessionRoutes(engine), ...otherRoutes(engine, async () => Promise.reject(new Error()))];
    const written = operations().map(({ path, method }) => `${method.toUpperCase()} ${path}`);
    expect(written.toSorted()).toEqual([...table.map(({ method, path }) => `${method} ${path}`), 'GET /v1/openapi.json'].toSorted());
    for (const { path, method } of operations()) {
      const response = await fetch(api.url + path.replace(/\{\w+\}/g, 'none'), { method: method.toUpperCase() });
      expect([path, ((await response.json()) as { code?: string }).code]).not.toEqual([path, 'NOT_FOUND']);
    }
  });

  it('resolves every reference and holds only valid schemas', () => {
    expect(document.openapi).toBe('3.1.0');
    const text = JSON.stringify(document);
    for (const [, name] of text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]*)"/g))
      expect(document.components.schemas).toHaveProperty(name!);
    expect(text).not.toMatch(/"\$ref":"(?!#\/components\/schemas\/)/);
    const compile = validator();
    for (const schema of Object.values(document.components.schemas)) expect(() => compile(schema)).not.toThrow();
  });

  it('names each operation once and explains each parameter of a path', () => {
    const names = operations().map(({ operation }) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
    for (const { path, operation } of operations()) {
      const inPath = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path').map(({ name }) => `{${name}}`);
      expect(path.match(/\{\w+\}/g) ?? []).toEqual(inPath);
      expect(operation.summary).toMatch(/\.$/);
    }
  });

  it('describes what is really answered, errors too', async () => {
    const compile = validator();
    for (const { path, method, operation } of operations()) {
      if (path.endsWith('/events')) continue;
      for (const id of ['ses_done', 'ses_none']) {
        const address = path
          .replace('{id}', id)
          .replace('{ideaId}', history.ideas[1]!.id)
          .replace(/\{\w+\}/, 'none');
        const response = await fetch(api.url + address, { method: method.toUpperCase() });
        const described = operation.responses[String(response.status)];
        // A double that cannot write answers 500 for the two calls on dead work.
        if (path.startsWith('/v1/dead/')) continue;
        expect([address, response.status, described === undefined]).toEqual([address, response.status, false]);
        const type = response.headers.get('content-type')!.split(';')[0]!;
        const valid = compile(described!.content![type]!.schema);
        expect([address, valid(await response.json()), valid.errors]).toEqual([address, true, null]);
      }
    }
  });

  it('says of a request what the server says of it', () => {
    const valid = validator()({ $ref: '#/components/schemas/SessionRequest' });
    expect(valid({ objective: 'find it', seeds: ['an idea', { text: 'another' }], policy: { depth: 3 }, limits: { llmCalls: 10 } })).toBe(
      true,
    );
    for (const wrong of [{}, { objective: 'find it', seeds: [] }, { objective: 'find it', seeds: ['idea'], depth: 3 }]) {
      expect(valid(wrong)).toBe(false);
    }
  });
});
