import { NireonError } from '../domain/errors.ts';
import type { Backend, Explorer } from './backend.ts';
import type { Client } from './client.ts';
import type { Cli, Given } from './command.ts';
import type { During } from './local-explorer.ts';

/** The server that is meant, if one is. */
export function serverOf(given: Given, cli: Cli): string | undefined {
  return given.text('server') ?? (cli.env['NIREON_SERVER'] || undefined);
}

export async function openClient(server: string, cli: Cli): Promise<Client> {
  const { createClient } = await import('./client.ts');
  return createClient({ server, token: cli.env['NIREON_TOKEN'] || undefined });
}

/** What a command reads or changes: the server, if one is meant, else the store here. `write` takes the store's lock. */
export async function openBackend(given: Given, cli: Cli, access: 'read' | 'write'): Promise<Backend> {
  const server = serverOf(given, cli);
  if (server !== undefined) return openClient(server, cli);
  return (await import('./local.ts')).openLocal(given, cli, access);
}

/** What begins sessions, the value of policy.model, and the sentence that says who answers. */
export async function openExplorer(given: Given, cli: Cli, during: During): Promise<{ explorer: Explorer; model: string | undefined }> {
  const server = serverOf(given, cli);
  if (server === undefined) return (await import('./local-explorer.ts')).openLocalExplorer(given, cli, during);
  const model = given.text('model');
  for (const name of ['base-url', 'price', 'db'] as const) {
    if (given.text(name) !== undefined)
      throw new NireonError('USAGE', `--${name} is for runs in this process; with --server the server's configuration holds`);
  }
  if (model?.includes(':') === true) {
    throw new NireonError('USAGE', 'with --server, --model names a key of the llm.models of that server');
  }
  const explorer = await openClient(server, cli);
  during.tell(`answers: ${model ?? 'the models'} of ${server}; choose another of its llm.models with --model`);
  return { explorer, model };
}
