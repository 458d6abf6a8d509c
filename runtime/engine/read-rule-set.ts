import { NireonError } from '../domain/errors.ts';
import { type RuleSet, ruleSetSchema } from '../domain/rule-set.ts';
import type { Store } from '../ports/store.ts';

/** A stored rule set. RULE_SET_UNKNOWN, also where the digest names another kind of blob. */
export async function readRuleSet(store: Store, digest: string): Promise<RuleSet> {
  const blob = /^[0-9a-f]{64}$/.test(digest) ? await store.getBlob(digest) : undefined;
  const unknown = new NireonError('RULE_SET_UNKNOWN', `there is no rule set ${digest}`);
  if (blob === undefined) throw unknown;
  try {
    const parsed = ruleSetSchema.safeParse(JSON.parse(new TextDecoder().decode(blob)));
    if (parsed.success) return parsed.data;
  } catch {
    throw unknown;
  }
  throw unknown;
}
