import { join } from 'node:path';
import { catalog, type CatalogModel } from './catalog.ts';
import { verifyFile } from './verify-file.ts';

export interface ListedModel {
  readonly name: string;
  readonly kind: CatalogModel['kind'];
  readonly says: string;
  readonly licence: string;
  /** Of its files, when they are there. */
  readonly bytes: number;
  readonly files: readonly string[];
  /** verified: every file is there with its pinned digest; damaged: not all of them are, or one is another. */
  readonly state: 'absent' | 'damaged' | 'verified';
}

/** The models that can be fetched, and how they stand in this folder. Reads every file there is: about a second a gigabyte. */
export async function listModels(folder: string): Promise<ListedModel[]> {
  return Promise.all(
    catalog.map(async (model) => {
      const { name, kind, says, licence, files } = model;
      const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
      return { name, kind, says, licence, bytes, files: files.map((file) => file.name), state: await stateOf(model, folder) };
    }),
  );
}

export async function stateOf({ files }: Pick<CatalogModel, 'files'>, folder: string): Promise<ListedModel['state']> {
  const states = new Set(await Promise.all(files.map((file) => verifyFile(join(folder, file.name), file))));
  if (states.size > 1) return 'damaged';
  return [...states][0]!;
}
