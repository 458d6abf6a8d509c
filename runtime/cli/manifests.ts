import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { messageOf, NireonError } from '../domain/errors.ts';

/** Rule manifests as texts with the names that problems call them by. USAGE for a file that cannot be read. */
export async function readManifests(files: readonly string[]): Promise<{ name: string; text: string }[]> {
  const sameNames = new Set(files.map((file) => basename(file))).size < files.length;
  return Promise.all(
    files.map(async (file) => {
      try {
        return { name: sameNames ? file : basename(file), text: await readFile(file, 'utf8') };
      } catch (error) {
        throw new NireonError('USAGE', `${file} cannot be read: ${messageOf(error)}`, { cause: error });
      }
    }),
  );
}
