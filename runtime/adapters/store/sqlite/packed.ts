import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { encode } from '../encoding.ts';

const largeFrom = 256 * 1024;

/** JSON for a column: compressed where it is large, null where there is none. */
export function pack(value: unknown): string | Uint8Array | null {
  if (value === undefined) return null;
  const text = encode(value);
  return text.length > largeFrom ? zstdCompressSync(text) : text;
}

export function unpack(kept: string | Uint8Array): unknown {
  return JSON.parse(typeof kept === 'string' ? kept : zstdDecompressSync(kept).toString('utf8'));
}
