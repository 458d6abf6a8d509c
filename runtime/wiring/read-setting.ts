import { readFile } from 'node:fs/promises';
import { NireonError } from '../domain/errors.ts';

/** Content of a file that a setting names. CONFIG_INVALID where it cannot be read. */
export async function readSetting(file: string, key: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new NireonError('CONFIG_INVALID', `${key}: ${file} cannot be read (${String((error as { code?: unknown }).code)})`, {
      cause: error,
    });
  }
}
