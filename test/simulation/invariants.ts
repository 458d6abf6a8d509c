import { canonicalJson } from '../../runtime/domain/canonical-json.ts';
import { brokenHistory } from '../support/history-checks.ts';
import { historyOf, readSession, type SessionFacts } from '../support/session-facts.ts';
import type { Plan } from './plan.ts';
import { sameHistory } from './plan.ts';
import { sessionId, type Ended } from './world.ts';

/** Everything in which an ended world breaks an invariant (I1-I9, docs/development.md); empty if it keeps them all. */
export async function brokenInvariants(
  plan: Plan,
  world: Ended,
  alone: (plan: Plan) => Promise<Record<string, unknown>>,
): Promise<string[]> {
  if (!world.finished) return [`I1 the session did not end (${await stuck(world)})`];
  const facts = await readSession(world.store, sessionId);
  const broken = [
    ...world.watch.violations,
    ...(await brokenHistory(world.store, facts)),
    ...paid(facts, world),
    ...published(facts, world, await world.store.outbox(0, 10_000)),
    ...takeovers(plan, world),
    ...world.events.flatMap((event) =>
      event.type === 'internal-error' || event.type === 'replay-diverged'
        ? [`told: ${event.type} ${'message' in event ? event.message : ''}`]
        : [],
    ),
  ];
  // An item that ten workers died over is given up: then its history is another, and rightly so.
  const gaveUp = facts.work.some((item) => item.code === 'WORK_CRASHED');
  if (sameHistory.has(plan.shape) && plan.cancelAfterMs === undefined && plan.llmFails === 0 && plan.answersVanish === 0 && !gaveUp) {
    broken.push(...differences(await historyOf(world.store, sessionId), await alone(plan)));
  }
  return broken;
}

async function stuck({ store }: Ended): Promise<string> {
  const session = await store.getSession(sessionId);
  if (!session) return 'it never began';
  const work = (await store.listWork(sessionId, { limit: 10_000 })).items.filter(
    (item) => item.state === 'ready' || item.state === 'running',
  );
  return `${session.status}, openWork ${session.openWork}, ${work.map((item) => `${item.mechanism} ${item.state} attempt ${item.attempt}`).join(', ')}`;
}

/** Counted at the provider, not in the ledger: I4, and I5. */
function paid({ journal, session }: SessionFacts, { provider, watch }: Ended): string[] {
  const broken: string[] = [];
  if (provider.executions > session.limits.llmCalls)
    broken.push(`I4 the provider was asked ${provider.executions} times of ${session.limits.llmCalls}`);
  if (provider.tokensOut > session.limits.outputTokens)
    broken.push(`I4 the provider wrote ${provider.tokensOut} tokens of ${session.limits.outputTokens}`);
  const finished = new Set(journal.filter((entry) => entry.kind === 'llm' && entry.state === 'done').map((entry) => entry.effectId)).size;
  const repeated = provider.executions - provider.vanished - finished;
  if (repeated > watch.lostInFlight)
    broken.push(`I5 ${repeated} calls were paid again, ${watch.lostInFlight} were in flight when a lease was lost`);
  return broken;
}

function published({ signals }: SessionFacts, world: Ended, outbox: readonly { id: string }[]): string[] {
  const waiting = new Set(outbox.map((signal) => signal.id));
  return signals
    .filter((signal) => !world.published.has(signal.id) && !waiting.has(signal.id))
    .map((signal) => `I7 ${signal.type} ${signal.id} is neither published nor in the outbox`);
}

const takeoverLimitMs = 5_000;

/** I8, where nothing but the death itself was in the way: another process lived on with room, the store was up, nobody was slow or stopped. */
function takeovers(plan: Plan, world: Ended): string[] {
  const clear =
    plan.processes > 1 &&
    plan.outages === 0 &&
    plan.stops === 0 &&
    plan.slow === 0 &&
    plan.answerLost === 0 &&
    plan.concurrency > 2 &&
    plan.llmMs < 600;
  if (!clear) return [];
  return world.watch.takeovers.filter((ms) => ms > takeoverLimitMs).map((ms) => `I8 a takeover took ${ms} ms`);
}

/** I2 */
function differences(made: Record<string, unknown>, alone: Record<string, unknown>): string[] {
  const broken: string[] = [];
  for (const id of new Set([...Object.keys(made), ...Object.keys(alone)])) {
    const [one, other] = [made[id], alone[id]].map((record) => (record === undefined ? 'nothing' : canonicalJson(record)));
    if (one !== other) broken.push(`I2 ${id}: made ${one!.slice(0, 200)}, alone ${other!.slice(0, 200)}`);
  }
  return broken;
}
