import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type PolicyRule, readChart, render } from '../support/chart.ts';
import { findHelm } from '../testbed/helm.ts';

const whereBuilt = findHelm() === undefined ? describe.skip : describe;
const root = join(import.meta.dirname, '../..');

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
}
const schema = JSON.parse(readChart('values.schema.json')) as Schema;
const defaults = parse(readChart('values.yaml')) as Record<string, unknown>;

/** A value a row: what has a description is one, what has none is opened. */
function rows({ properties = {} }: Schema, values: Record<string, unknown>, path = ''): string[] {
  return Object.entries(properties).flatMap(([key, each]) => {
    const value = values[key];
    if (each.description === undefined) return rows(each, value as Record<string, unknown>, `${path}${key}.`);
    return key in values ? [`| \`${path}${key}\` | \`${JSON.stringify(value)}\` | ${each.description} |`] : [];
  });
}
const leaves = (value: unknown): boolean => typeof value !== 'object' || value === null || Array.isArray(value);
const paths = (values: Record<string, unknown>, path = ''): string[] =>
  Object.entries(values).flatMap(([key, value]) =>
    leaves(value) || Object.keys(value as object).length === 0 ? [path + key] : paths(value as Record<string, unknown>, `${path}${key}.`),
  );

describe('the page of the chart', () => {
  const table = rows(schema, defaults);

  it('says of each value what it is and its default', () => {
    const page = readChart('README.md');
    expect(page.slice(page.indexOf('| value |'))).toBe(`| value | default | what it is |\n|---|---|---|\n${table.join('\n')}\n`);
  });

  it('leaves out no value', () => {
    const named = table.map((row) => row.split('`')[1]!);
    const unnamed = paths(defaults).filter((path) => !named.some((name) => path === name || path.startsWith(`${name}.`)));
    expect(unnamed).toEqual([]);
  });
});

/** One line a right: scope, resource with its group, names, verb. */
const rights = (scope: string, { apiGroups, resources, resourceNames = [''], verbs }: PolicyRule): string[] =>
  apiGroups.flatMap((group) =>
    resources.flatMap((resource) =>
      resourceNames.flatMap((name) =>
        verbs.map((verb) => `${scope}: ${verb} ${resource}${group && ` (${group})`}${name && ` named ${name}`}`),
      ),
    ),
  );

/** The same, of the tables of docs/security.md: each stands under the name of its role. */
function rightsOfPage(): string[] {
  const page = readFileSync(join(root, 'docs/security.md'), 'utf8');
  let scope = '';
  return page.split('\n').flatMap((line) => {
    scope = /`(?:<release>-)?([a-z-]+)`\)?:$/.exec(line)?.[1] ?? scope;
    const [, resources, , group, , name, verbs, why] =
      /^\| ([a-z/, ]+?)( \(([a-z0-9.]+)\))?( named ([a-z.-]+))? \| ([a-z, ]+) \| (.+) \|$/.exec(line) ?? [];
    if (resources === undefined || resources === 'resources' || verbs === undefined || why === undefined) return [];
    const names = name === undefined ? {} : { resourceNames: [name] };
    return rights(scope, { apiGroups: [group ?? ''], resources: resources.split(', '), verbs: verbs.split(', '), ...names });
  });
}

whereBuilt('the page of security', () => {
  it('explains each right that the chart gives, and no other', async () => {
    const objects = await render({ sandbox: { enabled: true, namespaces: [{ name: 'research-sandbox', for: 'research' }] } });
    const given = objects
      .filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role')
      .flatMap(({ metadata, rules }) =>
        (rules as PolicyRule[]).flatMap((rule) => rights(metadata.name.replace(/^nireon-operator-/, ''), rule)),
      );
    expect(given.length).toBeGreaterThan(80);
    expect(rightsOfPage().sort()).toEqual(given.sort());
  });

  it('is true in that no right has a wildcard, writes Secrets, runs in pods or makes roles', async () => {
    const objects = await render({ sandbox: { enabled: true, namespaces: [{ name: 'research-sandbox', for: 'research' }] } });
    const given = objects.flatMap(({ rules, metadata }) => ((rules ?? []) as PolicyRule[]).flatMap((rule) => rights(metadata.name, rule)));
    expect(given.filter((right) => right.includes('*'))).toEqual([]);
    expect(given.filter((right) => /(create|update|patch|delete) secrets|pods\/exec|escalate|impersonate/.test(right))).toEqual([]);
    expect(given.filter((right) => /(create|update|patch) (cluster)?roles /.test(right))).toEqual([]);
  });

  it('gives its rights to its own account alone, or to nobody by itself', async () => {
    const bindings = (await render()).filter(({ kind }) => kind.endsWith('RoleBinding'));
    expect(bindings.map(({ subjects }) => (subjects as { name: string }[]).map(({ name }) => name)).flat()).toEqual(
      expect.not.arrayContaining([expect.stringMatching(/^(?!nireon-operator(-test)?$)/)]),
    );
    const roles = new Set(bindings.map(({ roleRef }) => (roleRef as { name: string }).name));
    expect([...roles].sort()).toEqual(['cluster', 'lease', 'test', 'watched'].map((name) => `nireon-operator-${name}`));
  });
});
