import { type ASTNode, Environment, type ParseResult } from '@marcbachmann/cel-js';
import { messageOf } from '../../../domain/errors.ts';
import { type Frame, frameSchema } from '../../../domain/frame.ts';
import { sessionSchema, type SessionFacts } from '../../../domain/session.ts';
import { type NewSignal, signalData, signalSchema, type SignalType } from '../../../domain/signal.ts';
import { refusal } from './restrict.ts';
import { type RecordShape, shapeOf } from './shape.ts';
import { pathOf } from './syntax.ts';
import { declareView, toJson } from './values.ts';

/** What rules may know beside the signal: only what cannot change after the commit, so that matching is pure. */
export interface MatchScope {
  readonly session: Pick<SessionFacts, 'id' | 'objective' | 'labels' | 'policy'>;
  readonly frame: Pick<Frame, 'kind' | 'round' | 'depth' | 'goals'>;
}

/** The variables of one signal; fields are converted when an expression first reads them, once for all expressions. */
export interface Values {
  readonly data: unknown;
  /** signal, data, session and frame as CEL sees them. */
  readonly cel: Readonly<Record<string, unknown>>;
}

export interface Expression {
  readonly ast: ASTNode;
  /** CEL's name of the result's type: int, double, bool, string, dyn, list<…>, map<…>, or that of a record. */
  readonly type: string;
  /** Throws what CEL reports: a missing key, an overflow, a value too large to look at. */
  evaluate(values: Values): unknown;
  /** The result as plain JSON; what stands in the signal's data comes out as it went in. */
  evaluateToJson(values: Values): unknown;
}

/** The expressions that rules on one type of signal may use. */
export interface Language {
  readonly variables: ReadonlyMap<string, RecordShape>;
  /** The bare form of an expression. Throws `CelRefused` for bad syntax. */
  parse(text: string): ASTNode;
  /** Throws `CelRefused` for bad syntax or types, and for what rules may not use. */
  compile(text: string): Expression;
  values(signal: NewSignal, scope: MatchScope): Values;
}

/** Says in one line why a text is no expression of the language. */
export class CelRefused extends Error {
  override readonly name = 'CelRefused';
}

const languages = new Map<SignalType, Language>();

/** Languages follow from the schemas alone and are made once. */
export function languageOf(type: SignalType): Language {
  const language = languages.get(type) ?? createLanguage(type);
  languages.set(type, language);
  return language;
}

const limits = { maxAstNodes: 400, maxDepth: 40, maxListElements: 200, maxMapEntries: 100, maxCallArguments: 4 };

function createLanguage(type: SignalType): Language {
  const environment = new Environment({ limits, homogeneousAggregateLiterals: false });
  // CEL orders ints and doubles naturally but has no equality between them: `data.trust == 8` would not compile.
  environment.registerOperator('int == double', (a: bigint, b: number) => Number(a) === b);
  const variables = new Map(Object.entries(shapesOf(type)));
  const view = Object.fromEntries([...variables].map(([name, shape]) => [name, declareView(environment, `${type}:${name}`, shape)]));
  for (const name of variables.keys()) environment.registerVariable(name, `${type}:${name}`);
  const names = new Set(variables.keys());

  return {
    variables,
    parse: (text) => parse(environment, text).ast,
    compile(text) {
      const parsed = parse(environment, text);
      const checked = parsed.check();
      if (!checked.valid) throw new CelRefused(summaryOf(checked.error));
      const refused = refusal(parsed.ast, names);
      if (refused !== undefined) throw new CelRefused(refused);
      const path = pathOf(parsed.ast);
      const evaluate = (values: Values): unknown => parsed(values.cel);
      const evaluateToJson =
        path?.[0] === 'data' ? (values: Values) => read(values.data, path) : (values: Values) => toJson(evaluate(values));
      return { ast: parsed.ast, type: checked.type ?? 'dyn', evaluate, evaluateToJson };
    },
    values: (signal, { session, frame }) => ({
      data: signal.data,
      cel: {
        signal: view['signal']!(signal),
        data: view['data']!(signal.data),
        session: view['session']!(session),
        frame: view['frame']!(frame),
      },
    }),
  };
}

function shapesOf(type: SignalType): Record<string, RecordShape> {
  const shapes = {
    signal: shapeOf(signalSchema.omit({ data: true, sequence: true })),
    data: shapeOf(signalData[type]),
    session: shapeOf(sessionSchema.pick({ id: true, objective: true, labels: true, policy: true })),
    frame: shapeOf(frameSchema.pick({ kind: true, round: true, depth: true, goals: true })),
  };
  return shapes as Record<string, RecordShape>;
}

function parse(environment: Environment, text: string): ParseResult {
  try {
    return environment.parse(text);
  } catch (error) {
    throw new CelRefused(summaryOf(error));
  }
}

/** The message without the library's picture of the place. */
export function summaryOf(error: unknown): string {
  const { summary } = error as { summary?: unknown };
  return (typeof summary === 'string' ? summary : messageOf(error)).split('\n', 1)[0]!.slice(0, 500);
}

/** `data.level.round` without CEL; the same keys are missing as there. */
function read(data: unknown, path: readonly string[]): unknown {
  let value = data;
  for (const key of path.slice(1)) {
    value = typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
    if (value === undefined) throw new CelRefused(`No such key: ${key}`);
  }
  return value;
}
