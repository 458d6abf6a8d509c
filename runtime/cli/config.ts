import { printConfig } from '../../platform/print-config.ts';
import { schemaNodeOf } from '../../platform/settings.ts';
import { runtimeConfigSchema } from '../config.ts';
import type { Command } from './command.ts';
import { configFlag } from './flags.ts';
import { readSettings, settingsFor } from './settings.ts';

const flags = { config: configFlag, db: { value: 'file', says: 'The database, as other commands take it' } } as const;

export const configCheck: Command = {
  usage: 'config check [--config file]',
  says: 'Checks the settings of files and variables, and names everything that is wrong with them at once.',
  flags,
  notes: [
    'Settings come from defaults, files (--config, NIREON_CONFIG), variables (NIREON_WORKER_CONCURRENCY=4) and flags, later ones stronger. Exit code 78 if one is wrong.',
  ],
  examples: [['nireon config check --config nireon.yaml', 'Before a roll-out']],
  async run(given, cli) {
    const result = readSettings(given, cli, {});
    if (!result.ok) {
      for (const { path, message } of result.problems) cli.out(`${path}: ${message}\n`);
      cli.err(`nireon: ${result.problems.length === 1 ? 'one setting is' : `${result.problems.length} settings are`} not valid.\n`);
      return 78;
    }
    for (const notice of result.notices) cli.err(`${notice}\n`);
    cli.err('The settings are valid.\n');
    return 0;
  },
};

export const configPrint: Command = {
  usage: 'config print [--config file]',
  says: 'Prints every setting as YAML with where it was said: default, file and line, variable or flag. Secrets are masked.',
  flags,
  examples: [['nireon config print', 'What would hold here'], ['nireon config print --config nireon.yaml | grep -v "# default"', 'What differs from the defaults']], // prettier-ignore
  async run(given, cli) {
    const { config, originOf } = settingsFor(given, cli, { keys: 'ignored' });
    cli.out(printConfig(config, schemaNodeOf(runtimeConfigSchema), originOf));
    return 0;
  },
};
