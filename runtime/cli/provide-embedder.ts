import { basename } from 'node:path';
import type { RuntimeConfig } from '../config.ts';
import { hasCode, NireonError } from '../domain/errors.ts';
import { fetchModel, hasModelFile } from '../wiring/model-files.ts';
import type { Cli, Given } from './command.ts';
import { createFetchProgress } from './fetch-progress.ts';

const tryOut = 'for a try without it, set NIREON_EMBEDDER_PROVIDER=hashing: nearness of ideas then means little';

/**
 * The first run fetches the embedding model, telling how far it is; with --offline it says what is missing (MODEL_MISSING). A file of the
 * user's own is never fetched.
 */
export async function provideEmbedder(given: Given, cli: Cli, config: RuntimeConfig, abort: AbortSignal): Promise<void> {
  const { embedder, models } = config;
  if (embedder.provider !== 'onnx' || (await hasModelFile(config, embedder.file))) return;
  const name = basename(embedder.file, '.onnx');
  if (given.has('offline')) {
    throw new NireonError(
      'MODEL_MISSING',
      `the embedding model ${embedder.file} is not in ${models.dir}; fetch it with "nireon models get ${name}"; ${tryOut}`,
    );
  }
  const progress = createFetchProgress(given.has('quiet') ? { ...cli, err: () => undefined } : cli, `the embedding model ${name}`);
  try {
    await fetchModel(config, name, { onProgress: progress.see, signal: abort });
  } catch (error) {
    // Not of the catalogue: a file of the user's own, which the engine will name.
    if (hasCode(error, 'USAGE')) return;
    if (hasCode(error, 'MODEL_DOWNLOAD_FAILED')) {
      throw new NireonError('MODEL_DOWNLOAD_FAILED', `the embedding model ${name} cannot be fetched: ${error.message}; ${tryOut}`, {
        cause: error,
      });
    }
    throw error;
  } finally {
    progress.stop();
  }
}
