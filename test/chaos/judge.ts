import type { Store } from '../../runtime/ports/store.ts';
import { brokenHistory } from '../support/history-checks.ts';
import { readSession } from '../support/session-facts.ts';

export interface Verdict {
  /** One line for each thing that is not as it must be. */
  readonly broken: readonly string[];
  /** Calls that the provider took, as it counted them. */
  readonly calls: number;
  /** Of these, how many asked for what a recorded call had answered or would. */
  readonly paidAgain: number;
  /** Calls in flight when their worker was lost, as the journal knows them: begun, and begun again or never heard of again. */
  readonly inFlight: number;
  readonly takenOver: number;
}

/** Checks finished sessions against the invariants, and their spending against what the provider itself counted (`asked`, by session id). */
export async function judge(store: Store, ids: readonly string[], asked: ReadonlyMap<string, number>): Promise<Verdict> {
  const broken: string[] = [];
  let calls = 0;
  let paidAgain = 0;
  let inFlight = 0;
  let takenOver = 0;
  for (const id of ids) {
    const facts = await readSession(store, id);
    broken.push(...(await brokenHistory(store, facts)).map((line) => `${id}: ${line}`));
    const taken = asked.get(id) ?? 0;
    const limit = facts.session.limits.llmCalls;
    if (taken > limit) broken.push(`${id}: I4 the provider was asked ${taken} times of ${limit}`);
    const models = facts.journal.filter(({ kind }) => kind === 'llm');
    const done = new Set(models.filter(({ state }) => state === 'done').map(({ effectId }) => effectId));
    calls += taken;
    paidAgain += taken - done.size;
    const newest = new Map<string, number>();
    for (const { effectId, attempt } of models) newest.set(effectId, Math.max(attempt, newest.get(effectId) ?? 0));
    // One that was taken for lost may have come in after all, if its worker was only away.
    inFlight += models.filter(({ state, effectId, attempt }) => state === 'lost' || attempt < newest.get(effectId)!).length;
    takenOver += facts.work.reduce((sum, item) => sum + item.crashes, 0);
  }
  if (paidAgain > inFlight) broken.push(`I5 ${paidAgain} calls were paid again, ${inFlight} were in flight when a worker was lost`);
  return { broken, calls, paidAgain, inFlight, takenOver };
}
