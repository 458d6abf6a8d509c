import { codeOf, messageOf, NireonError } from '../domain/errors.ts';
import type { Frame } from '../domain/frame.ts';
import { assessmentId, ideaId, levelFrameId } from '../domain/ids.ts';
import { createRandom } from '../domain/random.ts';
import type { WorkItem } from '../domain/work.ts';
import type { AnyOperation, Mechanism, MechanismContext, OperationResult } from '../ports/mechanism.ts';
import type { Effects } from './effects.ts';
import { createGateway, type Outside } from './gateway.ts';
import type { KnownSessions } from './known-sessions.ts';
import type { VisibleLoader } from './visible.ts';

export interface RunItemOptions {
  readonly known: KnownSessions;
  readonly visible: VisibleLoader;
  readonly mechanisms: ReadonlyMap<string, Mechanism>;
  readonly outside: Outside;
}

export interface RunOf {
  readonly item: WorkItem;
  readonly effects: Effects;
  readonly lastAttempt: boolean;
  readonly abort: AbortSignal;
}

/**
 * Runs the operation of a work item: with live effects in a worker, with the journal's in replay; the operation cannot tell. Throws
 * WORK_INPUT_INVALID, MECHANISM_FAILED (the operation threw, or there is none), or what an effect threw.
 */
export async function runItem({ known, visible, mechanisms, outside }: RunItemOptions, of: RunOf): Promise<OperationResult> {
  const { item, effects, lastAttempt, abort } = of;
  const { mechanism, operation } = findOperation(mechanisms, item);
  const session = await known.session(item.sessionId);
  const input = operation.input.safeParse(item.input);
  if (!input.success) {
    const problems = input.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
    const first = problems[0];
    throw new NireonError('WORK_INPUT_INVALID', `${item.mechanism}.${item.operation}: ${first?.path ?? ''} ${first?.message ?? ''}`, {
      problems,
    });
  }
  const chain = await known.chain(session, item.frameId);
  const gateway = createGateway({
    effects,
    outside,
    known: session,
    chain,
    workId: item.id,
    place: { sessionId: item.sessionId, frameId: item.frameId, workId: item.id, signalId: item.signalId },
    tasks: session.ruleSet.tasks[mechanism.name] ?? {},
    lastAttempt,
    abort,
  });
  const context: MechanismContext = {
    ...gateway,
    config: session.ready.config.get(mechanism.name),
    allConfig: session.ruleSet.config,
    session: session.facts,
    frame: { ...chain[0], status: 'active' } as Frame,
    round: item.round,
    now: item.createdAt,
    random: createRandom(item.id),
    visible: await visible.load(item.sessionId, { round: item.round, chain: item.chain }),
    bank: await known.bank(session),
    offer: session.ruleSet.offer,
    abort,
    lastAttempt,
    ids: {
      idea: (index) => ideaId(item.id, index),
      assessment: (index) => assessmentId(item.id, index),
      level: (round) => levelFrameId(item.sessionId, round),
    },
  };
  try {
    return await operation.run(input.data as never, context as never);
  } catch (error) {
    if (codeOf(error) !== 'INTERNAL') throw error;
    throw new NireonError('MECHANISM_FAILED', `${item.mechanism}.${item.operation}: ${messageOf(error)}`, { cause: error });
  }
}

export function findOperation(
  mechanisms: ReadonlyMap<string, Mechanism>,
  item: Pick<WorkItem, 'mechanism' | 'operation'>,
): { mechanism: Mechanism; operation: AnyOperation } {
  const mechanism = mechanisms.get(item.mechanism);
  const operation = mechanism?.operations[item.operation];
  if (!mechanism || !operation)
    throw new NireonError('MECHANISM_FAILED', `there is no ${item.mechanism}.${item.operation}`, { retryable: false });
  return { mechanism, operation };
}
