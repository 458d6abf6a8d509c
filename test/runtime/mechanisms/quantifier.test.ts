import type { ProtoBlock } from '../../../runtime/domain/proto-block.ts';
import type { SignalData } from '../../../runtime/domain/signal.ts';
import type { LlmCall } from '../../../runtime/ports/mechanism.ts';
import type { SandboxOffer } from '../../../runtime/ports/sandbox.ts';
import { critique } from '../../support/fixture-f.ts';
import { createContext, materialOf, noValue, runOperation, type ContextOptions } from '../../support/mechanism-context.ts';
import { idea, scored } from '../../support/visible-records.ts';

const offer: SandboxOffer = {
  dialects: ['javascript', 'python'],
  packages: ['numpy', 'sympy'],
  maximum: { cpuSeconds: 60, memoryMiB: 512, wallSeconds: 120, outputKiB: 256 },
};
const own = idea({ id: 'own', title: 'Own', text: 'An idea with a claim in it.', depth: 2 });
const visible = {
  ideas: [own],
  assessments: [scored('own', 8, { critiques: [critique(9, 9, { weaknesses: ['It may be slow.', 'It costs.'] }) as never] })],
};
const experiment = { decision: 'experiment', claim: 'The queue is halved.', reason: 'It can be simulated.' };
const program = {
  dialect: 'python',
  code: 'def test(inputs):\n  return {"holds": True}\n',
  entryPoint: 'test',
  inputs: { n: 100 },
  requirements: ['numpy'],
  expects: { type: 'object', required: ['holds'] },
};
const script = (answers: Readonly<Record<string, unknown>>) => (call: LlmCall<unknown>) => answers[`${call.name} ${call.ordinal}`];

async function decide(options: ContextOptions = {}) {
  const test = createContext('quantifier', { offer, visible, llm: script({ 'decide 0': experiment, 'write 0': program }), ...options });
  const result = await runOperation('quantifier.decide', { ideaId: 'own' }, test.context);
  return { ...test, result, asked: test.calls.map(({ name, ordinal }) => `${name} ${ordinal}`) };
}

const block: ProtoBlock = {
  ...(program as Pick<ProtoBlock, 'dialect' | 'code' | 'entryPoint' | 'inputs' | 'requirements' | 'expects'>),
  id: 'blk_own_1',
  limits: { cpuSeconds: 10, memoryMiB: 256, wallSeconds: 20, outputKiB: 64 },
};

describe('deciding on an experiment', () => {
  it('shows the idea, its weaknesses and what can be run, then asks for the program', async () => {
    const { calls, asked, result } = await decide();
    expect(asked).toEqual(['decide 0', 'write 0']);
    expect(calls[0]).toMatchObject({
      stage: 'analysis',
      role: 'quantifier-analyst',
      temperature: 0.2,
      maxOutputTokens: 900,
      subject: 'own',
    });
    expect(materialOf(calls[0], 'idea')).toBe('Own\n\nAn idea with a claim in it.');
    expect(materialOf(calls[0], 'weaknesses')).toBe('It may be slow.\nIt costs.');
    for (const part of ['javascript, python', 'numpy, sympy', '60 s', '512 MiB', '256 KiB']) {
      expect(materialOf(calls[0], 'what can be run')).toContain(part);
    }
    expect(calls[1]).toMatchObject({ stage: 'synthesis', role: 'proto-author', temperature: 0.1, maxOutputTokens: 2048 });
    expect(calls[1]!.material.map(({ label }) => label)).toEqual(['claim', 'what can be run']);
    expect(materialOf(calls[1], 'claim')).toBe(experiment.claim);
    expect(result.signals).toEqual([
      { type: 'proto.requested', subject: 'own', depth: 2, data: { ideaId: 'own', claim: experiment.claim, block, attempt: 1 } },
    ]);
    expect(result.outcome).toEqual({ result: 'requested' });
  });

  it('takes the limits of a program from the configuration alone', async () => {
    const limits = { cpuSeconds: 3, memoryMiB: 64, wallSeconds: 5, outputKiB: 16 };
    const { result } = await decide({ config: { quantifier: { block: limits } } });
    expect((result.signals![0]!.data as SignalData<'proto.requested'>).block.limits).toEqual(limits);
    const greedy = { ...program, limits: { cpuSeconds: 600 } };
    expect((await decide({ llm: script({ 'decide 0': experiment, 'write 0': greedy }) })).result.outcome.code).toBe('LLM_ANSWER_INVALID');
  });

  it.each([
    ['there is none', { ...experiment, decision: 'none', claim: '' }],
    ['the claim is empty', { ...experiment, claim: '  ' }],
  ])('ends there when %s', async (_, decision) => {
    const { asked, result } = await decide({ llm: script({ 'decide 0': decision }) });
    expect(asked).toEqual(['decide 0']);
    expect(result).toEqual({ outcome: { result: 'declined' } });
  });

  it('asks nothing where nothing can be run', async () => {
    const { context, calls } = createContext('quantifier', { visible });
    const result = await runOperation('quantifier.decide', { ideaId: 'own' }, context);
    expect([calls, result]).toEqual([[], { outcome: { result: 'decided', code: 'SANDBOX_DISABLED' } }]);
  });

  it.each([
    ['decide 0', { 'decide 0': noValue('LLM_REFUSED') }],
    ['write 0', { 'decide 0': experiment, 'write 0': noValue('BUDGET_EXHAUSTED') }],
    ['rewrite 0', { 'decide 0': experiment, 'write 0': { ...program, dialect: 'math' }, 'rewrite 0': noValue('LLM_UNAVAILABLE') }],
  ])('ends without result when %s has no answer', async (last, answers) => {
    const { asked, result } = await decide({ llm: script(answers), lastAttempt: true });
    expect(asked.at(-1)).toBe(last);
    expect(result.signals).toBeUndefined();
    expect(result.outcome).toMatchObject({ result: 'decided', code: expect.any(String) });
  });
});

describe('the static checks of a program', () => {
  it.each([
    ['a dialect that is not offered', { dialect: 'math' }, 'dialect: math'],
    ['a package that is not there', { requirements: ['requests'] }, 'requirements: requests'],
    ['an entry point that the code does not have', { entryPoint: 'other' }, 'entryPoint'],
    ['an entry point that is no name', { entryPoint: 'os.system' }, 'entryPoint'],
    ['text that shows other than it runs', { code: 'def test(): \u202e pass' }, 'code'],
  ])('have it written once more for %s, with the reason', async (_, bad, reason) => {
    const { calls, asked, result } = await decide({
      llm: script({ 'decide 0': experiment, 'write 0': { ...program, ...bad }, 'rewrite 0': program }),
    });
    expect(asked).toEqual(['decide 0', 'write 0', 'rewrite 0']);
    expect(calls[2]!.material.map(({ label }) => label)).toEqual(['claim', 'what can be run', 'code', 'problems']);
    expect(materialOf(calls[2], 'problems')).toContain(reason);
    expect(materialOf(calls[2], 'code')).toBe('code' in bad ? bad.code : program.code);
    expect((result.signals![0]!.data as SignalData<'proto.requested'>).block).toEqual(block);
  });

  it('are not passed by a second bad program', async () => {
    const bad = { ...program, dialect: 'math' };
    const { asked, result } = await decide({ llm: script({ 'decide 0': experiment, 'write 0': bad, 'rewrite 0': bad }) });
    expect(asked).toEqual(['decide 0', 'write 0', 'rewrite 0']);
    expect(result).toEqual({ outcome: { result: 'decided', code: 'PROTO_REJECTED' } });
  });

  it('keep to what the instance allows', async () => {
    const { result } = await decide({ config: { quantifier: { block: { cpuSeconds: 61 } } }, llm: script({ 'decide 0': experiment, 'write 0': program, 'rewrite 0': program }) }); // prettier-ignore
    expect(result.outcome.code).toBe('PROTO_REJECTED');
  });
});

describe('repairing a program', () => {
  const failure = { ideaId: 'own', claim: experiment.claim, block, attempt: 1, code: 'PROTO_PROGRAM_ERROR', detail: 'ZeroDivisionError' };
  const better = { ...program, code: 'def test(inputs):\n  return {"holds": False}\n' };
  async function repair(options: ContextOptions = {}) {
    const test = createContext('quantifier', { offer, visible, llm: script({ 'rewrite 0': better }), ...options });
    const result = await runOperation('quantifier.repair', { failure }, test.context);
    return { ...test, result, asked: test.calls.map(({ name, ordinal }) => `${name} ${ordinal}`) };
  }

  it('shows what was run and what it complained of, and asks for the second attempt', async () => {
    const { calls, asked, result } = await repair();
    expect(asked).toEqual(['rewrite 0']);
    expect(materialOf(calls[0], 'claim')).toBe(experiment.claim);
    expect(materialOf(calls[0], 'code')).toBe(program.code);
    expect(materialOf(calls[0], 'problems')).toBe('PROTO_PROGRAM_ERROR\nZeroDivisionError');
    expect(result.signals).toMatchObject([
      {
        type: 'proto.requested',
        subject: 'own',
        depth: 2,
        data: { attempt: 2, claim: experiment.claim, block: { id: 'blk_own_2', code: better.code } },
      },
    ]);
    expect(result.outcome).toEqual({ result: 'repaired' });
  });

  it('has one more try for the static checks, like the first', async () => {
    const bad = { ...program, dialect: 'math' };
    const { asked, result } = await repair({ llm: script({ 'rewrite 0': bad, 'rewrite 1': better }) });
    expect(asked).toEqual(['rewrite 0', 'rewrite 1']);
    expect(result.signals).toHaveLength(1);
    expect((await repair({ llm: script({ 'rewrite 0': bad, 'rewrite 1': bad }) })).result).toEqual({
      outcome: { result: 'repaired', code: 'PROTO_REJECTED' },
    });
  });

  it('ends without result when nobody answers', async () => {
    expect((await repair({ llm: () => noValue('LLM_REFUSED') })).result).toEqual({ outcome: { result: 'repaired', code: 'LLM_REFUSED' } });
  });
});
