import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Embedder } from '../../ports/embedder.ts';
import { mostWaiting, refusalOf } from './refusal.ts';

const dims = 384;
const longest = 20_000;

/** Signed hashes of words and word pairs: knows nothing of meaning. For tests only, and named so. */
export function createHashingEmbedder(): Embedder {
  const model = {
    name: 'hashing (for tests)',
    digest: createHash('sha256').update(`nireon hashing embedder 1 ${dims}`).digest('hex'),
    dims,
  };
  let closed = false;
  return {
    model,
    async embed(texts, { abort }) {
      // A turn later, so that nobody comes to rely on an answer that cannot be aborted.
      await setImmediate();
      const refusal = refusalOf(texts, { abort, ended: closed ? 'the embedder was closed' : undefined, room: mostWaiting });
      if (refusal) throw refusal;
      const words = texts.map(wordsOf);
      return {
        vectors: words.map(vectorOf),
        tokens: words.reduce((sum, list) => sum + list.length, 0),
        truncated: texts.map((text) => text.length > longest),
      };
    },
    health: async () => ({ ok: !closed, detail: model.name }),
    close: async () => void (closed = true),
  };
}

function wordsOf(text: string): string[] {
  const words = text
    .slice(0, longest)
    .normalize('NFKC')
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu);
  // A text without words still has its characters.
  return words ?? [...new Intl.Segmenter().segment(text.slice(0, 200))].map(({ segment }) => segment);
}

function vectorOf(words: readonly string[]): Float32Array {
  const sums = new Float64Array(dims);
  words.forEach((word, i) => {
    add(sums, word, 1);
    if (i > 0) add(sums, `${words[i - 1]!} ${word}`, 0.5);
  });
  const length = Math.sqrt(sums.reduce((sum, x) => sum + x * x, 0));
  // Opposite hashes may cancel out: then the text is where its length says.
  if (length === 0) return Float32Array.from({ length: dims }, (_, i) => (i === words.length % dims ? 1 : 0));
  return Float32Array.from(sums, (x) => x / length);
}

/** FNV-1a: which place, and which sign. */
function add(sums: Float64Array, feature: string, weight: number): void {
  let hash = 0x811c9dc5;
  for (let i = 0; i < feature.length; i++) hash = Math.imul(hash ^ feature.charCodeAt(i), 0x01000193);
  const place = (hash >>> 1) % sums.length;
  sums[place]! += hash & 1 ? weight : -weight;
}
