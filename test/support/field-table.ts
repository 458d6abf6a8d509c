/** What the table reads of a structural schema. */
export interface FieldSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly additionalProperties?: FieldSchema;
  readonly items?: FieldSchema;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string; readonly message: string }[];
}

/** The fields of a structural schema as a Markdown table: path, default, what it may be, what it is. */
export function fieldTable(root: FieldSchema, path = ''): string {
  const table = [['field', 'default', 'may be', 'what it is'], Array<string>(4).fill('---'), ...rowsOf(root, path)];
  return table.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`).join('');
}

function rowsOf(node: FieldSchema, path: string): string[][] {
  return Object.entries(node.properties ?? {}).flatMap(([name, field]) => {
    const here = `${path}.${name}`;
    const standard = node.required?.includes(name) ? '*required*' : defaultOf(field);
    return [[`\`${here}\``, standard, rangeOf(field), field.description ?? ''], ...inside(field, here)];
  });
}

/** Fields of its own, of each entry of a map, of each item of a list. */
function inside({ additionalProperties, items, ...node }: FieldSchema, path: string): string[][] {
  if (additionalProperties !== undefined) return rowsOf(additionalProperties, `${path}.<name>`);
  return items === undefined ? rowsOf(node, path) : rowsOf(items, `${path}[]`);
}

/** Defaults of objects are those of their fields. */
const defaultOf = ({ default: standard }: FieldSchema): string =>
  standard === undefined || typeof standard === 'object' ? '' : `\`${JSON.stringify(standard).replaceAll('"', '')}\``;

function rangeOf(field: FieldSchema): string {
  if (field.enum !== undefined) return field.enum.join(', ');
  if (field['x-kubernetes-int-or-string']) return 'number or text';
  if (field['x-kubernetes-preserve-unknown-fields']) return 'anything';
  if (field.minimum !== undefined) return `${field.minimum} to ${field.maximum ?? 'any'}`;
  if (field.maxLength !== undefined) return `text, ${field.minLength ?? 0} to ${field.maxLength}`;
  if (field.maxItems !== undefined) return `list, at most ${field.maxItems}`;
  if (field.maxProperties !== undefined) return `map, at most ${field.maxProperties}`;
  return field.type === 'boolean' ? 'true, false' : field.type === 'string' ? 'text' : '';
}
