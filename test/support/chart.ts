import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { runHelm } from '../testbed/helm.ts';

export interface Rendered {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [key: string]: unknown;
}

export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

export const chart = join(import.meta.dirname, '../../helm');

export const readChart = (path: string): string => readFileSync(join(chart, path), 'utf8');

/** What the chart makes of these values, as release nireon-operator in namespace nireon-system; of another folder if said. */
export async function renderText(values: object = {}, folder = chart): Promise<string> {
  const set = Object.entries(values).flatMap(([key, value]) => ['--set-json', `${key}=${JSON.stringify(value)}`]);
  return runHelm(['template', 'nireon-operator', folder, '--namespace', 'nireon-system', ...set]);
}

/** The same, parsed; two equal keys in one mapping are an error. */
export async function render(values: object = {}, folder = chart): Promise<Rendered[]> {
  return parseAllDocuments(await renderText(values, folder)).flatMap((document) => {
    if (document.errors.length > 0) throw document.errors[0]!;
    const value = document.toJS() as Rendered | null;
    return value === null ? [] : [value];
  });
}
