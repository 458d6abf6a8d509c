import type { SchemaNode, Setting } from './settings.ts';

/** The settings as a Markdown table: key, default, unit, range, variable, what it does. */
export function settingsTable(settings: readonly Setting[]): string {
  const rows = settings.map((setting) => {
    const { path, node, variants, variable, required } = setting;
    const only = variants.length === 0 ? '' : ` (${variants.join(', ')})`;
    return [
      `\`${path}\`${only}`,
      required ? '*required*' : defaultOf(node),
      node.unit ?? '',
      rangeOf(node),
      variable === undefined ? '' : `\`${variable}\``,
      node.description ?? '',
    ];
  });
  const table = [['key', 'default', 'unit', 'range', 'variable', 'what it does'], Array<string>(6).fill('---'), ...rows];
  return table.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`).join('');
}

function defaultOf(node: SchemaNode): string {
  if (node.defaultText !== undefined) return node.defaultText;
  if (node.default === undefined) return 'none';
  if (Array.isArray(node.default)) return node.default.length === 0 ? 'none' : node.default.map((item) => `\`${String(item)}\``).join(', ');
  return `\`${typeof node.default === 'string' ? node.default : JSON.stringify(node.default)}\``;
}

/** What a value may be: its words, its bounds, its length. */
function rangeOf(node: SchemaNode): string {
  if (node.type === 'array' && node.items !== undefined) return `list of ${rangeOf(node.items)}`;
  if (node.enum !== undefined) return node.enum.map(String).join(', ');
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.type === 'boolean') return 'true, false';
  const { minimum, maximum } = node;
  if (minimum !== undefined || maximum !== undefined) {
    const most = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? ' and more' : `-${maximum}`;
    return `${minimum ?? ''}${most}${node.type === 'number' ? ' (decimals)' : ''}`;
  }
  if (node.maxLength !== undefined) return `${node.minLength ?? 0}-${node.maxLength} characters`;
  return node.pattern === undefined ? 'text' : `text like \`${node.pattern}\``;
}
