import { z } from 'zod';
import type { ErrorCode } from '../../domain/errors.ts';
import { protoFailureCodes } from '../../domain/proto-block.ts';
import { signalData, type SignalData } from '../../domain/signal.ts';
import type { Mechanism, MechanismContext, OperationResult } from '../../ports/mechanism.ts';
import type { SandboxRun } from '../../ports/sandbox.ts';
import { resultProblems } from './result.ts';

type Task = SignalData<'proto.requested'>;
type Failure = SignalData<'proto.failed'>;
export const protoConfig = z.strictObject({});

const codes = {
  'program-error': 'PROTO_PROGRAM_ERROR',
  timeout: 'PROTO_TIMEOUT',
  'out-of-memory': 'PROTO_OUT_OF_MEMORY',
  'output-limit': 'PROTO_OUTPUT_LIMIT',
  rejected: 'PROTO_REJECTED',
} as const satisfies Record<Exclude<SandboxRun['outcome'], 'ok'>, Failure['code']>;

/** The end tells most. */
const longestDetail = 2048;

/** Runs programs in the sandbox. A program that fails is a result. */
export const proto: Mechanism<z.infer<typeof protoConfig>> = {
  name: 'proto',
  version: 1,
  defaultRole: 'evaluator',
  config: protoConfig,
  tasks: {},
  operations: {
    run: {
      input: z.strictObject({ task: signalData['proto.requested'] }),
      emits: ['proto.finished', 'proto.failed'],
      run: async ({ task }: { task: Task }, context: MechanismContext<z.infer<typeof protoConfig>>): Promise<OperationResult> => {
        const answer = await context.sandbox('run', 0, task.block);
        if (!answer.ok) return failed(task, codeOf(answer.code), answer.code, context);
        const { run } = answer;
        if (run.outcome !== 'ok') return failed(task, codes[run.outcome], run.reasons?.join('\n') ?? run.stderr, context);
        const problems = resultProblems(run.result, task.block.expects);
        if (problems.length > 0) return failed(task, 'PROTO_RESULT_INVALID', problems.join('\n'), context);
        return {
          signals: [
            {
              type: 'proto.finished',
              subject: task.ideaId,
              depth: depthOf(task, context),
              data: {
                ideaId: task.ideaId,
                claim: task.claim,
                blockId: task.block.id,
                result: run.result as SignalData<'proto.finished'>['result'],
                cpuMs: Math.ceil(run.cpuMs),
                image: run.image,
              },
            },
          ],
          outcome: { result: 'ran' },
        };
      },
    },
  },
};

/** Effects fail with more codes than a program can: an outage that lasted is the sandbox's. */
const codeOf = (code: ErrorCode): Failure['code'] => protoFailureCodes.find((known) => known === code) ?? 'SANDBOX_UNAVAILABLE';

const depthOf = (task: Task, { visible }: Pick<MechanismContext, 'visible'>): number => visible.idea(task.ideaId)?.depth ?? 0;

function failed(task: Task, code: Failure['code'], detail: string, context: Pick<MechanismContext, 'visible'>): OperationResult {
  const { ideaId, claim, block, attempt } = task;
  return {
    signals: [
      {
        type: 'proto.failed',
        subject: ideaId,
        depth: depthOf(task, context),
        data: { ideaId, claim, block, attempt, code, detail: detail.slice(-longestDetail).toWellFormed() },
      },
    ],
    outcome: { result: 'failed', code },
  };
}
