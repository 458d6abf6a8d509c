import fc from 'fast-check';
import { z } from 'zod';
import { parseConfigFile } from '../../platform/config-file.ts';
import { loadConfig } from '../../platform/load-config.ts';
import { printConfig } from '../../platform/print-config.ts';
import { schemaNodeOf } from '../../platform/settings.ts';

const schema = z.strictObject({
  name: z.string().min(1).default('none'),
  loud: z.boolean().default(false),
  list: z.array(z.string()).default([]),
  server: z.strictObject({ port: z.int().min(1).max(9).default(8), maxBodyBytes: z.int().default(3) }).prefault({}),
  things: z
    .record(
      z.string().regex(/^[a-z]+$/),
      z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('ball'), radius: z.number() }),
        z.strictObject({ kind: z.literal('box'), width: z.number() }),
      ]),
    )
    .default({}),
  token: z.exactOptional(z.string().meta({ secret: true })),
});

const layer = (text: string, name = 'a.yaml') => {
  const { layer, problems } = parseConfigFile(name, text);
  expect(problems).toEqual([]);
  return layer!;
};
const load = (files: string[], env: Record<string, string> = {}, overrides: object[] = []) =>
  loadConfig({
    schema,
    prefix: 'T',
    env,
    otherVariables: ['T_HOME'],
    files: files.map((text, i) => layer(text, `${i}.yaml`)),
    overrides: overrides.map((value) => ({ value, originOf: () => '--option' })),
  });
const problemsOf = (result: ReturnType<typeof load>) =>
  result.ok ? [] : result.problems.map(({ path, message }) => `${path}: ${message}`);

describe('loadConfig', () => {
  it('takes options over variables over later files over earlier files over defaults, and says which', () => {
    const result = load(
      ['name: one\nserver:\n  port: 2\n  maxBodyBytes: 20', 'server: { port: 3 }\nlist: [a]'],
      { T_SERVER_PORT: '4', T_LOUD: 'true' },
      [{ name: 'five' }],
    );
    if (!result.ok) throw new Error(problemsOf(result).join());
    expect(result.config).toEqual({ name: 'five', loud: true, list: ['a'], server: { port: 4, maxBodyBytes: 20 }, things: {} });
    const origins = [['name'], ['loud'], ['list'], ['server', 'port'], ['server', 'maxBodyBytes'], ['token']].map(result.originOf);
    expect(origins).toEqual(['--option', 'T_LOUD', '1.yaml:2', 'T_SERVER_PORT', '0.yaml:4', 'default']);
  });

  it('reads lists, numbers and words from variables, and takes an empty one for unset', () => {
    const result = load([], { T_LIST: 'a, b', T_SERVER_MAX_BODY_BYTES: '7', T_NAME: '12', T_TOKEN: '', T_HOME: 'x', OTHER: 'y' });
    expect(result.ok && result.config).toEqual({
      name: '12',
      loud: false,
      list: ['a', 'b'],
      server: { port: 8, maxBodyBytes: 7 },
      things: {},
    });
  });

  it('names every problem at once, with its path, its place and the variable', () => {
    const result = load(['nme: x\nserver: { port: 70, prt: 1 }\nthings:\n  b: { kind: ball, radus: 1 }\n  C: { kind: box, width: 1 }'], {
      T_LOUD: 'yes',
      T_SEVER_PORT: '1',
    });
    expect(problemsOf(result)).toEqual([
      'T_SEVER_PORT: is not a variable of a setting; did you mean T_SERVER_PORT?',
      expect.stringMatching(/^loud: must be true or false, not a text \(T_LOUD\)$/),
      expect.stringMatching(/^server\.port: .*9 \(0\.yaml:2; variable T_SERVER_PORT\)$/),
      'server.prt: is not a setting; did you mean port? (0.yaml:2)',
      'things.b.radius: is required (0.yaml:4)',
      'things.b.radus: is not a setting; did you mean radius? (0.yaml:4)',
      expect.stringMatching(/^things\.C: has a name that is not allowed.*\(0\.yaml:5\)$/),
      'nme: is not a setting; did you mean name? (0.yaml:1)',
    ]);
  });

  it('is not disturbed by what Kubernetes puts beside a container', () => {
    const links = { T_SERVICE_HOST: '10.0.0.1', T_SERVICE_PORT: '80', T_PORT: 'tcp://10.0.0.1:80', T_PORT_80_TCP_ADDR: '10.0.0.1' };
    expect(load([], links).ok).toBe(true);
  });

  it('gives at most 100 problems and counts the rest', () => {
    const result = load([Array.from({ length: 500 }, (_, i) => `key${i}: 1`).join('\n')]);
    const problems = problemsOf(result);
    expect(problems).toHaveLength(101);
    expect(problems.at(-1)).toBe(': and 400 more problems');
  });

  it('survives any value, as problems or as a value, never as an exception', () => {
    const hostile = fc.oneof(fc.constantFrom('__proto__', 'constructor', 'toString', 'server', 'things', 'list', ''), fc.string());
    const anything = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 5 },
        fc.jsonValue(),
        fc.array(tie('node'), { maxLength: 4 }),
        fc.dictionary(hostile, tie('node'), { maxKeys: 5 }),
      ),
    })).node;
    fc.assert(
      fc.property(anything, fc.dictionary(hostile, fc.string()), (value, env) => {
        const { layer, problems } = parseConfigFile('f', JSON.stringify(value));
        const variables = Object.fromEntries(Object.entries(env).map(([key, text]) => [`T_${key}`, text]));
        const result = loadConfig({ schema, prefix: 'T', env: variables, files: layer ? [layer] : [] });
        if (!result.ok) expect(result.problems.length).toBeGreaterThan(0);
        for (const problem of problems) expect(problem.path).toMatch(/^f/);
        expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
      }),
      { numRuns: 400 },
    );
  });
});

describe('parseConfigFile', () => {
  it.each([
    ['a: [1', /^f:1 is not YAML/],
    ['a: 1\na: 2', /^f:2 is not YAML: Map keys must be unique/],
    ['- 1', /^f:1 must be a map/],
    ['just words', /^f:1 must be a map/],
    ['__proto__: { polluted: 1 }', /^f:1 a key with this name is not a setting/],
    ['a:\n  constructor: 1', /^f:2 a key with this name/],
    ['{ {a: 1}: 2 }', /^f:1 a key must be a plain word/],
    ['a: &x { b: *x }', /^f is nested too deep or refers to itself/],
    ['['.repeat(200_000), /^f/],
    ['x'.repeat(2_000_000), /^f is larger than 1 MiB/],
    [
      'a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d]',
      /^f is nested too deep/,
    ],
  ])('refuses what it cannot take, with the line: %.40j', (text, problem) => {
    const { layer, problems } = parseConfigFile('f', text);
    expect(layer).toBeUndefined();
    expect(`${problems[0]?.path} ${problems[0]?.message}`).toMatch(problem);
  });

  it('survives any text', () => {
    const piece = fc.oneof(
      fc.constantFrom('\n', '  ', '- ', 'a: ', '&x ', '*x', '!!set ', '? ', '{', '}', '[', '|', '"', '%', '---', '<<: '),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const { layer, problems } = parseConfigFile('f', pieces.join(''));
        expect(layer === undefined).toBe(problems.length > 0);
      }),
      { numRuns: 1000 },
    );
  });

  it('never quotes the file in what it says', () => {
    const secret = 'hunter2-hunter2';
    for (const text of [`a: "${secret}`, `a: 'x' ${secret}`, `? [${secret}\n: }`, `*${secret}`, `a: !!${secret} }`, `%${secret}\n}`]) {
      const { problems } = parseConfigFile('f', text);
      expect(JSON.stringify(problems)).not.toContain(secret);
    }
  });

  it('reads an empty file as nothing said, and follows anchors', () => {
    expect(parseConfigFile('f', '# nothing').layer?.value).toEqual({});
    expect(parseConfigFile('f', 'a: &x { b: 1 }\nc: *x').layer?.value).toEqual({ a: { b: 1 }, c: { b: 1 } });
  });
});

describe('printConfig', () => {
  it('shows each leaf with where it was said, and masks secrets', () => {
    const result = load(['token: my-own-token\nname: "postgres://joe:pass@h/db"\nthings: { b: { kind: ball, radius: 2 } }']);
    if (!result.ok) throw new Error();
    expect(printConfig(result.config, schemaNodeOf(schema), result.originOf)).toBe(
      [
        'name: "postgres://********@h/db"  # 0.yaml:2',
        'loud: false  # default',
        'list: []  # default',
        'server:',
        '  port: 8  # default',
        '  maxBodyBytes: 3  # default',
        'things:',
        '  b:',
        '    kind: "ball"  # 0.yaml:3',
        '    radius: 2  # 0.yaml:3',
        'token: "********"  # 0.yaml:1',
        '',
      ].join('\n'),
    );
  });
});
