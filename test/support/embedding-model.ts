import { homedir } from 'node:os';
import { join } from 'node:path';
import { getModel } from '../../runtime/adapters/models/get.ts';
import { messageOf } from '../../runtime/domain/errors.ts';

export const embeddingModelName = 'all-MiniLM-L6-v2';

/**
 * The folder with the embedding model, fetched once a machine and shared by all tests. Where it can't be had: undefined, said on
 * stderr, so that the tests that need it are skipped; with CI set, an error.
 */
export async function embeddingModelDir(): Promise<string | undefined> {
  const folder = join(homedir(), '.cache/nireon/models');
  try {
    await getModel(embeddingModelName, { targetDir: folder });
    return folder;
  } catch (error) {
    if (process.env['CI']) throw error;
    process.stderr.write(`tests of the embedding model are skipped: ${messageOf(error)}\n`);
    return undefined;
  }
}
