/** Makes a record one that nobody can change, its parts too. */
export function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) freeze(part);
  return value;
}

/** A frozen copy of a JSON value (and float vectors in it), as a database would keep it: the caller may go on with what it gave. */
export function keep<T>(value: T): T {
  return copied(value) as T;
}

function copied(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (ArrayBuffer.isView(value)) return (value as Float32Array).slice();
  if (Array.isArray(value)) return Object.freeze(value.map(copied));
  const copy: Record<string, unknown> = {};
  for (const [key, part] of Object.entries(value)) {
    if (part === undefined) continue;
    // Texts of models may hold any key, this one too.
    if (key === '__proto__') Object.defineProperty(copy, key, { value: copied(part), enumerable: true });
    else copy[key] = copied(part);
  }
  return Object.freeze(copy);
}
