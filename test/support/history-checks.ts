import { canonicalJson } from '../../runtime/domain/canonical-json.ts';
import { levelSignalId, workId } from '../../runtime/domain/ids.ts';
import { add, isZero, noResources, resourceNames } from '../../runtime/domain/resources.ts';
import { ruleSetSchema } from '../../runtime/domain/rule-set.ts';
import { createReactor } from '../../runtime/engine/rules/reactor.ts';
import type { Store } from '../../runtime/ports/store.ts';
import { allMechanisms } from './engine-world.ts';
import { replay, type SessionFacts } from './session-facts.ts';

/**
 * What a finished session breaks of the invariants that its records alone can show; empty if it keeps them. `mechanisms`
 * are those that made it, if not the real ones.
 */
export async function brokenHistory(store: Store, facts: SessionFacts, mechanisms = allMechanisms): Promise<string[]> {
  const found = [await workEnds(store, facts), levelsAndSession(facts), await money(store, facts), await replays(store, facts, mechanisms)];
  return found.flat();
}

const wasStopped = ({ session }: SessionFacts): boolean => session.reason === 'cancelled' || session.reason === 'deadline';

/** I1: every item ended, and every signal was routed exactly once per matching rule. */
async function workEnds(store: Store, facts: SessionFacts): Promise<string[]> {
  const { work, signals, session, frames } = facts;
  const open = work.filter((item) => item.state === 'ready' || item.state === 'running').map((item) => `I1 ${item.id} is ${item.state}`);
  const blob = await store.getBlob(session.pins.ruleSet);
  const reactor = createReactor(ruleSetSchema.parse(JSON.parse(Buffer.from(blob!).toString('utf8'))));
  const made = new Set(work.map((item) => item.id));
  const wanted = new Set<string>();
  for (const signal of signals) {
    const frame = frames.find((one) => one.id === signal.frameid)!;
    for (const match of reactor.match(signal, { session, frame })) wanted.add(workId(signal.id, match.rule.id));
  }
  return [
    ...open,
    ...(made.size === work.length ? [] : [`I1 ${work.length - made.size} items exist twice`]),
    // A stopping session logs its signals without routing them.
    ...[...wanted].filter((id) => !made.has(id) && !wasStopped(facts)).map((id) => `I1 work ${id} was never made`),
    ...[...made].filter((id) => !wanted.has(id)).map((id) => `I1 work ${id} follows from nothing`),
  ];
}

/** I3: one end each, and nothing left open; I7: no gap. */
function levelsAndSession(facts: SessionFacts): string[] {
  const { session, frames, signals, count } = facts;
  const broken: string[] = [];
  if (session.openWork !== 0) broken.push(`I3 finished with openWork ${session.openWork}`);
  if (count('session.finished') !== 1) broken.push(`I3 ${count('session.finished')} session.finished`);
  for (const frame of frames) {
    if (frame.status !== 'finished') broken.push(`I3 frame ${frame.id} (${frame.kind}) is ${frame.status}`);
    if (frame.kind !== 'level') continue;
    if (frame.open !== 0) broken.push(`I3 level ${frame.round} has open ${frame.open ?? 'none'}`);
    const closed = signals.filter((signal) => signal.id === levelSignalId(frame.id)).length;
    if (closed !== 1 && !wasStopped(facts)) broken.push(`I3 level ${frame.round} was closed ${closed} times`);
  }
  signals.forEach((signal, i) => signal.sequence !== i + 1 && broken.push(`I7 sequence ${signal.sequence} at place ${i + 1}`));
  if (session.sequence !== signals.length) broken.push(`I7 the session counts ${session.sequence} signals, there are ${signals.length}`);
  return broken;
}

/** I4 after the end: nothing reserved, the ledger sums up, no limit passed beyond what providers reported above their reservation. */
async function money(store: Store, { session, journal, spent }: SessionFacts): Promise<string[]> {
  const broken: string[] = [];
  const overrun = journal.reduce((sum, entry) => add(sum, entry.overrun), noResources);
  for (const budget of await store.budgets(session.id)) {
    if (!isZero(budget.reserved)) broken.push(`I4 ${budget.frameId} still reserves ${canonicalJson(budget.reserved)}`);
    for (const name of resourceNames) {
      const limit = budget.limits[name];
      if (limit !== undefined && budget.spent[name] + budget.lost[name] > limit + overrun[name]) {
        broken.push(`I4 ${budget.frameId} took ${budget.spent[name] + budget.lost[name]} ${name} of ${limit}`);
      }
    }
  }
  const sum = journal.reduce((total, entry) => add(total, entry.usage), noResources);
  for (const name of resourceNames)
    if (sum[name] !== spent[name]) broken.push(`I4 the journal says ${name} ${sum[name]}, the budget ${spent[name]}`);
  return broken;
}

/** I9 */
async function replays(store: Store, { session }: SessionFacts, mechanisms: typeof allMechanisms): Promise<string[]> {
  const { outsideCalls, differences } = await replay(store, session.id, mechanisms);
  if (outsideCalls === 0 && differences.length === 0) return [];
  return [`I9 replay: ${outsideCalls} outside calls, ${canonicalJson(differences[0] ?? null).slice(0, 400)}`];
}
