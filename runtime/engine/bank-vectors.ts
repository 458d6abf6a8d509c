import { canonicalJson, digestOf } from '../domain/canonical-json.ts';
import { conceptBankSchema, type ConceptBank } from '../domain/concept-bank.ts';
import { NireonError } from '../domain/errors.ts';
import type { Pins } from '../domain/session.ts';
import type { Embedder } from '../ports/embedder.ts';
import type { BankDomain } from '../ports/mechanism.ts';
import type { Store } from '../ports/store.ts';

/** Name of the vectors of a bank under an embedding model: made once for a store, first write wins. */
export const bankVectorsKey = (bank: string, embedder: string): string => digestOf(['bank-vectors', bank, embedder]);

/**
 * Stores a concept bank and its vectors, computing them if nobody has before; never charged to a session. Returns the bank's digest.
 * `shipped` are vectors made before for this very bank and model.
 */
export async function storeBank(
  store: Pick<Store, 'putBlob' | 'getBlob'>,
  bank: ConceptBank,
  embedder: Embedder,
  options: { abort: AbortSignal; shipped?: Uint8Array },
): Promise<string> {
  const digest = digestOf(bank);
  await store.putBlob(digest, Buffer.from(canonicalJson(bank)));
  const key = bankVectorsKey(digest, embedder.model.digest);
  if (await store.getBlob(key)) return digest;
  const texts = bank.domains.flatMap((domain) => domain.concepts);
  await store.putBlob(key, options.shipped ?? (await embedAll(texts, embedder, options.abort)));
  return digest;
}

const batch = 256;

async function embedAll(texts: readonly string[], embedder: Embedder, abort: AbortSignal): Promise<Uint8Array> {
  const bytes = new Uint8Array(texts.length * embedder.model.dims * 4);
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (let i = 0; i < texts.length; i += batch) {
    const { vectors } = await embedder.embed(texts.slice(i, i + batch), { abort, deadlineMs: 120_000 });
    for (const vector of vectors) for (const value of vector) view.setFloat32((offset += 4) - 4, value, true);
  }
  return bytes;
}

/** The bank that a session pins, with its vectors. */
export async function readBankVectors(
  store: Pick<Store, 'getBlob'>,
  pins: Pick<Pins, 'bank' | 'embedder'>,
): Promise<readonly BankDomain[]> {
  const [text, bytes] = await Promise.all([store.getBlob(pins.bank), store.getBlob(bankVectorsKey(pins.bank, pins.embedder))]);
  if (!text || !bytes) throw new NireonError('STORE_REFERENCE_UNKNOWN', `concept bank ${pins.bank} is not stored with its vectors`);
  const bank = conceptBankSchema.parse(JSON.parse(Buffer.from(text).toString('utf8')));
  const count = bank.domains.reduce((sum, domain) => sum + domain.concepts.length, 0);
  const dims = bytes.length / 4 / count;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  return bank.domains.map(({ name, concepts }) => {
    const placed = concepts.map((concept) => {
      const vector = Float32Array.from({ length: dims }, () => view.getFloat32((offset += 4) - 4, true));
      return { text: concept, vector };
    });
    return { name, concepts: placed, centroid: normalisedMean(placed.map((concept) => concept.vector)) };
  });
}

function normalisedMean(vectors: readonly Float32Array[]): Float32Array {
  const sums = new Float64Array(vectors[0]?.length ?? 0);
  for (const vector of vectors) for (const [i, value] of vector.entries()) sums[i]! += value;
  const length = Math.sqrt(sums.reduce((sum, x) => sum + x * x, 0)) || 1;
  return Float32Array.from(sums, (x) => x / length);
}
