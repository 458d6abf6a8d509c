/** No answer, request or result comes near it; whatever checks or digests a value goes down into it. */
export const mostNesting = 64;

export interface Unsound {
  readonly path: string;
  readonly message: string;
}

/**
 * What makes a JSON value from outside unfit to be kept, the first that is found: half a character in a string or key (a lone surrogate,
 * which no UTF-8 and no digest can carry), or nesting beyond `mostNesting`. Absent if nothing does. Goes no deeper than that itself.
 */
export function unsoundIn(value: unknown, path = '', depth = 0): Unsound | undefined {
  const at = path || '(root)';
  if (typeof value === 'string')
    return value.isWellFormed() ? undefined : { path: at, message: 'holds half a character (a lone surrogate)' };
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth >= mostNesting) return { path: at, message: `is nested more than ${mostNesting} deep` };
  for (const [key, item] of Object.entries(value)) {
    const inner = `${path}${path && '.'}${key.toWellFormed()}`;
    const found = unsoundIn(item, inner, depth + 1) ?? (key.isWellFormed() ? undefined : unsoundIn(key, inner));
    if (found) return found;
  }
  return undefined;
}
