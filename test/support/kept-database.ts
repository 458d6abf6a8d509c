import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSqliteStore } from '../../runtime/adapters/store/sqlite/index.ts';
import { digestOf } from '../../runtime/domain/canonical-json.ts';
import { type CliRun, runCli, startCli } from './run-cli.ts';
import { readSession } from './session-facts.ts';

export const question = ['--objective', 'Halve the food that a canteen throws away.', '--seed', 'Weigh what comes back on the trays.'];

export interface KeptDatabase {
  readonly folder: string;
  /** A database with one finished session, `ses_kept`; `./nireon.db` of the folder. */
  readonly file: string;
  /** The command line in that folder, with word hashes for an embedder. */
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<{ code: number | null; out: string; err: string }>;
  start(args: readonly string[], env?: Readonly<Record<string, string>>): CliRun;
  /** A copy to spoil. */
  copy(name: string): Promise<string>;
  /** All that is recorded of a session, as a digest: two are equal if nothing was lost, added or changed between them. */
  recorded(id?: string, file?: string): Promise<string>;
  remove(): Promise<void>;
}

/** What users have to lose: a folder with a database in which a session was explored. */
export async function keptDatabase(): Promise<KeptDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'nireon-kept-'));
  const file = join(folder, 'nireon.db');
  const options = (env: Readonly<Record<string, string>> = {}) => ({ cwd: folder, env: { NIREON_EMBEDDER_PROVIDER: 'hashing', ...env } });
  const run: KeptDatabase['run'] = (args, env) => runCli(args, options(env));
  const { code, err } = await run(['explore', ...question, '--depth', '1', '--id', 'ses_kept', '--quiet']);
  if (code !== 0) throw new Error(`the session to keep ended with ${String(code)}: ${err}`);
  return {
    ...{ folder, file, run },
    start: (args, env) => startCli(args, options(env)),
    async copy(name) {
      const copied = join(folder, name);
      await copyFile(file, copied);
      return copied;
    },
    async recorded(id = 'ses_kept', from = file) {
      const store = await createSqliteStore({ file: from, readOnly: true });
      try {
        const { session, frames, signals, work, journal, spent } = await readSession(store, id);
        return digestOf({ session, frames, signals, work, journal, spent });
      } finally {
        await store.close();
      }
    },
    remove: () => rm(folder, { recursive: true }),
  };
}

/** Lines of a stack as V8 writes them, bare or inside JSON. */
export const stackLine = /(^|\\n|\n)\s+at .*[:(]\d+:\d+/;
