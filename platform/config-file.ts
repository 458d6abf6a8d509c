import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';

/** Where a part of the configuration was said, and what. */
export interface ConfigLayer {
  readonly value: unknown;
  /** Names the place of a path or of its nearest parent: `nireon.yaml:4`, a variable, an option. */
  readonly originOf: (path: readonly string[]) => string;
}

export interface ConfigProblem {
  readonly path: string;
  readonly message: string;
}

const maxBytes = 1024 * 1024;
const maxNodes = 50_000;
/** No UTF-8 and no digest can carry it. */
const halfCharacter = 'holds half a character (a lone surrogate): write the whole one';

/**
 * Reads YAML (of which JSON is a part) into a layer that knows the line of each key. What cannot be read is a problem `file:line`, whose
 * words never quote the file: it may hold secrets. Never throws.
 */
export function parseConfigFile(file: string, text: string): { layer?: ConfigLayer; problems: ConfigProblem[] } {
  if (Buffer.byteLength(text) > maxBytes) return { problems: [{ path: file, message: 'is larger than 1 MiB' }] };
  const problems: ConfigProblem[] = [];
  const lines = new LineCounter();
  const origins = new Map<string, string>();
  const place = (offset: number): string => `${file}:${Math.max(1, lines.linePos(offset).line)}`;
  const tell = (offset: number, message: string): void => void problems.push({ path: place(offset), message });
  let left = maxNodes;

  function valueOf(node: Node | null, path: readonly string[]): unknown {
    if (left-- <= 0) throw new RangeError('too many nodes');
    if (node === null) return undefined;
    if (node.range) origins.set(path.join('\0'), place(node.range[0]));
    if (isAlias(node)) return valueOf(node.resolve(document) ?? null, path);
    if (isSeq(node)) return node.items.map((item, i) => valueOf(item as Node | null, [...path, String(i)]));
    if (isScalar(node) && typeof node.value === 'string' && !node.value.isWellFormed()) tell(node.range?.[0] ?? 0, halfCharacter);
    if (!isMap(node)) return isScalar(node) ? (node.value ?? undefined) : undefined;
    const value: Record<string, unknown> = {};
    for (const { key, value: child } of node.items as { key: Node; value: Node | null }[]) {
      const offset = key.range?.[0] ?? 0;
      const name = isScalar(key) && ['string', 'number', 'boolean'].includes(typeof key.value) ? String(key.value) : undefined;
      if (name === undefined) tell(offset, 'a key must be a plain word');
      else if (!name.isWellFormed()) tell(offset, halfCharacter);
      else if (['__proto__', 'constructor', 'prototype'].includes(name)) tell(offset, 'a key with this name is not a setting');
      else {
        value[name] = valueOf(child, [...path, name]);
        origins.set([...path, name].join('\0'), place(offset));
      }
    }
    return value;
  }

  const parse = (): ReturnType<typeof parseDocument> =>
    parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error', stringKeys: false });
  let document: ReturnType<typeof parseDocument>;
  let value: unknown;
  try {
    document = parse();
    for (const error of document.errors) tell(error.pos[0], `is not YAML: ${withoutQuotes(error.message)}`);
    if (problems.length === 0) value = valueOf(document.contents, []);
  } catch {
    return { problems: [{ path: file, message: 'is nested too deep or refers to itself' }] };
  }
  if (problems.length === 0 && value !== undefined && (typeof value !== 'object' || value === null || Array.isArray(value))) {
    problems.push({ path: `${file}:1`, message: 'must be a map of settings' });
  }
  if (problems.length > 0) return { problems };
  return {
    problems,
    layer: {
      value: value ?? {},
      originOf(path) {
        for (let n = path.length; n > 0; n--) {
          const origin = origins.get(path.slice(0, n).join('\0'));
          if (origin !== undefined) return origin;
        }
        return file;
      },
    },
  };
}

const withoutQuotes = (message: string): string => message.replace(/:?\s*"(?:[^"\\]|\\.)*"?/g, '').replace(/:?\s*'[^']*'?/g, '');
