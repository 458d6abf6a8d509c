/** One-line faults in the real code. Each must be caught by the simulation: a check that catches none proves nothing. */
export interface Plant {
  readonly name: string;
  readonly file: string;
  /** Stands exactly once in the file. */
  readonly find: string;
  readonly replace: string;
}

const memory = 'runtime/adapters/store/memory';
const rules = 'runtime/adapters/store/rules';
const engine = 'runtime/engine';

export const plants: readonly Plant[] = [
  {
    name: 'commits are not fenced',
    file: `${memory}/commit.ts`,
    find: "if (work?.item.state !== 'running' || work.item.attempt !== given.attempt) return { kind: 'fenced' };",
    replace: "if (!work) return { kind: 'fenced' };",
  },
  {
    name: 'closing and ending are not checked',
    file: `${rules}/commit.ts`,
    find: 'if (right) return;',
    replace: 'return;',
  },
  {
    name: 'what may have been billed is not charged',
    file: `${engine}/effects.ts`,
    find: 'spend: standing, reserve: need }',
    replace: 'spend: {}, reserve: need }',
  },
  {
    name: 'a take-over leaves the reservations of the dead',
    file: `${memory}/claims.ts`,
    find: "if (state === 'started' && attempt < work.item.attempt) write(db, held, loseReservation(held.row));",
    replace: '',
  },
  {
    name: 'stopped sessions go on routing',
    file: `${engine}/accounting.ts`,
    find: "const stopping = counters.status !== 'running';",
    replace: 'const stopping = false;',
  },
  {
    name: 'a finished effect is called again',
    file: `${rules}/journal.ts`,
    find: "if (done) return { answer: { kind: 'recorded', entry: done.entry } };",
    replace: '',
  },
  {
    name: 'what was lost does not count against the limit',
    file: 'runtime/domain/effect.ts',
    find: 'const taken = budget.spent[name] + budget.lost[name];',
    replace: 'const taken = budget.spent[name];',
  },
  {
    name: 'reservations are not given back',
    file: `${rules}/journal.ts`,
    find: 'const move = { [potOf(entry)]: minus(entry.reserved), spent: settlement.usage,',
    replace: 'const move = { spent: settlement.usage,',
  },
  {
    name: 'reservations of others are not counted',
    file: 'runtime/domain/effect.ts',
    find: 'if (taken + budget.reserved[name] + wanted > limit) waits = true;',
    replace: '',
  },
  {
    name: 'a later result replaces the first',
    file: `${rules}/journal.ts`,
    find: "const counts = rows.find((other) => other !== row && other.entry.state === 'done')?.entry;",
    replace: 'const counts = undefined as JournalEntry | undefined;',
  },
  {
    name: 'a take-over does not raise the attempt',
    file: `${rules}/records.ts`,
    find: 'attempt: item.attempt + 1,',
    replace: "attempt: item.attempt + (item.state === 'running' ? 0 : 1),",
  },
  {
    name: 'leases end early',
    file: `${memory}/claims.ts`,
    find: "if (item.state === 'running') return request.takeOver && leaseMs <= db.now();",
    replace: "if (item.state === 'running') return request.takeOver;",
  },
  {
    name: 'expired items are never taken over',
    file: `${engine}/worker.ts`,
    find: 'takeOver: steady.contactMs() >= settings.leaseMs,',
    replace: 'takeOver: false,',
  },
  {
    name: 'effects of one name share an id',
    file: 'runtime/domain/ids.ts',
    find: "export const effectId = (workId: string, name: string, ordinal: number): string => h('eff', workId, name, ordinal);",
    replace: "export const effectId = (workId: string, name: string, _ordinal: number): string => h('eff', workId, name);",
  },
  {
    name: 'items see what their neighbours make',
    file: `${engine}/visible.ts`,
    find: 'const rounds = await closedRounds(sessionId, scope.round);',
    replace: 'const rounds = await store.visible(sessionId, { round: scope.round + 1, fromRound: 0, chain: [] });',
  },
  {
    name: 'random draws differ from attempt to attempt',
    file: `${engine}/run-item.ts`,
    find: 'random: createRandom(item.id),',
    replace: 'random: createRandom(`${item.id} ${item.attempt}`),',
  },
  {
    name: 'the outbox is emptied though the bus took nothing',
    file: `${engine}/publisher.ts`,
    find: '      return false;\n    }\n    if (failedAt',
    replace: '      await store.removeFromOutbox(signals.map((signal) => signal.id));\n      return false;\n    }\n    if (failedAt',
  },
];
