import type { BlockLimits, ProtoBlock } from './proto-block.ts';
import { protoBlockSchema } from './proto-block.ts';

/** What can be run, as a sandbox offers it. */
export interface BlockOffer {
  readonly dialects: readonly ProtoBlock['dialect'][];
  readonly packages: readonly string[];
  readonly maximum: BlockLimits;
}

// They turn the direction of the text around: what a reader sees is not what runs.
const hidden = /[\u202a-\u202e\u2066-\u2069]/u;

/** The static checks before a program runs: everything that speaks against it, empty if nothing does. Never runs or parses the code. */
export function blockProblems(block: unknown, offer: BlockOffer): string[] {
  const parsed = protoBlockSchema.safeParse(block);
  if (!parsed.success) return parsed.error.issues.slice(0, 10).map((issue) => `${issue.path.join('.') || 'block'}: ${issue.message}`);
  const { dialect, code, entryPoint, requirements, limits } = parsed.data;
  const problems: string[] = [];
  if (!offer.dialects.includes(dialect)) problems.push(`dialect: ${dialect} cannot be run here, only ${offer.dialects.join(', ')}`);
  for (const name of requirements)
    if (!offer.packages.includes(name)) problems.push(`requirements: ${name} is not installed; there are ${offer.packages.join(', ')}`);
  for (const key of ['cpuSeconds', 'memoryMiB', 'wallSeconds', 'outputKiB'] as const) {
    if (limits[key] > offer.maximum[key])
      problems.push(`limits.${key}: ${limits[key]} is more than the ${offer.maximum[key]} allowed here`);
  }
  if (code.includes('\0') || hidden.test(code)) problems.push('code: it holds NUL or text-direction characters');
  if (!code.includes(entryPoint)) problems.push(`entryPoint: the code does not define ${entryPoint}`);
  return problems;
}
