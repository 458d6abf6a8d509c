import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import type { ScriptEntry } from '../adapters/llm/scripted.ts';
import { NireonError } from '../domain/errors.ts';

/** The table of a scripted model (YAML or JSON). MODEL_MISSING, MODEL_INVALID. */
export async function readScript(file: string): Promise<readonly ScriptEntry[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    throw new NireonError('MODEL_MISSING', `the table of answers ${file} cannot be read (${String(code)}): correct its path`, {
      cause: error,
    });
  });
  let table: unknown;
  try {
    table = parse(text, { logLevel: 'silent', prettyErrors: false });
  } catch (error) {
    throw new NireonError('MODEL_INVALID', `the table of answers ${file} is neither YAML nor JSON: mend it`, { cause: error });
  }
  if (!Array.isArray(table) || !table.every((entry) => typeof entry === 'object' && entry !== null)) {
    throw new NireonError('MODEL_INVALID', `the table of answers ${file} must be a list of entries: mend it`);
  }
  return table as readonly ScriptEntry[];
}
