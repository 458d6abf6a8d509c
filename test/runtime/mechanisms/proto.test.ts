import type { ProtoBlock } from '../../../runtime/domain/proto-block.ts';
import type { SignalData } from '../../../runtime/domain/signal.ts';
import { resultProblems } from '../../../runtime/mechanisms/proto/result.ts';
import type { SandboxRun } from '../../../runtime/ports/sandbox.ts';
import { createContext, noValue, runOperation, type ContextOptions } from '../../support/mechanism-context.ts';
import { idea } from '../../support/visible-records.ts';

const block: ProtoBlock = {
  id: 'blk_own_1',
  dialect: 'python',
  code: 'def test(inputs): return 1',
  entryPoint: 'test',
  inputs: {},
  requirements: [],
  limits: { cpuSeconds: 10, memoryMiB: 256, wallSeconds: 20, outputKiB: 64 },
  expects: { type: 'object', properties: { holds: { type: 'boolean' } }, required: ['holds'] },
};
const task = { ideaId: 'own', claim: 'It holds.', block, attempt: 1 };
const ok: SandboxRun = {
  ...{ outcome: 'ok', result: { holds: true }, stdout: '', stderr: '', exitCode: 0 },
  ...{ cpuMs: 12.3, wallMs: 20, peakMemoryMiB: 9, image: 'sha256:abc' },
};

async function run(sandbox: ContextOptions['sandbox']) {
  const test = createContext('proto', { visible: { ideas: [idea({ id: 'own', depth: 3 })] }, ...(sandbox ? { sandbox } : {}) });
  const result = await runOperation('proto.run', { task }, test.context);
  return { ...test, result, signal: result.signals![0]! };
}

describe('running a program', () => {
  it('brings its result when it ran and kept its promise', async () => {
    const { signal, blocks, result } = await run(() => ok);
    expect(blocks).toEqual([block]);
    expect(signal).toEqual({
      ...{ type: 'proto.finished', subject: 'own', depth: 3 },
      data: { ideaId: 'own', claim: 'It holds.', blockId: 'blk_own_1', result: { holds: true }, cpuMs: 13, image: 'sha256:abc' },
    });
    expect(result.outcome).toEqual({ result: 'ran' });
  });

  it.each([
    ['program-error', 'PROTO_PROGRAM_ERROR'],
    ['timeout', 'PROTO_TIMEOUT'],
    ['out-of-memory', 'PROTO_OUT_OF_MEMORY'],
    ['output-limit', 'PROTO_OUTPUT_LIMIT'],
  ] as const)('that ends in %s is told as %s, with the end of its complaint', async (outcome, code) => {
    const { result: _, ...failed } = ok;
    const { signal, result } = await run(() => ({ ...failed, outcome, stderr: `${'x'.repeat(5000)}the end` }));
    const data = signal.data as SignalData<'proto.failed'>;
    expect(signal).toMatchObject({ type: 'proto.failed', subject: 'own', depth: 3, data: { ...task, code } });
    expect(data.detail).toHaveLength(2048);
    expect(data.detail.endsWith('the end')).toBe(true);
    expect(result.outcome).toEqual({ result: 'failed', code });
  });

  it('that is refused says why', async () => {
    const { signal } = await run(() => ({ ...ok, outcome: 'rejected', reasons: ['too large', 'too long'] }));
    expect(signal.data).toMatchObject({ code: 'PROTO_REJECTED', detail: 'too large\ntoo long' });
  });

  it.each([
    ['another type', 'yes'],
    ['a promise left out', {}],
    ['nothing', undefined],
  ])('whose result is %s has failed', async (_, value) => {
    const { signal } = await run(() => ({ ...ok, result: value }));
    expect(signal.data).toMatchObject({ code: 'PROTO_RESULT_INVALID', block });
  });

  it.each(['SANDBOX_DISABLED', 'BUDGET_EXHAUSTED', 'SESSION_STOPPED'] as const)('that did not come to it says %s', async (code) => {
    expect((await run(() => noValue(code))).signal.data).toMatchObject({ code, detail: code, attempt: 1 });
  });

  it('that no sandbox would take on the last attempt says that it was unavailable', async () => {
    expect((await run(() => noValue('SANDBOX_BUSY'))).signal.data).toMatchObject({ code: 'SANDBOX_UNAVAILABLE', detail: 'SANDBOX_BUSY' });
  });

  it('leaves no half of a sign where the complaint is cut', async () => {
    const { signal } = await run(() => ({ ...ok, outcome: 'program-error', stderr: `😀${'x'.repeat(2047)}` }));
    expect((signal.data as SignalData<'proto.failed'>).detail.isWellFormed()).toBe(true);
  });
});

describe('what a program promises', () => {
  it.each([
    ['a number in range', { type: 'number', minimum: 0, maximum: 1 }, 0.5, true],
    ['a number out of range', { type: 'number', minimum: 0, maximum: 1 }, 2, false],
    ['anything', {}, { any: ['thing'] }, true],
    ['one of a few', { enum: ['yes', 'no'] }, 'no', true],
    ['none of them', { enum: ['yes', 'no'] }, 'maybe', false],
    ['no schema at all', { type: 'nonsense' }, 1, false],
    ['a pattern, which could run for ever', { type: 'string', pattern: '^(a+)+$' }, 'aaaa', false],
    ['a reference', { $ref: '#' }, 1, false],
    ['a schema longer than a program', { enum: ['x'.repeat(30_000)] }, 1, false],
  ])('%s: %j', (_, expects, result, kept) => {
    expect(resultProblems(result, expects).length === 0).toBe(kept);
  });

  it('is never nested so deeply that checking it fails', () => {
    let deep: Record<string, unknown> = {};
    for (let i = 0; i < 800; i++) deep = { type: 'array', items: deep };
    expect(Array.isArray(resultProblems([], deep))).toBe(true);
  });
});
