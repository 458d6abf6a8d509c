import { canonicalJson } from '../../runtime/domain/canonical-json.ts';
import { levelSignalId } from '../../runtime/domain/ids.ts';
import { add, isZero, noResources, resourceNames } from '../../runtime/domain/resources.ts';
import { createReactor } from '../../runtime/engine/rules/reactor.ts';
import { ruleSetSchema } from '../../runtime/domain/rule-set.ts';
import { workId } from '../../runtime/domain/ids.ts';
import { historyOf, readSession, replay, type SessionFacts } from '../support/session-facts.ts';
import type { Plan } from './plan.ts';
import { sameHistory } from './plan.ts';
import { sessionId, type Ended } from './world.ts';

/** Everything in which an ended world breaks an invariant of execution.md 6; empty if it keeps them all. */
export async function brokenInvariants(
  plan: Plan,
  world: Ended,
  alone: (plan: Plan) => Promise<Record<string, unknown>>,
): Promise<string[]> {
  if (!world.finished) return [`I1 the session did not end (${await stuck(world)})`];
  const facts = await readSession(world.store, sessionId);
  const broken = [
    ...world.watch.violations,
    ...(await workEnds(facts, world)),
    ...levelsAndSession(facts),
    ...(await money(facts, world)),
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
  const replayed = await replay(world.store, sessionId);
  if (replayed.outsideCalls > 0 || replayed.differences.length > 0) {
    broken.push(`I9 replay: ${replayed.outsideCalls} outside calls, ${canonicalJson(replayed.differences[0] ?? null).slice(0, 400)}`);
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

/** I1: every item ended, and every signal was routed exactly once per matching rule. */
async function workEnds({ work, signals, session, frames }: SessionFacts, { store }: Ended): Promise<string[]> {
  const open = work.filter((item) => item.state === 'ready' || item.state === 'running').map((item) => `I1 ${item.id} is ${item.state}`);
  const blob = await store.getBlob(session.pins.ruleSet);
  const reactor = createReactor(ruleSetSchema.parse(JSON.parse(Buffer.from(blob!).toString('utf8'))));
  const made = new Set(work.map((item) => item.id));
  const wanted = new Set<string>();
  for (const signal of signals) {
    const frame = frames.find((one) => one.id === signal.frameid)!;
    for (const match of reactor.match(signal, { session, frame })) wanted.add(workId(signal.id, match.rule.id));
  }
  const stopped = session.reason === 'cancelled';
  return [
    ...open,
    ...[...wanted].filter((id) => !made.has(id) && !stopped).map((id) => `I1 work ${id} was never made`),
    ...[...made].filter((id) => !wanted.has(id)).map((id) => `I1 work ${id} follows from nothing`),
  ];
}

/** I3: one end each, and nothing left open. */
function levelsAndSession({ session, frames, signals, count }: SessionFacts): string[] {
  const broken: string[] = [];
  if (session.openWork !== 0) broken.push(`I3 finished with openWork ${session.openWork}`);
  if (count('session.finished') !== 1) broken.push(`I3 ${count('session.finished')} session.finished`);
  for (const frame of frames) {
    if (frame.status !== 'finished') broken.push(`I3 frame ${frame.id} (${frame.kind}) is ${frame.status}`);
    if (frame.kind !== 'level') continue;
    if (frame.open !== 0) broken.push(`I3 level ${frame.round} has open ${frame.open ?? 'none'}`);
    const closed = signals.filter((signal) => signal.id === levelSignalId(frame.id)).length;
    if (closed !== 1 && session.reason !== 'cancelled') broken.push(`I3 level ${frame.round} was closed ${closed} times`);
  }
  // I7, first half.
  signals.forEach((signal, i) => signal.sequence !== i + 1 && broken.push(`I7 sequence ${signal.sequence} at place ${i + 1}`));
  if (session.sequence !== signals.length) broken.push(`I7 the session counts ${session.sequence} signals, there are ${signals.length}`);
  return broken;
}

/** I4 at the end, I5. */
async function money({ journal, spent, session }: SessionFacts, { store, provider, watch }: Ended): Promise<string[]> {
  const broken: string[] = [];
  const budgets = await store.budgets(sessionId);
  for (const budget of budgets)
    if (!isZero(budget.reserved)) broken.push(`I4 ${budget.frameId} still reserves ${canonicalJson(budget.reserved)}`);
  const sum = journal.reduce((total, entry) => add(total, entry.usage), noResources);
  for (const name of resourceNames)
    if (sum[name] !== spent[name]) broken.push(`I4 journal says ${name} ${sum[name]}, budget ${spent[name]}`);
  // Counted at the provider, not in the ledger.
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
