/**
 * How many signals a second the Reactor matches, beside json-rules-engine on the same rules and signals, in alternating rounds. The peer
 * is given its best case: one engine for each type of signal (it has no index of its own) and a path resolver without JSONPath. It reports
 * events, makes no inputs and knows no groups; both sides must find the same rules, else the bench stops. One JSON line a case.
 *
 *   npm ci --prefix bench && node bench/reactor.ts [--rounds 7] [--ms 1000]
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Engine, type NestedCondition } from 'json-rules-engine';
import { parse } from 'yaml';
import { type Rule, ruleManifestSchema, ruleSchema } from '../runtime/domain/rule-set.ts';
import { type NewSignal, type SignalType, signalTypes } from '../runtime/domain/signal.ts';
import { createReactor } from '../runtime/engine/rules/reactor.ts';
import { scopeOf, signalOf } from '../test/support/rule-samples.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '7' }, ms: { type: 'string', default: '1000' } } });
const [rounds, roundMs] = [Number(values.rounds), Number(values.ms)];
const scope = scopeOf();

/** A rule for both sides: `a && b && …`, each part a path, an operator and a literal or another path. */
type Part = readonly [path: string, operator: '==' | '<' | '>' | 'in' | 'has', right?: unknown, rightPath?: string];
interface Both {
  readonly rule: Rule;
  readonly parts: readonly Part[];
}

const celOf = (parts: readonly Part[]): string =>
  parts
    .map(([path, operator, right, other]) =>
      operator === 'has' ? `has(${path})` : `${path} ${operator} ${other ?? JSON.stringify(right)}`,
    )
    .join(' && ');

const operators = { '==': 'equal', '<': 'lessThan', '>': 'greaterThan', in: 'in', has: 'present' } as const;
const factOf = (path: string): { fact: string; path: string } => {
  const dot = path.indexOf('.');
  return { fact: path.slice(0, dot), path: path.slice(dot + 1) };
};

function peer(rules: readonly Both[]): (signal: NewSignal) => Promise<string[]> {
  const engines = new Map<string, Engine>();
  for (const { rule, parts } of rules) {
    const engine = engines.get(rule.on) ?? new Engine([], { allowUndefinedFacts: true, pathResolver: resolvePath });
    engine.addOperator('present', (value: unknown) => value !== undefined);
    engines.set(rule.on, engine);
    const all = parts.map(([path, operator, right, other]): NestedCondition => ({
      ...factOf(path),
      operator: operators[operator],
      value: other ? factOf(other) : (right ?? true),
    }));
    // A lower priority comes first here, a higher one there.
    engine.addRule({ name: rule.id, conditions: { all }, event: { type: rule.id }, priority: 1001 - rule.priority });
  }
  return async (signal) => {
    const engine = engines.get(signal.type);
    if (!engine) return [];
    const { events } = await engine.run({ signal, data: signal.data, session: scope.session, frame: scope.frame });
    return events.map(({ type }) => type);
  };
}

function resolvePath(value: object, path: string): unknown {
  let found: unknown = value;
  for (const key of path.split('.')) found = (found as Record<string, unknown> | undefined)?.[key];
  return found;
}

/** The default set's conditions for the peer; a test of each round compares what both find. */
const defaultParts: Record<string, readonly Part[]> = {
  'seed-synthesize': [['data.action', '==', 'synthesize']],
  'seed-explore': [['data.action', '==', 'explore']],
  'test-strong': [
    ['session.policy.experiments', '==', true],
    ['data.revision', '==', 1],
    ['data.trust', 'has'],
    ['data.trust', '>', 7.5],
    ['data.stable', 'has'],
    ['data.stable', '==', true],
  ],
  'blend-promising': [
    ['data.revision', '==', 1],
    ['data.method', '==', 'explore'],
    ['signal.depth', '<', undefined, 'session.policy.depth'],
    ['data.trust', 'has'],
    ['data.trust', '>', 6.5],
    ['data.trust', '<', 8.5],
    ['data.stable', 'has'],
    ['data.stable', '==', true],
  ],
  'repair-proto': [
    ['data.attempt', '<', 2],
    ['data.code', 'in', ['PROTO_PROGRAM_ERROR', 'PROTO_RESULT_INVALID', 'PROTO_REJECTED']],
  ],
};
const manifest = ruleManifestSchema.parse(parse(readFileSync(new URL('../rules/default.yaml', import.meta.url), 'utf8')));
const defaults: readonly Both[] = manifest.rules.map((rule) => ({ rule, parts: defaultParts[rule.id] ?? [] }));

const both = (id: string, on: string, parts: readonly Part[], input: Record<string, string>): Both => ({
  rule: ruleSchema.parse({ id, on, to: 'bench.run', input, ...(parts.length > 0 ? { when: celOf(parts) } : {}) }),
  parts,
});
/** Eight more, of the kind that an operator adds: on thresholds, labels and rounds. */
const extra: readonly Both[] = [
  'idea.assessed',
  'idea.generated',
  'level.assessed',
  'seed.planted',
  'step.requested',
  'proto.finished',
  'idea.catalyzed',
  'work.dead',
].map((on, i) =>
  both(
    `extra-${i}`,
    on,
    [
      ['frame.round', '>', i],
      ['signal.depth', '<', 4],
      ['session.objective', '==', 'another'],
    ],
    { subject: 'signal.subject' },
  ),
);

/** 1,000 rules spread evenly over the types; one in a hundred matches. */
const thousand: readonly Both[] = Array.from({ length: 1000 }, (_, i) => {
  const hit = i % 100 === 37;
  const parts: Part[] = [
    ['session.policy.experiments', '==', true],
    ['signal.depth', '<', 9],
    ['signal.subject', '==', hit ? 'idea1' : `idea-${i}`],
    ['frame.round', '<', 5],
  ];
  return both(`rule-${i}`, signalTypes[i % signalTypes.length]!, parts.slice(i % 3), { subject: 'signal.subject' });
});

/** A session's mix of signals: mostly ideas and their assessments, each with other values. */
const mix: readonly SignalType[] = [
  ...Array.from({ length: 6 }, (): SignalType => 'idea.generated'),
  ...Array.from({ length: 6 }, (): SignalType => 'idea.assessed'),
  ...([
    'seed.planted',
    'seed.planted',
    'idea.catalyzed',
    'level.assessed',
    'step.requested',
    'proto.requested',
    'proto.failed',
    'proto.finished',
  ] as const),
];
const mixed: readonly NewSignal[] = Array.from({ length: 2000 }, (_, i) => {
  const type = mix[i % mix.length]!;
  const data = type === 'idea.assessed' ? { trust: 5 + (i % 50) / 10, revision: 1 + (i % 5 === 0 ? 1 : 0), stable: i % 7 !== 0 } : {};
  return signalOf(type, data, { id: `sig${i}`, depth: i % 6 });
});
const everyType: readonly NewSignal[] = Array.from({ length: 1300 }, (_, i) =>
  signalOf(signalTypes[i % signalTypes.length]!, {}, { id: `sig${i}` }),
);

async function compare(
  signals: readonly NewSignal[],
  ours: (s: NewSignal) => string[],
  theirs: (s: NewSignal) => Promise<string[]>,
): Promise<void> {
  for (const signal of signals.slice(0, 200)) {
    const [a, b] = [ours(signal).sort().join(), (await theirs(signal)).sort().join()];
    if (a !== b) throw new Error(`${signal.type} ${signal.id}: ${a} here, ${b} there`);
  }
}

async function perSecond(signals: readonly NewSignal[], match: (signal: NewSignal) => unknown, wait: boolean): Promise<number> {
  const started = performance.now();
  for (let count = 0; ;) {
    // One look at the clock for twenty signals.
    for (let i = 0; i < 20; i++) {
      const result = match(signals[count++ % signals.length]!);
      if (wait) await result;
    }
    const elapsed = performance.now() - started;
    if (elapsed >= roundMs) return (count / elapsed) * 1000;
  }
}

const spread = (list: readonly number[], digits = 0) => {
  const sorted = [...list].sort((a, b) => a - b);
  const round = (n: number) => Number(n.toFixed(digits));
  return { median: round(sorted[sorted.length >> 1]!), min: round(sorted[0]!), max: round(sorted.at(-1)!) };
};

async function measure(name: string, rules: readonly Both[], signals: readonly NewSignal[], goal: number): Promise<void> {
  const reactor = createReactor({ rules: rules.map(({ rule }) => rule) });
  const other = peer(rules);
  await compare(signals, (signal) => reactor.match(signal, scope).map(({ rule }) => rule.id), other);
  const ours: number[] = [];
  const theirs: number[] = [];
  // The first round warms both up and is not counted.
  for (let round = 0; round <= rounds; round++) {
    const a = await perSecond(signals, (signal) => reactor.match(signal, scope), false);
    const b = await perSecond(signals, other, true);
    if (round === 0) continue;
    ours.push(a);
    theirs.push(b);
  }
  const matched = signals.map((signal) => reactor.match(signal, scope).length).reduce((sum, n) => sum + n, 0) / signals.length;
  const line = {
    bench: 'reactor',
    case: name,
    rules: rules.length,
    signalTypes: signalTypes.length,
    matchesPerSignal: Number(matched.toFixed(3)),
    rounds,
    signalsPerSecond: spread(ours),
    goal,
    peer: 'json-rules-engine 7.3.1, an engine a type',
    peerSignalsPerSecond: spread(theirs),
    ratio: spread(
      ours.map((n, i) => n / theirs[i]!),
      1,
    ),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

await measure('default set', defaults, mixed, 50_000);
await measure('20 rules', [...defaults, ...extra], mixed, 50_000);
await measure('1000 rules, 99 % not matching', thousand, everyType, 20_000);
