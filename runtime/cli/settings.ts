import { loadRuntimeConfig, type RuntimeConfigRequest, type RuntimeConfigResult } from '../config.ts';
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
  const file = given.text('db');
  return loadRuntimeConfig({
    files: named.length > 0 ? named : fromVariable ? [fromVariable] : [],
    env: cli.env,
    ...more,
    overrides: [...(file === undefined ? [] : [{ name: '--db', value: { store: { sqlite: { file } } } }]), ...(more.overrides ?? [])],
  });
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
