import { moment } from '../report/format.ts';
import { wordAt } from './arguments.ts';
import type { Command } from './command.ts';
import { jsonFlag, limitFlag, placeFlags } from './flags.ts';
import { openBackend } from './open.ts';
import { limitFrom } from './sessions.ts';
import { table } from './table.ts';

export const deadList: Command = {
  usage: 'dead list [--session <session>]',
  says: 'Lists work that was given up after five failures or ten crashes, newest first.',
  flags: { session: { value: 'ses_…', says: 'Only of this session' }, limit: limitFlag, json: jsonFlag, ...placeFlags },
  examples: [['nireon dead list', 'What went wrong']],
  async run(given, cli) {
    const limit = limitFrom(given.text('limit'));
    const backend = await openBackend(given, cli, 'read');
    try {
      const page = await backend.listDead(given.text('session'), { limit });
      if (given.has('json')) cli.out(`${JSON.stringify(page)}\n`);
      else if (page.items.length === 0) cli.err('No work is dead.\n');
      else {
        const heads = ['work', 'session', 'mechanism', 'code', 'when', 'retry'].map((head) => ({ head }));
        cli.out(
          table(
            [...heads, { head: 'message', flexible: true }],
            page.items.map(({ item, retryable }) => [
              ...[item.id, item.sessionId, `${item.mechanism}.${item.operation}`, item.code ?? '-'],
              ...[item.endedAt === undefined ? '-' : moment(item.endedAt), retryable ? 'yes' : 'no', item.message ?? ''],
            ]),
            cli.width(),
          ),
        );
      }
      return 0;
    } finally {
      await backend.close();
    }
  },
};

export const deadRetry: Command = {
  usage: 'dead retry <work>',
  says: 'Makes dead work ready again, as long as the level that it belongs to is open.',
  flags: placeFlags,
  notes: ['It runs when a worker comes by: "nireon serve", or "nireon explore --id" of its session.'],
  examples: [['nireon dead retry wrk_x2f', 'Try again what an outage killed']],
  async run(given, cli) {
    const id = wordAt(given, 0, 'dead retry <work>');
    const backend = await openBackend(given, cli, 'write');
    try {
      await backend.retryDead(id);
      cli.err(`${id} is ready again.\n`);
      return 0;
    } finally {
      await backend.close();
    }
  },
};

export const deadDrop: Command = {
  usage: 'dead drop <work>',
  says: 'Hides dead work from the list. It stays in the history of its session.',
  flags: placeFlags,
  examples: [['nireon dead drop wrk_x2f', 'Seen, nothing to be done']],
  async run(given, cli) {
    const id = wordAt(given, 0, 'dead drop <work>');
    const backend = await openBackend(given, cli, 'write');
    try {
      await backend.dropDead(id);
      cli.err(`${id} is hidden.\n`);
      return 0;
    } finally {
      await backend.close();
    }
  },
};
