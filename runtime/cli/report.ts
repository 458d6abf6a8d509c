import { reportFormats } from '../report/render.ts';
import { oneOf, wordAt } from './arguments.ts';
import type { Command } from './command.ts';
import { reportFile, writeReport } from './explore.ts';
import { placeFlags } from './flags.ts';
import { openBackend } from './open.ts';

export const report: Command = {
  usage: 'report <session> [--format json|markdown|html] [--out file]',
  says: 'Writes what a session found: why it ended, what it cost by stage and model, the rounds, ranked ideas with weaknesses and rationale, lineage, experiments, what has no score and why.',
  flags: {
    format: { value: 'name', says: 'json, markdown or html; by the name of --out if not said, else markdown' },
    out: { value: 'file', says: 'Write into a file: .html, .md or .json' },
    ...placeFlags,
  },
  notes: ['The HTML is one file without scripts that fetches nothing: it can be mailed, printed and kept.'],
  examples: [
    ['nireon report ses_k3v --out report.html', 'A page to read'],
    ['nireon report ses_k3v | less', 'In the terminal'],
    ['nireon report ses_k3v --format json | jq ".ideas[0]"', 'The best idea, for a program'],
  ],
  async run(given, cli) {
    const id = wordAt(given, 0, 'report <session>');
    const asked = given.text('format');
    const format = asked === undefined ? undefined : oneOf('--format', asked, reportFormats);
    const out = given.text('out');
    const file = out === undefined ? undefined : await reportFile(out, format);
    const backend = await openBackend(given, cli, 'read');
    try {
      const text = await backend.report(id, file?.format ?? format ?? 'markdown');
      if (file === undefined) cli.out(text);
      else {
        await writeReport(file.file, text);
        cli.err(`The report is in ${file.file}\n`);
      }
      return 0;
    } finally {
      await backend.close();
    }
  },
};
