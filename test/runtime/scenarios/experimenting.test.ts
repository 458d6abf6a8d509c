import { createWorld, type World, type WorldOptions } from '../../support/engine-world.ts';
import { critique, fixtureScript } from '../../support/fixture-f.ts';
import { scenarioStores } from '../../support/scenario-stores.ts';
import { createScriptedSandbox, programAnswer } from '../../support/scripted-sandbox.ts';
import { readSession, replay } from '../../support/session-facts.ts';
import type { ScriptedReply } from '../../../runtime/adapters/llm/scripted.ts';
import type { LlmRequest } from '../../../runtime/ports/llm.ts';
import type { SandboxRun } from '../../../runtime/ports/sandbox.ts';

const judged = fixtureScript(() => ({ a: 9, f: 9 }));

/** Judges well, tests the claim, and says of the result what `evidence` says. */
function experimenting(
  evidence: 'supports' | 'refutes' | 'inconclusive',
  more: (request: LlmRequest) => ScriptedReply | undefined = () => undefined,
): (request: LlmRequest) => ScriptedReply | undefined {
  return (request) => {
    const own = more(request);
    if (own) return own;
    switch (request.parts.name) {
      case 'decide':
        return { json: { decision: 'experiment', claim: 'Three of four come back.', reason: 'It can be counted.' } };
      case 'write':
      case 'rewrite':
        return { json: programAnswer() };
      case 'rejudge':
        return { json: critique(12, 12, { evidence }) };
      default:
        return judged(request);
    }
  };
}

const bottomless: unknown = JSON.parse('['.repeat(50_000) + ']'.repeat(50_000));

describe.each(scenarioStores)('experimenting on $name', ({ open }) => {
  const opened: World[] = [];
  const run = async (options: Omit<WorldOptions, 'store' | 'clock'>) => {
    const world = await createWorld({ ...(await open()), ...options });
    opened.push(world);
    const session = await world.run({
      id: 'ses_lab',
      objective: 'Find the way.',
      seeds: ['A seed to grow from.'],
      policy: { depth: 1, variations: 1, experiments: true },
    });
    return { world, facts: await readSession(world.store, session.id) };
  };
  const revisions = async ({ store }: World, ideaId: string) => (await store.getIdea(ideaId))!.assessments;
  afterEach(async () => {
    for (const one of opened.splice(0)) {
      await one.stop();
      await one.store.close();
    }
  });

  it('5: tests a strong idea by computing, and judges it again by what was found', async () => {
    const sandbox = createScriptedSandbox();
    const { world, facts } = await run({ script: experimenting('supports'), sandbox });
    expect(world.llm.callCount).toBe(5);
    expect(facts.work.filter((item) => item.operation === 'decide')).toHaveLength(1);
    expect(sandbox.blocks).toHaveLength(1);
    expect(facts.work).toHaveLength(7);
    expect(facts.signals).toHaveLength(9);
    const [first, second] = await revisions(world, facts.ideas[0]!.idea.id);
    expect(first).toMatchObject({ revision: 1, trust: 7.5942, stable: true });
    expect(second).toMatchObject({ revision: 2, trust: 9.1692, stable: true, evidence: 'supports' });
    expect(facts.session).toMatchObject({ status: 'finished', reason: 'target-reached' });
    expect(facts.spent).toMatchObject({ protoRuns: 1, protoCpuMs: 13 });
    expect(Object.values(facts.reserved).every((amount) => amount === 0)).toBe(true);
  });

  it('2: replays 5 with every step identical and nothing asked outside', async () => {
    const { world } = await run({ script: experimenting('supports'), sandbox: createScriptedSandbox() });
    expect(await replay(world.store, 'ses_lab')).toMatchObject({ steps: 7, identical: 7, outsideCalls: 0, differences: [] });
  });

  it('5: takes the trust in an idea that was refuted', async () => {
    const { world, facts } = await run({ script: experimenting('refutes'), sandbox: createScriptedSandbox() });
    const [, second] = await revisions(world, facts.ideas[0]!.idea.id);
    expect(second).toMatchObject({ revision: 2, trust: 4, stable: false, rejection: ['trust', 'evidence'], evidence: 'refutes' });
    expect(facts.session.reason).not.toBe('target-reached');
  });

  it('18: has a program that failed written once more', async () => {
    const sandbox = createScriptedSandbox((_block, n) =>
      n === 0 ? { outcome: 'program-error', exitCode: 1, stderr: 'TypeError: n is not a number' } : {},
    );
    const { world, facts } = await run({ script: experimenting('supports'), sandbox });
    expect(world.llm.callCount).toBe(6);
    expect(sandbox.blocks).toHaveLength(2);
    expect(facts.count('proto.failed')).toBe(1);
    expect(facts.count('proto.finished')).toBe(1);
    expect(await revisions(world, facts.ideas[0]!.idea.id)).toHaveLength(2);
    expect(facts.work).toHaveLength(9);
    expect(facts.signals).toHaveLength(11);
    const rewritten = world.llm.calls.find((call) => call.parts.name === 'rewrite')!;
    expect(rewritten.parts.material.find((m) => m.label === 'problems')?.text).toContain('TypeError: n is not a number');
    expect(rewritten.parts.material.find((m) => m.label === 'code')?.text).toBe(programAnswer().code);
  });

  const dishonest: readonly [string, string, Partial<SandboxRun>, string][] = [
    [
      'ends without a result',
      'PROTO_PROGRAM_ERROR',
      { outcome: 'program-error', exitCode: 0, stderr: 'no result frame' },
      'no result frame',
    ],
    ['sleeps on', 'PROTO_TIMEOUT', { outcome: 'timeout', exitCode: 137 }, ''],
    ['eats the memory', 'PROTO_OUT_OF_MEMORY', { outcome: 'out-of-memory', exitCode: 137 }, ''],
    ['floods its output', 'PROTO_OUTPUT_LIMIT', { outcome: 'output-limit', stdout: 'y\n'.repeat(2000) }, ''],
    ['is refused by the checks', 'PROTO_REJECTED', { outcome: 'rejected', reasons: ['code: it reads /proc'] }, 'code: it reads /proc'],
    [
      'returns something else than promised',
      'PROTO_RESULT_INVALID',
      { result: { holds: 'yes', evidence: 'supports', trust: 10 } },
      'holds',
    ],
    ['returns something bottomless', 'PROTO_PROGRAM_ERROR', { result: bottomless }, 'nested more than 64 deep'],
    ['returns half a character', 'PROTO_PROGRAM_ERROR', { result: { holds: true, figure: 1, note: '\ud83c' } }, 'half a character'],
    ['returns nothing', 'PROTO_RESULT_INVALID', { result: null }, ''],
  ];
  it.each(dishonest)('27: a program that %s is %s, and judges nothing', async (_does, code, outcome, detail) => {
    const { facts } = await run({ script: experimenting('supports'), sandbox: createScriptedSandbox(() => outcome) });
    const failures = facts.signals.filter((signal) => signal.type === 'proto.failed').map((signal) => signal.data as object);
    expect(failures.length).toBeGreaterThan(0);
    for (const failure of failures) expect(failure).toMatchObject({ code, detail: expect.stringContaining(detail) });
    expect(facts.count('proto.finished')).toBe(0);
    expect(facts.work.filter((item) => item.operation === 'reassess')).toHaveLength(0);
    expect(facts.session).toMatchObject({ reason: 'depth-reached', tally: { ideas: 1, scored: 1 } });
  });

  it.each([
    ['a package that is not there', { requirements: ['os'] }],
    ['another dialect', { dialect: 'math' as const }],
    ['hidden characters', { code: 'function check() { /* \u202e */ }' }],
    ['no entry point', { code: 'console.log(1)' }],
  ])('27: a program with %s never reaches the sandbox', async (_what, wrong) => {
    const sandbox = createScriptedSandbox();
    const script = experimenting('supports', ({ parts }) =>
      parts.name === 'write' || parts.name === 'rewrite' ? { json: programAnswer(wrong) } : undefined,
    );
    const { facts } = await run({ script, sandbox });
    expect(sandbox.blocks).toHaveLength(0);
    expect(facts.work.find((item) => item.operation === 'decide')?.outcome).toMatchObject({ code: 'PROTO_REJECTED' });
    expect(facts.session.reason).toBe('depth-reached');
  });

  it('10: a program of many lines arrives intact', async () => {
    const code = `function check(inputs) {\n${Array.from({ length: 300 }, (_, i) => `  // "${i}" \\ \`\${x}\` {{ y }} <%= z %>\t\u00e4`).join('\n')}\n  return { holds: true, figure: 1 };\n}\r\n`;
    const sandbox = createScriptedSandbox();
    await run({
      script: experimenting('supports', ({ parts }) => (parts.name === 'write' ? { json: programAnswer({ code }) } : undefined)),
      sandbox,
    });
    expect(sandbox.blocks.map((block) => block.code)).toEqual([code]);
  });
});
