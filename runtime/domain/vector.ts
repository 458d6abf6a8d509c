/** Dot product in double precision, in index order: the same on every machine. Throws RangeError when the lengths differ. */
export function dot(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new RangeError(`vectors of ${a.length} and ${b.length} dimensions`);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/**
 * The dot product of each vector with `query`, bit for bit that of `dot`. Four sums side by side take half the time of one after another,
 * since each addition waits for the one before it. Throws RangeError when the lengths differ.
 */
export function dots(vectors: readonly Float32Array[], query: Float32Array | Float64Array): Float64Array {
  // One kind of array for the loop, exactly the same numbers.
  const wide = Float64Array.from(query);
  for (const vector of vectors)
    if (vector.length !== wide.length) throw new RangeError(`vectors of ${vector.length} and ${wide.length} dimensions`);
  const all = new Float64Array(vectors.length);
  for (let at = 0; at < vectors.length; at += 4) {
    const last = vectors.length - 1;
    const a = vectors[at]!;
    const b = vectors[Math.min(at + 1, last)]!;
    const c = vectors[Math.min(at + 2, last)]!;
    const d = vectors[Math.min(at + 3, last)]!;
    let [w, x, y, z] = [0, 0, 0, 0];
    for (let i = 0; i < wide.length; i++) {
      const q = wide[i]!;
      w += a[i]! * q;
      x += b[i]! * q;
      y += c[i]! * q;
      z += d[i]! * q;
    }
    // What lies beyond the end of a typed array is not kept.
    all[at] = w;
    all[at + 1] = x;
    all[at + 2] = y;
    all[at + 3] = z;
  }
  return all;
}

/** Little-endian bytes of the 32-bit floats, in base64. */
export function vectorToBase64(values: Float32Array): string {
  const bytes = Buffer.alloc(values.length * 4);
  for (let i = 0; i < values.length; i++) bytes.writeFloatLE(values[i]!, i * 4);
  return bytes.toString('base64');
}

/** The inverse, bit for bit. Throws RangeError when the bytes are no whole number of floats. */
export function vectorFromBase64(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length % 4 !== 0) throw new RangeError(`${bytes.length} bytes are no whole number of 32-bit floats`);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(i * 4));
}
