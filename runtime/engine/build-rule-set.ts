import { canonicalJson, sha256 } from '../domain/canonical-json.ts';
import { NireonError } from '../domain/errors.ts';
import type { Rule, RuleSet } from '../domain/rule-set.ts';
import type { SandboxOffer } from '../ports/sandbox.ts';
import type { Mechanism } from '../ports/mechanism.ts';

export interface RuleSetParts {
  readonly terminal: readonly string[];
  readonly rules: readonly Rule[];
  readonly mechanisms: ReadonlyMap<string, Mechanism>;
  /** mechanism → settings as configured; what is left out takes its default. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly offer: SandboxOffer | undefined;
}

/** What sessions pin, with its digest. CONFIG_INVALID when a mechanism's settings do not fit. */
export function buildRuleSet(parts: RuleSetParts): { ruleSet: RuleSet; digest: string; bytes: Uint8Array } {
  const config: RuleSet['config'] = {};
  const tasks: RuleSet['tasks'] = {};
  for (const [name, mechanism] of [...parts.mechanisms].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const parsed = mechanism.config.safeParse(parts.config[name] ?? {});
    if (!parsed.success) {
      const problems = parsed.error.issues.map((issue) => ({ path: [name, ...issue.path].join('.'), message: issue.message }));
      throw new NireonError('CONFIG_INVALID', `${problems[0]?.path ?? name}: ${problems[0]?.message ?? ''}`, { problems });
    }
    config[name] = parsed.data;
    tasks[name] = { ...mechanism.tasks };
  }
  const ruleSet: RuleSet = {
    version: 'nireon.rule-set/v1',
    terminal: [...parts.terminal],
    rules: [...parts.rules],
    config,
    ...(parts.offer ? { offer: { ...parts.offer, dialects: [...parts.offer.dialects], packages: [...parts.offer.packages] } } : {}),
    tasks,
  };
  const text = canonicalJson(ruleSet);
  return { ruleSet, digest: sha256(text), bytes: Buffer.from(text) };
}
