import { access } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { GetModelOptions, GotModel } from '../adapters/models/get.ts';
import type { ListedModel } from '../adapters/models/list.ts';
import type { RuntimeConfig } from '../config.ts';

/** Every model that can be fetched, and how it stands in the folder of the settings. */
export async function listModels({ models }: RuntimeConfig): Promise<ListedModel[]> {
  return (await import('../adapters/models/list.ts')).listModels(models.dir);
}

/** A language model comes with what runs it. USAGE for an unknown name, MODEL_DOWNLOAD_FAILED, MODEL_INVALID, EFFECT_ABORTED. */
export async function fetchModel(
  { models }: RuntimeConfig,
  name: string,
  options: Pick<GetModelOptions, 'onProgress' | 'signal'>,
): Promise<GotModel> {
  const { catalogModel } = await import('../adapters/models/catalog.ts');
  const got = await (await import('../adapters/models/get.ts')).getModel(name, { ...options, targetDir: models.dir });
  if (catalogModel(name).kind !== 'llm') return got;
  const { installLlamaPackage } = await import('../adapters/llm/install-llama-package.ts');
  const installed = await installLlamaPackage(llamaFolder(models.dir), { signal: options.signal });
  return { ...got, fetched: got.fetched || installed };
}

/** Where node-llama-cpp is put: among the models, so that what was fetched for this machine lies in one place. */
export const llamaFolder = (modelsFolder: string): string => join(modelsFolder, 'node-llama-cpp');

/** File of a language model that was fetched, if one was. */
export async function fetchedLlm(config: RuntimeConfig): Promise<string | undefined> {
  const { catalog } = await import('../adapters/models/catalog.ts');
  for (const { kind, files } of catalog) if (kind === 'llm' && (await hasModelFile(config, files[0]!.name))) return files[0]!.name;
  return undefined;
}

/** Whether a model file of the settings is where they say. */
export async function hasModelFile({ models }: Pick<RuntimeConfig, 'models'>, file: string): Promise<boolean> {
  return access(modelFile(models.dir, file)).then(
    () => true,
    () => false,
  );
}

/** Where a model file of the settings is. */
export const modelFile = (folder: string, file: string): string => (isAbsolute(file) ? file : join(folder, file));
