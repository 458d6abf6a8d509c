import { endianness } from 'node:os';

/** JSON of a record, from which JSON.parse makes the same record again: -0 stays what it is. */
export function encode(value: unknown): string {
  return hasNegativeZero(value)
    ? JSON.stringify(value, (_key, part: unknown) => (Object.is(part, -0) ? minusZero : part))
    : JSON.stringify(value);
}

const minusZero = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON('-0');

function hasNegativeZero(value: unknown): boolean {
  if (typeof value === 'number') return Object.is(value, -0);
  if (typeof value !== 'object' || value === null) return false;
  for (const key in value) if (hasNegativeZero((value as Record<string, unknown>)[key])) return true;
  return false;
}

const swaps = endianness() === 'BE';

/** 32-bit floats, little-endian. */
export function vectorBytes(values: Float32Array): Uint8Array {
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return swaps ? Buffer.from(bytes).swap32() : bytes;
}

export function vectorOf(bytes: Uint8Array): Float32Array {
  const own = Buffer.from(Uint8Array.from(bytes).buffer);
  if (swaps) own.swap32();
  return new Float32Array(own.buffer, 0, own.length / 4);
}
