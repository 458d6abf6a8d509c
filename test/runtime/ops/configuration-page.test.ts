import { readFileSync, writeFileSync } from 'node:fs';
import { listSettings, schemaNodeOf } from '../../../platform/settings.ts';
import { settingsTable } from '../../../platform/settings-table.ts';
import { runtimeConfigSchema } from '../../../runtime/config.ts';

const page = new URL('../../../docs/configuration.md', import.meta.url);
const settings = listSettings(schemaNodeOf(runtimeConfigSchema), 'NIREON');

describe('docs/configuration.md', () => {
  it('has the table that the schema gives; UPDATE_DOCS=1 writes it', () => {
    const text = readFileSync(page, 'utf8');
    const [before, , after] = text.split(/<!-- settings (?:begin|end) -->/);
    const expected = `${before}<!-- settings begin -->\n\n${settingsTable(settings)}\n<!-- settings end -->${after}`;
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(page, expected);
    expect(readFileSync(page, 'utf8')).toBe(expected);
  });

  it('describes every key, and numbers with their bounds and unit', () => {
    for (const { path, node } of settings) {
      expect([path, (node.description ?? '').length > 3]).toEqual([path, true]);
      if (node.type !== 'integer' && node.type !== 'number') continue;
      expect([path, typeof node.minimum, typeof node.maximum]).toEqual([path, 'number', 'number']);
      if (/(Ms|Seconds|MiB|KiB|Bytes|Days|Tokens)$/.test(path)) expect([path, typeof node.unit]).toEqual([path, 'string']);
    }
  });

  it('gives every key of a fixed place a variable of its own', () => {
    const variables = settings.flatMap(({ variable }) => variable ?? []);
    expect(new Set(variables).size).toBe(variables.length);
    expect(variables).toEqual(
      expect.arrayContaining(['NIREON_STORE_SQLITE_FILE', 'NIREON_WORKER_LEASE_MS', 'NIREON_API_TOKEN', 'NIREON_ROLE']),
    );
  });
});
