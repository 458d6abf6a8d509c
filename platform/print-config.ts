import { createRedactor } from './redact.ts';
import { nodeAt, type SchemaNode } from './settings.ts';

/**
 * A resolved configuration as YAML, one leaf a line with where it was said: `leaseMs: 3000  # nireon.yaml:4`. Secrets are masked: values
 * that the schema marks as such, and whatever else looks like one.
 */
export function printConfig(config: unknown, root: SchemaNode, originOf: (path: readonly string[]) => string): string {
  const redact = createRedactor([]);
  const lines: string[] = [];
  write(config, [], '');
  return lines.join('\n') + '\n';

  function write(value: unknown, path: readonly string[], indent: string): void {
    for (const [key, child] of Object.entries(value as Record<string, unknown>)) {
      const at = [...path, key];
      if (isSection(child)) {
        lines.push(`${indent}${key}:`);
        write(child, at, `${indent}  `);
      } else {
        const shown = nodeAt(root, at, config)?.secret === true ? '"********"' : redact(JSON.stringify(child));
        lines.push(`${indent}${key}: ${shown}  # ${originOf(at)}`);
      }
    }
  }
}

const isSection = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0;
