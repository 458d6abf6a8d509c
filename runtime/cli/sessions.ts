import { NireonError } from '../domain/errors.ts';
import type { Session } from '../domain/session.ts';
import { oneOf, wordAt } from './arguments.ts';
import type { Command } from './command.ts';
import { jsonFlag, limitFlag, placeFlags } from './flags.ts';
import { openBackend } from './open.ts';
import { sessionsText, sessionText } from './session-text.ts';
import { labelsFrom, numberFrom } from './values.ts';

const states = ['running', 'stopping', 'finished'] as const satisfies readonly Session['status'][];

export const sessionsList: Command = {
  usage: 'sessions list [--status running] [--label key=value]',
  says: 'Lists sessions, newest first.',
  flags: {
    status: { value: 'state', says: 'Only running, stopping or finished ones' },
    label: { value: 'key=value', says: 'Only those with this label' },
    limit: limitFlag,
    cursor: { value: 'text', says: 'Go on where a page ended' },
    json: jsonFlag,
    ...placeFlags,
  },
  examples: [
    ['nireon sessions list', 'What this folder holds'],
    ['nireon sessions list --status running --server http://127.0.0.1:8080', 'What a server is working on'],
  ],
  async run(given, cli) {
    const status = given.text('status') === undefined ? undefined : oneOf('--status', given.text('status')!, states);
    const [label] = Object.entries(labelsFrom(given.text('label') === undefined ? [] : [given.text('label')!]));
    const cursor = given.text('cursor');
    const backend = await openBackend(given, cli, 'read');
    try {
      const page = await backend.listSessions(
        { ...(status === undefined ? {} : { status }), ...(label === undefined ? {} : { label: { key: label[0], value: label[1] } }) },
        { limit: limitFrom(given.text('limit')), ...(cursor === undefined ? {} : { cursor }) },
      );
      if (given.has('json')) cli.out(`${JSON.stringify(page)}\n`);
      else if (page.items.length === 0) cli.err('There are no such sessions.\n');
      else cli.out(sessionsText(page.items, cli.width()));
      if (!given.has('json') && page.next !== undefined) cli.err(`More: --cursor ${page.next}\n`);
      return 0;
    } finally {
      await backend.close();
    }
  },
};

export const sessionsGet: Command = {
  usage: 'sessions get <session>',
  says: 'Shows how a session stands: policy, progress, spending and its best ideas.',
  flags: { json: jsonFlag, ...placeFlags },
  examples: [['nireon sessions get ses_k3v', 'How far it is'], ['nireon sessions get ses_k3v --json | jq .progress', 'For a program']], // prettier-ignore
  async run(given, cli) {
    const id = wordAt(given, 0, 'sessions get <session>');
    const backend = await openBackend(given, cli, 'read');
    try {
      const view = await backend.session(id);
      cli.out(given.has('json') ? `${JSON.stringify(view)}\n` : sessionText(view, cli.width()));
      return 0;
    } finally {
      await backend.close();
    }
  },
};

export const sessionsCancel: Command = {
  usage: 'sessions cancel <session>',
  says: 'Ends a session: what is under way ends, nothing new begins, what was found stays.',
  flags: { json: jsonFlag, ...placeFlags },
  examples: [['nireon sessions cancel ses_k3v', 'End what Ctrl-C left running']],
  async run(given, cli) {
    const id = wordAt(given, 0, 'sessions cancel <session>');
    const backend = await openBackend(given, cli, 'write');
    try {
      const view = await backend.cancel(id);
      if (given.has('json')) cli.out(`${JSON.stringify(view)}\n`);
      else cli.err(`${id} is ${view.status === 'finished' ? 'cancelled' : 'stopping'}.\n`);
      return 0;
    } finally {
      await backend.close();
    }
  },
};

export function limitFrom(text: string | undefined): number {
  const limit = numberFrom('limit', text) ?? 20;
  if (!Number.isInteger(limit) || limit < 1 || limit > 200) throw new NireonError('USAGE', '--limit must be a whole number from 1 to 200');
  return limit;
}
