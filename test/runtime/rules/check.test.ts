import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { checkRules, problemLine, type RuleProblem } from '../../../runtime/engine/rules/check.ts';
import { createReactor } from '../../../runtime/engine/rules/reactor.ts';
import { operationFacts } from '../../support/rule-operations.ts';
import { scopeOf, signalOf } from '../../support/rule-samples.ts';

const manifests = new URL('manifests/', import.meta.url);
const manifest = (name: string): { name: string; text: string } => ({
  name,
  text: readFileSync(new URL(name, manifests), 'utf8'),
});
const sound = manifest('sound.yaml');
const check = (...files: { name: string; text: string }[]): readonly RuleProblem[] => checkRules(files, operationFacts).problems;

/** The sound set and one more rule, given as YAML keys. */
const checkRule = (keys: object): string[] => {
  const rule = {
    id: 'extra',
    on: 'idea.assessed',
    to: 'sentinel.assess',
    opens: { kind: 'experiment' },
    input: { ideaId: 'data.ideaId' },
    ...keys,
  };
  const extra = stringify({ version: 'nireon.rules/v1', name: 'extra', rules: [rule] });
  return check(sound, { name: 'extra.yaml', text: extra }).map(({ code, message }) => `${code} ${message}`);
};

describe('checking a rule set', () => {
  it('accepts the sound set', () => {
    const { manifest: merged, problems } = checkRules([sound], operationFacts);
    expect(problems.map(problemLine)).toEqual([]);
    expect(merged?.rules.map(({ id }) => id)).toEqual(['assess', 'check', 'explore', 'plan']);
  });

  const expected: Record<string, string> = {
    RULE_INVALID: '16 assess RULE_INVALID there is no key "wheen"; did you mean when?',
    RULE_ID_DUPLICATE:
      '16 assess RULE_ID_DUPLICATE the id is taken by a rule at RULE_ID_DUPLICATE.yaml:13; manifests are merged, never overridden: rename one',
    RULE_SIGNAL_UNKNOWN: '13 assess RULE_SIGNAL_UNKNOWN there is no signal "idea.generatd"; did you mean idea.generated?',
    RULE_MECHANISM_UNKNOWN: '13 assess RULE_MECHANISM_UNKNOWN there is no operation "sentinel.asess"; did you mean sentinel.assess?',
    RULE_CEL_INVALID: '19 assess-again RULE_CEL_INVALID when: no such overload: string > int',
    RULE_PATH_UNKNOWN: '19 assess-again RULE_PATH_UNKNOWN when: data.direction.towards does not exist; did you mean toward?',
    RULE_INPUT_MISMATCH: '12 explore RULE_INPUT_MISMATCH explorer.explore: variations is a number, wanted is a whole number',
    SIGNAL_UNCONSUMED:
      '9 explore SIGNAL_UNCONSUMED explorer.explore emits idea.generated, which no rule takes: add a rule on it, or name it under terminal',
    SIGNAL_UNPRODUCED:
      '16 assess-blends SIGNAL_UNPRODUCED no operation that a rule uses emits idea.catalyzed: add the rule that leads to it, or drop this one',
    SIGNAL_MAY_STRAND:
      '16 assess SIGNAL_MAY_STRAND every rule on idea.generated has a condition: one that none satisfies ends its branch in silence; add a rule without when',
    RULE_CYCLE_UNBOUNDED:
      '13 assess RULE_CYCLE_UNBOUNDED idea.generated → idea.assessed → idea.generated has no end (assess, again): let one of them open a frame',
    RULE_UNREACHABLE:
      '16 assess-late RULE_UNREACHABLE assess comes first in group judge and has no condition: give this one a lower priority, or assess a condition',
  };

  it('has one manifest for each code', () => {
    const names = readdirSync(manifests).filter((name) => name !== 'sound.yaml');
    expect(names.sort()).toEqual(
      Object.keys(expected)
        .map((code) => `${code}.yaml`)
        .sort(),
    );
  });

  it.each(Object.entries(expected))('finds %s and nothing else', (code, line) => {
    expect(check(manifest(`${code}.yaml`)).map(problemLine)).toEqual([`${code}.yaml:${line}`]);
  });

  it('tells all problems at once, by file and line', () => {
    const second = {
      name: 'a-second.yaml',
      text: 'version: nireon.rules/v1\nname: second\nrules:\n  - { id: Bad Id, on: 3 }\n  - { id: x, on: no.signal, to: no.where, input: { a: "1 +" } }\n',
    };
    expect(check(manifest('RULE_CEL_INVALID.yaml'), second).map(({ file, line, code }) => `${file}:${line} ${code}`)).toEqual([
      'RULE_CEL_INVALID.yaml:19 RULE_CEL_INVALID',
      ...Array.from({ length: 4 }, () => 'a-second.yaml:4 RULE_INVALID'),
      'a-second.yaml:5 RULE_SIGNAL_UNKNOWN',
      'a-second.yaml:5 RULE_MECHANISM_UNKNOWN',
    ]);
  });

  it('merges files, and finds what only they together have', () => {
    const { rules, terminal } = checkRules(
      [{ name: 'x', text: 'version: nireon.rules/v1\nname: x\nterminal: [idea.catalyzed]\nrules: []\n' }, sound],
      operationFacts,
    ).manifest!;
    expect(rules).toHaveLength(4);
    expect(terminal).toContain('idea.catalyzed');
    expect(check(sound, sound).map(({ code }) => code)).toEqual(Array.from({ length: 4 }, () => 'RULE_ID_DUPLICATE'));
  });

  it('wants everything that the engine emits to be taken', () => {
    expect(
      check({ name: 'empty.yaml', text: 'version: nireon.rules/v1\nname: empty\nrules: []\n' }).map(({ message }) => message.split(',')[0]),
    ).toEqual(['seed.planted', 'level.assessed', 'work.dead', 'session.finished'].map((type) => `the engine emits ${type}`));
  });
});

describe('paths', () => {
  const reads = (when: string, on = 'idea.assessed'): string[] => checkRule({ on, when });
  const safe = (when: string, on?: string): void => expect(reads(when, on)).toEqual([]);

  it('exist', () => {
    expect(reads('data.nope')).toEqual(['RULE_PATH_UNKNOWN when: data.nope does not exist']);
    expect(reads('data.trst > 3.0')).toEqual(['RULE_PATH_UNKNOWN when: data.trst does not exist; did you mean trust?']);
    expect(reads('has(data.trst)')).toEqual(['RULE_PATH_UNKNOWN when: data.trst does not exist; did you mean trust?']);
    expect(reads('data.axes.algn > 3.0')).toEqual(['RULE_PATH_UNKNOWN when: data.axes.algn does not exist; did you mean align?']);
    expect(reads('session.limits.llmCalls > 3')).toEqual(['RULE_PATH_UNKNOWN when: session.limits does not exist']);
    expect(reads('date.trust > 3.0')).toEqual(['RULE_PATH_UNKNOWN when: there is no "date"; did you mean data?']);
    expect(reads('signal.data.trust > 3')).toEqual(['RULE_PATH_UNKNOWN when: signal.data does not exist']);
    expect(reads('data["nope"] == 1')).toEqual(['RULE_PATH_UNKNOWN when: data["nope"] does not exist']);
    expect(checkRule({ input: { ideaId: 'data.ideaIdd' } })).toEqual([
      'RULE_PATH_UNKNOWN input.ideaId: data.ideaIdd does not exist; did you mean ideaId?',
    ]);
  });

  it('that may be absent need has() beside them', () => {
    expect(reads('data.trust > 7')).toEqual(['RULE_PATH_UNKNOWN when: data.trust may be absent; write has(data.trust) beside it']);
    expect(reads('has(data.stable) && data.trust > 7')).toHaveLength(1);
    expect(reads('has(data.trust) || data.trust > 7')).toHaveLength(1);
    expect(reads('(has(data.trust) || data.revision == 1) && data.trust > 7')).toHaveLength(1);
    expect(reads('!has(data.trust) && data.trust > 7')).toHaveLength(1);
    expect(reads('has(data.trust) ? true : data.trust > 7')).toHaveLength(1);
    safe('has(data.trust) && data.trust > 7');
    safe('data.trust > 7 && has(data.trust)');
    safe('data.revision == 1 && (data.trust > 7 && data.trust < 8) && has(data.trust)');
    safe('!has(data.trust) || data.trust > 7');
    safe('!(has(data.trust) && data.trust > 7)');
    safe('has(data.trust) ? data.trust > 7 : false');
    safe('!has(data.trust) ? false : data.trust > 7');
    safe('(has(data.trust) && data.trust > 7 || has(data.trust) && data.revision == 2) && data.trust < 9');
  });

  it('that may be absent are known to be there in the inputs of a rule whose condition says so', () => {
    const rule = { to: 'explorer.explore', input: { ideaId: 'data.ideaId', variations: '1', divergence: 'data.trust' } };
    expect(checkRule(rule)).toEqual(['RULE_PATH_UNKNOWN input.divergence: data.trust may be absent; write has(data.trust) beside it']);
    expect(checkRule({ ...rule, when: 'data.revision == 1 && has(data.trust)' })).toEqual([]);
  });

  it('into labels and free JSON may be absent', () => {
    expect(reads('session.labels.team == "red"')).toEqual([
      'RULE_PATH_UNKNOWN when: session.labels.team may be absent; write has(session.labels.team) beside it',
    ]);
    expect(reads('session.labels["a/b"] == "red"')).toEqual([
      'RULE_PATH_UNKNOWN when: session.labels["a/b"] may be absent; write "a/b" in session.labels beside it',
    ]);
    safe('has(session.labels.team) && session.labels.team == "red"');
    safe('"a/b" in session.labels && session.labels["a/b"] == "red"');
  });

  it('of list elements are looked at too', () => {
    const level = (when: string): string[] => checkRule({ on: 'level.assessed', when, to: 'stagnation.check', input: { level: 'data' } });
    expect(level('data.entries.exists(e, e.trst > 7)')).toEqual(['RULE_PATH_UNKNOWN when: e.trst does not exist; did you mean trust?']);
    expect(level('data.entries.exists(e, e.trust > 7)')).toEqual([
      'RULE_PATH_UNKNOWN when: e.trust may be absent; write has(e.trust) beside it',
    ]);
    expect(level('data.entries.exists(e, has(e.trust) && e.trust > 7)')).toEqual([]);
    expect(level('data.entries.filter(e, has(e.trust)).exists(x, x.trust > 7)')).toEqual([]);
    expect(level('data.entries.map(e, has(e.trust), e.trust).exists(t, t > 7)')).toEqual([]);
    expect(level('data.history[0].round == 1')).toEqual([]);
    expect(level('data.remaining.llmCalls > 3 && data.remaining.llmcalls > 3')).toHaveLength(1);
  });

  it('reach what a rule fires on', () => {
    const extra = {
      name: 'e.yaml',
      text: stringify({
        version: 'nireon.rules/v1',
        name: 'e',
        rules: [
          {
            id: 'clay',
            on: 'idea.generated',
            when: '"clay" in data.direction.toward',
            to: 'sentinel.assess',
            input: { ideaId: 'data.ideaId' },
          },
        ],
      }),
    };
    const { manifest: merged } = checkRules([sound, extra], operationFacts);
    expect(
      createReactor(merged!)
        .match(signalOf('idea.generated'), scopeOf())
        .map(({ rule }) => rule.id),
    ).toEqual(['assess', 'clay']);
  });
});

describe('inputs', () => {
  const input = (given: object, keys: object = {}): string[] =>
    checkRule({ to: 'explorer.explore', input: { ideaId: 'data.ideaId', variations: '2', divergence: '0.7', ...given }, ...keys });

  it('have the fields that the operation takes', () => {
    expect(input({})).toEqual([]);
    expect(input({ variatons: '2' })).toEqual(['RULE_INPUT_MISMATCH explorer.explore takes no variatons; did you mean variations?']);
    expect(checkRule({ input: {} })).toEqual(['RULE_INPUT_MISMATCH sentinel.assess needs ideaId: add ideaId: … to input']);
    expect(checkRule({ input: { ideaID: 'data.ideaId' } })).toEqual([
      'RULE_INPUT_MISMATCH sentinel.assess needs ideaId: add ideaId: … to input',
      'RULE_INPUT_MISMATCH sentinel.assess takes no ideaID; did you mean ideaId?',
    ]);
  });

  it('have the types that the operation takes', () => {
    expect(input({ divergence: 'data.revision' })).toEqual([]);
    expect(input({ variations: 'signal.depth + 1' })).toEqual([]);
    expect(input({ variations: '"three"' })).toEqual([
      'RULE_INPUT_MISMATCH explorer.explore: variations is a text, wanted is a whole number',
    ]);
    expect(input({ ideaId: 'data' })).toEqual(['RULE_INPUT_MISMATCH explorer.explore: ideaId is a record, wanted is a text']);
    const blend = (cause: string): string[] =>
      checkRule({ to: 'catalyst.blend', input: { ideaId: 'data.ideaId', cause } }).filter((line) => !line.startsWith('SIGNAL'));
    expect(blend('"planned"')).toEqual([]);
    expect(blend('data.revision == 1 ? "planned" : "promising"')).toEqual([]);
    expect(blend('"planed"')).toEqual([
      'RULE_INPUT_MISMATCH catalyst.blend: cause may be "planed", wanted is one of planned, promising, stagnation; did you mean planned?',
    ]);
    expect(blend('data.method')).toEqual([
      'RULE_INPUT_MISMATCH catalyst.blend: cause may be "seed", wanted is one of planned, promising, stagnation',
    ]);
    expect(blend('data.ideaId')).toEqual([
      'RULE_INPUT_MISMATCH catalyst.blend: cause may be any text, wanted is one of planned, promising, stagnation',
    ]);
  });

  it('are compared to their depth', () => {
    const level = (on: string, text: string): string[] => checkRule({ on, to: 'stagnation.check', input: { level: text } });
    expect(level('step.requested', 'data.level')).toEqual([]);
    expect(level('step.requested', 'data')).toEqual(['RULE_INPUT_MISMATCH stagnation.check: level.level is not taken']);
    expect(checkRule({ on: 'proto.requested', to: 'quantifier.repair', input: { failure: 'data' } })[0]).toBe(
      'RULE_INPUT_MISMATCH quantifier.repair: failure.code is missing',
    );
  });
});

describe('hostile manifests', () => {
  const codes = (text: string): string[] => check({ name: 'hostile.yaml', text }).map(({ code }) => code);
  const lines = (text: string): string[] => check({ name: 'hostile.yaml', text }).map(problemLine);

  it('give problems and nothing else', () => {
    const laughs = `a0: &a0 [x, x]\n${Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`).join('\n')}\n`;
    expect(codes(laughs)).toEqual(['RULE_INVALID']);
    expect(codes('a: &a [*a]')).toEqual(['RULE_INVALID']);
    expect(new Set(codes('['.repeat(100_000)))).toEqual(new Set(['RULE_INVALID']));
    expect(codes('"'.repeat(1000)).length).toBeLessThanOrEqual(100);
    expect(lines(`# ${'x'.repeat(1024 * 1024)}`)).toEqual(['hostile.yaml:1 - RULE_INVALID is larger than 1 MiB']);
    expect(codes('')).toContain('RULE_INVALID');
    expect(codes('\0\u001b[2J: [')).toContain('RULE_INVALID');
    expect(codes('{ __proto__: { polluted: true }, version: nireon.rules/v1, name: x, rules: [] }')).toContain('RULE_INVALID');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(checkRule({ input: { constructor: '"x"', ideaId: 'data.ideaId' } })[0]).toContain('RULE_INVALID');
  });

  it('never throw, whatever stands in a rule', () => {
    const word = fc.oneof(
      fc.constantFrom(
        'data',
        'data.trust',
        'has(data.trust)',
        '__proto__',
        'constructor',
        '"x"',
        'session.labels',
        '&&',
        '||',
        '!',
        '(',
        ')',
        '[',
        ']',
        '.',
        '? true :',
        '== 1',
        '> 0.5',
        'in',
        'size',
        '.map(e,',
        '.filter(e,',
        'e.trust',
        '1',
      ),
      fc.string({ maxLength: 6 }),
    );
    const cel = fc.array(word, { maxLength: 8 }).map((words) => words.join(' '));
    const rule = fc.record(
      {
        id: fc.constantFrom('a', 'b', 'c', 'explore'),
        on: fc.constantFrom('idea.assessed', 'seed.planted', 'level.assessed', 'proto.finished', 'toString'),
        to: fc.constantFrom('sentinel.assess', 'explorer.explore', 'stagnation.check', 'constructor.constructor'),
        when: cel,
        group: fc.constantFrom('g', 'h'),
        priority: fc.integer({ min: 0, max: 1000 }),
        input: fc.dictionary(fc.constantFrom('ideaId', 'level', 'toString', 'x'), cel, { maxKeys: 3 }),
      },
      { requiredKeys: ['id', 'on', 'to', 'input'] },
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 5, arbitrary: rule }, { weight: 1, arbitrary: fc.jsonValue() }), { maxLength: 5 }),
        (rules) => {
          const text = JSON.stringify({ version: 'nireon.rules/v1', name: 'x', rules });
          const { manifest: merged, problems } = checkRules([sound, { name: 'x.yaml', text }], operationFacts);
          expect(merged === undefined).toBe(problems.length > 0);
          for (const { message, line } of problems) {
            expect(message).not.toContain('\n');
            expect(line).toBeGreaterThan(0);
          }
          if (merged) createReactor(merged).match(signalOf('idea.assessed'), scopeOf());
        },
      ),
      { numRuns: 500 },
    );
  });

  it('never throw, whatever stands in a file', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300, unit: 'binary' }), (text) => {
        expect(check({ name: 'x.yaml', text }).length).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });
});
