import { loadRuntimeConfig, type RuntimeConfigRequest, type RuntimeConfigResult } from '../config.ts';
import { llmSchema } from '../config-llm.ts';
import { NireonError } from '../domain/errors.ts';
import type { Cli, Given } from './command.ts';

export type Settings = Extract<RuntimeConfigResult, { ok: true }>;

/** What files, variables and flags say; without a file, ./nireon.yaml is not looked for. */
export function readSettings(
  given: Given,
  cli: Cli,
  more: Pick<RuntimeConfigRequest, 'overrides' | 'embedded' | 'keys'>,
): RuntimeConfigResult {
  const named = given.all('config');
  const fromVariable = cli.env['NIREON_CONFIG'];
  const file = given.declares('db') ? given.text('db') : undefined;
  return loadRuntimeConfig({
    files: named.length > 0 ? named : fromVariable ? [fromVariable] : [],
    env: cli.env,
    ...more,
    overrides: [
      ...(file === undefined ? [] : [{ name: '--db', value: { store: { kind: 'sqlite', sqlite: { file } } } }]),
      ...(more.overrides ?? []),
    ],
  });
}

/** The same for commands that call models: where none is configured, the one that was fetched answers, if there is one. */
export async function settingsWithModels(
  given: Given,
  cli: Cli,
  overrides: NonNullable<RuntimeConfigRequest['overrides']>,
): Promise<Settings> {
  const settings = settingsFor(given, cli, { overrides });
  const { models } = settings.config.llm;
  if (Object.keys(models).join() !== 'builtin' || settings.originOf(['llm', 'models', 'builtin']) !== 'default') return settings;
  const { fetchedLlm } = await import('../wiring/model-files.ts');
  const file = await fetchedLlm(settings.config);
  if (file === undefined) return settings;
  const model = llmSchema.parse({ models: { local: { provider: 'local', file } } }).models['local']!;
  return settingsFor(given, cli, { overrides, embedded: { name: 'local', model } });
}

/** CONFIG_INVALID with every problem. */
export function settingsFor(given: Given, cli: Cli, more: Pick<RuntimeConfigRequest, 'overrides' | 'embedded' | 'keys'>): Settings {
  const result = readSettings(given, cli, more);
  if (result.ok) return result;
  const { length } = result.problems;
  throw new NireonError('CONFIG_INVALID', `${length === 1 ? 'one setting is' : `${length} settings are`} not valid:`, {
    problems: result.problems,
  });
}
