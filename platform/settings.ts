import { z } from 'zod';

/** A node of the JSON schema that zod writes, as far as settings need it; `unit` and `secret` come from `.meta()`. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly unit?: string;
  readonly secret?: boolean;
  /** What stands in the documentation where the default is worked out. */
  readonly defaultText?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | SchemaNode;
  readonly items?: SchemaNode;
  readonly oneOf?: readonly SchemaNode[];
  readonly anyOf?: readonly SchemaNode[];
}

/** One key of a configuration. */
export interface Setting {
  /** `<name>` stands for a key of the user's choice, `[]` for each element of a list. */
  readonly path: string;
  readonly node: SchemaNode;
  /** The environment variable that sets it; only what has one place has one. */
  readonly variable?: string;
  readonly required: boolean;
  /** In a union: the values of the discriminating key for which this one exists. */
  readonly variants: readonly string[];
}

export const schemaNodeOf = (schema: z.ZodType): SchemaNode => z.toJSONSchema(schema, { io: 'input' }) as SchemaNode;

/** NIREON and worker.leaseMs give NIREON_WORKER_LEASE_MS. */
export function variableName(prefix: string, path: readonly string[]): string {
  return [prefix, ...path.map((key) => key.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replaceAll('-', '_'))].join('_').toUpperCase();
}

/** Every key of a schema in its own order: sections are walked, leaves are listed. */
export function listSettings(root: SchemaNode, prefix: string): Setting[] {
  const found: Setting[] = [];
  walk(root, [], true, []);
  return merged(found);

  function walk(
    said: SchemaNode,
    path: readonly string[],
    fixed: boolean,
    variants: readonly string[],
    required = false,
    above?: string,
  ): void {
    // A key without words of its own is described by those of its section.
    const description = said.description ?? above;
    const node = description === undefined ? said : { ...said, description };
    const branches = branchesOf(node);
    if (branches !== undefined) {
      for (const branch of branches) walk(branch, path, false, variantsOf(branch));
    } else if (node.properties !== undefined) {
      const own = node.properties;
      for (const [key, child] of Object.entries(own))
        walk(child, [...path, key], fixed, variants, node.required?.includes(key) ?? false, description);
    } else if (typeof node.additionalProperties === 'object' && isSection(node.additionalProperties)) {
      walk(node.additionalProperties, [...path, '<name>'], false, variants);
    } else if (node.items !== undefined && isSection(node.items)) {
      walk(node.items, [...path.slice(0, -1), `${path.at(-1) ?? ''}[]`], false, variants);
    } else {
      found.push({ path: path.join('.'), node, required, variants, ...(fixed ? { variable: variableName(prefix, path) } : {}) });
    }
  }
}

const isSection = (node: SchemaNode): boolean => node.properties !== undefined || branchesOf(node) !== undefined;

/** The alternatives of a union of sections; a union of plain values is a leaf. */
function branchesOf(node: SchemaNode): readonly SchemaNode[] | undefined {
  const branches = node.oneOf ?? node.anyOf;
  return branches?.every((branch) => branch.properties !== undefined || branchesOf(branch) !== undefined) ? branches : undefined;
}

/** The values that a branch of a union says for its discriminating key: the first key that has fixed values. */
function variantsOf(branch: SchemaNode): readonly string[] {
  const node = Object.values(branch.properties ?? {}).find((child) => child.const !== undefined || child.enum !== undefined);
  return node === undefined ? [] : (node.enum ?? [node.const]).map(String);
}

/** The same key in several branches of a union, said once where it is the same. */
function merged(settings: readonly Setting[]): Setting[] {
  const rows = new Map<string, Setting>();
  for (const setting of settings) {
    const { variants, ...rest } = setting;
    const id = JSON.stringify(rest);
    rows.set(id, { ...rest, variants: [...(rows.get(id)?.variants ?? []), ...variants] });
  }
  return [...rows.values()];
}

/** The node at a path of a value, following the branch of a union that the value chose; undefined where the schema knows none. */
export function nodeAt(root: SchemaNode, path: readonly string[], value: unknown): SchemaNode | undefined {
  let node: SchemaNode | undefined = chosen(root, value);
  let at = value;
  for (const key of path) {
    at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined;
    const next: boolean | SchemaNode | undefined = node?.items ?? node?.properties?.[key] ?? node?.additionalProperties;
    if (typeof next !== 'object') return undefined;
    node = chosen(next, at);
  }
  return node;
}

function chosen(node: SchemaNode, value: unknown): SchemaNode {
  const branches = branchesOf(node);
  if (branches === undefined) return node;
  const said = typeof value === 'object' && value !== null ? Object.values(value) : [];
  return branches.find((branch) => variantsOf(branch).some((variant) => said.includes(variant))) ?? branches[0]!;
}
