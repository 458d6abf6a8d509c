import { keyOf, type KubeObject, type ObjectName } from './resource.ts';
import { isOlder } from './resource-version.ts';

/** What became of one object: both for a change, one for a coming or a going. */
export type StoreChange<T> =
  | { readonly before?: undefined; readonly after: T }
  | { readonly before: T; readonly after: T }
  | { readonly before: T; readonly after?: undefined };

/** Objects of one kind as last seen, for reading; a reflector writes it. Objects are shared: never change one. */
export interface StoreView<T extends KubeObject, Index extends string = string> {
  get(name: ObjectName): T | undefined;
  /** All objects that the index puts under the value. */
  by(index: Index, value: string): readonly T[];
  values(): IterableIterator<T>;
  readonly size: number;
  /** Called after each change, in order; gives what ends it. An object made anew under its name goes first, then comes. */
  onChange(listener: (change: StoreChange<T>) => void): () => void;
}

export interface Store<T extends KubeObject, Index extends string = string> extends StoreView<T, Index> {
  /** Ignores an object that is older than the one held, by its version. */
  put(object: T): void;
  remove(name: ObjectName): void;
  /** Makes the store hold these and nothing else; gives what differed. */
  replace(objects: readonly T[]): StoreChange<T>[];
}

/** Values under which an index finds an object. */
export type Indexer<T> = (object: T) => readonly string[];

export function createStore<T extends KubeObject, Index extends string = never>(
  indexers: Readonly<Record<Index, Indexer<T>>> = {} as Record<Index, Indexer<T>>,
): Store<T, Index> {
  const objects = new Map<string, T>();
  const names = Object.keys(indexers) as Index[];
  const indexes = new Map<Index, Map<string, Set<T>>>(names.map((name) => [name, new Map()]));
  const listeners = new Set<(change: StoreChange<T>) => void>();

  function unindex(object: T): void {
    for (const name of names) {
      const index = indexes.get(name)!;
      for (const value of indexers[name](object)) {
        const under = index.get(value);
        under?.delete(object);
        if (under?.size === 0) index.delete(value);
      }
    }
  }
  function index(object: T): void {
    for (const name of names) {
      const whole = indexes.get(name)!;
      for (const value of indexers[name](object)) {
        const under = whole.get(value);
        if (under === undefined) whole.set(value, new Set([object]));
        else under.add(object);
      }
    }
  }
  function tell(change: StoreChange<T>): StoreChange<T>[] {
    for (const listener of listeners) listener(change);
    return [change];
  }
  function removeKey(key: string): StoreChange<T>[] {
    const before = objects.get(key);
    if (before === undefined) return [];
    objects.delete(key);
    unindex(before);
    return tell({ before });
  }
  function putOne(object: T, evenOlder = false): StoreChange<T>[] {
    const key = keyOf(object.metadata);
    const before = objects.get(key);
    if (before !== undefined && before.metadata.uid === object.metadata.uid) {
      const { resourceVersion } = object.metadata;
      if (resourceVersion !== undefined && resourceVersion === before.metadata.resourceVersion) return [];
      if (!evenOlder && isOlder(resourceVersion, before.metadata.resourceVersion)) return [];
    }
    const gone = before !== undefined && before.metadata.uid !== object.metadata.uid ? removeKey(key) : [];
    const held = objects.get(key);
    if (held !== undefined) unindex(held);
    objects.set(key, object);
    index(object);
    return [...gone, ...tell(held === undefined ? { after: object } : { before: held, after: object })];
  }

  return {
    get: (name) => objects.get(keyOf(name)),
    by: (name, value) => [...(indexes.get(name)?.get(value) ?? [])],
    values: () => objects.values(),
    get size() {
      return objects.size;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    put: (object) => void putOne(object),
    remove: (name) => void removeKey(keyOf(name)),
    replace(all) {
      const kept = new Set(all.map(({ metadata }) => keyOf(metadata)));
      const gone = [...objects.keys()].filter((key) => !kept.has(key)).flatMap(removeKey);
      return [...gone, ...all.flatMap((object) => putOne(object, true))];
    },
  };
}
