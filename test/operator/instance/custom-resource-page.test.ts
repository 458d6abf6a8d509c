import { readFileSync, writeFileSync } from 'node:fs';
import { customResourceDefinition } from '../../../operator/crd.ts';
import { type FieldSchema, fieldTable } from '../../support/field-table.ts';

const page = new URL('../../../docs/custom-resource.md', import.meta.url);
const { versions } = customResourceDefinition()['spec'] as { versions: { schema: { openAPIV3Schema: FieldSchema } }[] };
const root = versions[0]!.schema.openAPIV3Schema;

/** Every rule of the API server's own language: the place that it looks at, and what it says. */
function rulesOf(node: FieldSchema, path: string): (readonly [string, string])[] {
  const own = (node['x-kubernetes-validations'] ?? []).map(({ message }) => [path, message] as const);
  const fields = Object.entries(node.properties ?? {}).flatMap(([name, field]) => rulesOf(field, path === '' ? name : `${path}.${name}`));
  return [...own, ...fields, ...(node.additionalProperties === undefined ? [] : rulesOf(node.additionalProperties, `${path}.<name>`))];
}

describe('docs/custom-resource.md', () => {
  it('has the tables that the resource gives; UPDATE_DOCS=1 writes them', () => {
    const rules = rulesOf(root, '').map(([path, message]) => `| ${path === '' ? 'the whole' : `\`${path}\``} | ${message} |\n`);
    const parts = {
      rules: `| where | what is said |\n| --- | --- |\n${rules.join('')}`,
      spec: fieldTable(root.properties!['spec']!, 'spec'),
      status: fieldTable(root.properties!['status']!, 'status'),
    };
    let text = readFileSync(page, 'utf8');
    for (const [name, table] of Object.entries(parts)) {
      const [before, , after] = text.split(new RegExp(`<!-- ${name} (?:begin|end) -->`));
      text = `${before}<!-- ${name} begin -->\n\n${table}\n<!-- ${name} end -->${after}`;
    }
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(page, text);
    expect(readFileSync(page, 'utf8')).toBe(text);
  });
});
