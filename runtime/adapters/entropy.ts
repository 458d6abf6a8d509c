import { randomBytes } from 'node:crypto';
import type { Entropy } from '../ports/entropy.ts';

/** The machine's randomness. */
export function createSystemEntropy(): Entropy {
  return { uniform: () => randomBytes(4).readUInt32LE() / 2 ** 32, bytes: (count) => randomBytes(count) };
}
