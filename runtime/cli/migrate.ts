import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, isNireonError, messageOf, NireonError } from '../domain/errors.ts';
import { operationsOf, requireRules } from '../engine/rules/check.ts';
import { mechanisms } from '../mechanisms.ts';
import { version } from '../version.ts';
import { migrateStore, type Migrated } from '../wiring/migrate-store.ts';
import { migrateTopics } from '../wiring/migrate-topics.ts';
import { ruleFiles } from '../wiring.ts';
import type { Cli, Command, Given } from './command.ts';
import { configFlag, databaseFlag } from './flags.ts';
import { loadRuntimeConfig, type RuntimeConfig } from '../config.ts';
import { settingsFor } from './settings.ts';

const largestReport = 4096;

export const migrate: Command = {
  usage: 'migrate [--check] [--config file]',
  says: 'Brings the store to the schema that this version needs, and Kafka to the topics, where it is the bus. Running processes go on: what is new comes first, what is old goes later.',
  flags: {
    check: { says: 'Only look: exit code 78 if a migration or a topic is missing' },
    config: configFlag,
    db: databaseFlag,
    'config-dir': {
      value: 'folder',
      says: 'Check the settings of every role first (<role>/nireon.yaml), and the rules (rules/*.yaml); then migrate the store that they name',
    },
    report: { value: 'file', says: 'Write what came of it as JSON: code, message, retryable, runtime, problems, schema' },
  },
  notes: [
    'It may be run again and by several at once: one migrates, the others wait. Exit code 0; 1 if trying again may help (the database does not answer); 78 if something must be changed first.',
    'A PostgreSQL schema that is not there is created, if the user may do that; SQLite files are also migrated by whoever opens them for writing.',
  ],
  examples: [
    ['nireon migrate --config nireon.yaml', 'Before the first start, and before that of a new version'],
    ['nireon migrate --check --config nireon.yaml', 'Is one needed?'],
  ],
  async run(given, cli) {
    const report = given.text('report');
    try {
      const config = await settingsOf(given, cli);
      const check = given.has('check');
      const { place, ...schema } = await migrateStore(config, { check });
      const topics = await migrateTopics(config, { check });
      if (report !== undefined) await write(report, undefined, schema);
      cli.err(`${place} is at version ${schema.version}.\n${topics === undefined ? '' : `${topics}\n`}`);
      return 0;
    } catch (error) {
      if (report !== undefined) await write(report, error);
      const { errorText, exitCodeOf } = await import('./advice.ts');
      cli.err(errorText(error, false));
      if (exitCodeOf(error) === 2) return 2;
      return isNireonError(error) && !error.retryable && error.code !== 'INTERNAL' ? 78 : 1;
    }
  },
};

async function settingsOf(given: Given, cli: Cli): Promise<RuntimeConfig> {
  const folder = given.text('config-dir');
  if (folder === undefined) return settingsFor(given, cli, { keys: 'ignored' }).config;
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw new NireonError('CONFIG_INVALID', `the folder ${folder} cannot be read`, { cause: error });
  });
  const roles = entries.filter((entry) => entry.isDirectory() && entry.name !== 'rules').map(({ name }) => name);
  const loaded = roles.map((role) => ({ role, result: loadRuntimeConfig({ files: [join(folder, role, 'nireon.yaml')], env: cli.env }) }));
  const problems = loaded.flatMap(({ role, result }) =>
    result.ok ? [] : result.problems.map(({ path, message }) => ({ path: `${role}: ${path}`, message })),
  );
  const configs = loaded.flatMap(({ result }) => (result.ok ? [result.config] : []));
  if (problems.length > 0) throw new NireonError('CONFIG_INVALID', 'the settings are not valid:', { problems });
  const [first, ...others] = configs;
  if (!first) throw new NireonError('CONFIG_INVALID', `the folder ${folder} holds no <role>/nireon.yaml`);
  if (others.some(({ store }) => JSON.stringify(store) !== JSON.stringify(first.store))) {
    throw new NireonError('CONFIG_INVALID', 'the roles name different stores: those of an instance share one');
  }
  if (others.some(({ bus }) => JSON.stringify(bus) !== JSON.stringify(first.bus))) {
    throw new NireonError('CONFIG_INVALID', 'the roles name different buses: those of an instance share one');
  }
  await checkRulesIn(join(folder, 'rules'), first);
  return first;
}

/** RULES_INVALID with every problem. */
async function checkRulesIn(folder: string, config: RuntimeConfig): Promise<void> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => /\.ya?ml$/.test(name)).sort();
  const files = names.length > 0 ? names.map((name) => join(folder, name)) : config.rules.files;
  requireRules(await ruleFiles({ rules: { files } }), operationsOf(mechanisms.values()));
}

/** At most 4 KiB, so that it fits where a container leaves its last words: what is too much is left out from the end of the problems. */
async function write(file: string, error: unknown, schema?: Omit<Migrated, 'place'>): Promise<void> {
  const said = error === undefined ? { code: 'OK', message: '', retryable: false } : saidBy(error);
  const problems = isNireonError(error) ? [...error.problems] : [];
  const text = (): string => JSON.stringify({ ...said, runtime: version, problems, ...(schema ? { schema } : {}) });
  while (Buffer.byteLength(text()) > largestReport && problems.length > 0) problems.pop();
  await writeFile(file, text());
}

const saidBy = (error: unknown): { code: string; message: string; retryable: boolean } => ({
  code: codeOf(error),
  message: messageOf(error).slice(0, 1000),
  retryable: isNireonError(error) && error.retryable,
});
