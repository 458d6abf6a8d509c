import { z } from 'zod';
import { sayIssue } from '../../../platform/say-issue.ts';
import { parseConfigFile } from '../../../platform/config-file.ts';
import { didYouMean } from '../../../platform/did-you-mean.ts';
import { type Rule, ruleManifestSchema, ruleSchema } from '../../domain/rule-set.ts';
import { type Place, quoted, type RuleProblem, suggest } from './problem.ts';

export interface RuleFile {
  readonly name: string;
  readonly text: string;
}

/** A rule and where it was written: of a key of it, or of its beginning. */
export interface PlacedRule {
  readonly rule: Rule;
  readonly place: (...path: string[]) => Place;
}

export interface LoadedRules {
  readonly rules: readonly PlacedRule[];
  readonly terminal: readonly { readonly type: string; readonly place: Place }[];
  readonly problems: readonly RuleProblem[];
}

const looseManifestSchema = ruleManifestSchema.extend({ rules: z.array(z.unknown()).max(1000) });
const knownKeys = new Set([
  ...Object.keys(ruleManifestSchema.shape),
  ...Object.keys(ruleSchema.shape),
  ...Object.keys(ruleSchema.shape.opens.unwrap().shape),
]);

/** Reads manifests and merges them. A rule that is not valid is a problem and left out; the others are returned. Never throws. */
export function loadRules(files: readonly RuleFile[]): LoadedRules {
  const loaded = files.map(loadFile);
  const problems = loaded.flatMap((file) => file.problems);
  const rules = new Map<string, PlacedRule>();
  for (const placed of loaded.flatMap((file) => file.rules)) {
    const { id } = placed.rule;
    const first = rules.get(id)?.place('id');
    if (!first) rules.set(id, placed);
    else {
      const message = `the id is taken by a rule at ${first.file}:${first.line}; manifests are merged, never overridden: rename one`;
      problems.push({ ...placed.place('id'), rule: id, code: 'RULE_ID_DUPLICATE', message });
    }
  }
  return { rules: [...rules.values()], terminal: loaded.flatMap((file) => file.terminal), problems };
}

function loadFile({ name, text }: RuleFile): LoadedRules {
  const { layer, problems: unreadable } = parseConfigFile(name, text);
  // A file that is not YAML at all has a problem in each of its lines.
  const problems = unreadable
    .slice(0, 100)
    .map(({ path, message }): RuleProblem => ({ ...placeFrom(name, path), code: 'RULE_INVALID', message }));
  if (!layer) return { rules: [], terminal: [], problems };

  const placeOf = (path: readonly PropertyKey[]): Place => placeFrom(name, layer.originOf(path.map(String)));
  function tell(issues: readonly z.core.$ZodIssue[], above: readonly PropertyKey[], rule?: string): void {
    for (const issue of issues) {
      const path = [...above, ...issue.path];
      const add = (at: readonly PropertyKey[], message: string): void =>
        void problems.push({ ...placeOf(at), ...(rule === undefined ? {} : { rule }), code: 'RULE_INVALID', message });
      if (issue.code !== 'unrecognized_keys') add(path, `${path.slice(above.length).join('.') || 'it'}: ${issue.message}`);
      else for (const key of issue.keys) add([...path, key], `there is no key ${quoted(key)}${suggest(didYouMean(key, knownKeys))}`);
    }
  }

  const manifest = looseManifestSchema.safeParse(layer.value, { error: sayIssue });
  if (!manifest.success) {
    tell(manifest.error.issues, []);
    return { rules: [], terminal: [], problems };
  }
  const rules = manifest.data.rules.flatMap((value, i): PlacedRule[] => {
    const at = ['rules', String(i)];
    const rule = ruleSchema.safeParse(value, { error: sayIssue });
    if (rule.success) return [{ rule: rule.data, place: (...path) => placeOf([...at, ...path]) }];
    tell(rule.error.issues, at, idOf(value));
    return [];
  });
  const terminal = manifest.data.terminal.map((type, i) => ({ type, place: placeOf(['terminal', String(i)]) }));
  return { rules, terminal, problems };
}

const idOf = (value: unknown): string | undefined => {
  const id = ruleSchema.shape.id.safeParse((value as { id?: unknown } | undefined)?.id);
  return id.data;
};

/** A place as the reader of YAML tells it: `file:line`, or the file alone. */
function placeFrom(file: string, place: string): Place {
  const line = /^:(\d+)$/.exec(place.startsWith(file) ? place.slice(file.length) : '')?.[1];
  return { file, line: Number(line ?? 1) };
}
