import { plural } from '../report/format.ts';
import { plainLine } from '../report/plain-text.ts';
import type { ReplayResult } from '../engine/replay.ts';
import { wordAt } from './arguments.ts';
import type { Command } from './command.ts';
import { jsonFlag, placeFlags } from './flags.ts';
import { openBackend } from './open.ts';
import { cutTo } from './table.ts';

export const replay: Command = {
  usage: 'replay <session>',
  says: 'Runs every step of a session again with its journal as the only outside, and compares: nothing is bought, and nothing may differ.',
  flags: { json: jsonFlag, ...placeFlags },
  notes: ['Exit code 0 if every step is identical, 1 if one differs or the prompts were pruned.'],
  examples: [['nireon replay ses_k3v', 'Prove that the history is what the answers of the models led to']],
  async run(given, cli) {
    const id = wordAt(given, 0, 'replay <session>');
    const backend = await openBackend(given, cli, 'read');
    try {
      const result = await backend.replay(id);
      cli.out(given.has('json') ? `${JSON.stringify(result)}\n` : replayText(result));
      return result.differences.length === 0 && result.outsideCalls === 0 ? 0 : 1;
    } finally {
      await backend.close();
    }
  },
};

function replayText({ steps, identical, outsideCalls, differences, otherVersions }: ReplayResult): string {
  const short = (value: string): string => cutTo(plainLine(value), 200);
  return [
    `steps ${steps}, identical ${identical}, outside calls ${outsideCalls}`,
    ...differences.map(
      ({ workId, field, recorded, replayed }) => `${workId} ${field}: recorded ${short(recorded)}, replayed ${short(replayed)}`,
    ),
    ...(otherVersions.length === 0 ? [] : [`${plural(otherVersions.length, 'step')} not compared:`]),
    ...otherVersions.map(({ workId, mechanism, madeBy }) => `  ${workId} made by version ${madeBy} of ${mechanism}`),
    '',
  ].join('\n');
}
