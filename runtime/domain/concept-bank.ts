import { parse } from 'yaml';
import { z } from 'zod';
import { digestOf } from './canonical-json.ts';
import { messageOf, NireonError } from './errors.ts';

/** Fields of knowledge and concepts of each: what the explorer's directions and the catalyst's blends are made of. */
export const conceptBankSchema = z.strictObject({
  version: z.literal('nireon.concepts/v1'),
  domains: z
    .array(z.strictObject({ name: z.string().min(1).max(40), concepts: z.array(z.string().min(1).max(60)).min(1).max(256) }))
    .min(4)
    .max(64),
});
export type ConceptBank = z.infer<typeof conceptBankSchema>;

/** Names what a session pins: the same for equal banks, whatever file they stood in. */
export const bankDigest = (bank: ConceptBank): string => digestOf(bank);

/** Every concept in bank order: domains as they stand, then their concepts. */
export const bankOrder = (bank: ConceptBank): string[] => bank.domains.flatMap((domain) => domain.concepts);

/**
 * Reads a bank from the text of its YAML file. Each concept has one to three words in lower case and stands once in the whole bank, not
 * even as its own plural. CONFIG_INVALID with every problem, a line each, `name` in front.
 */
export function parseConceptBank(text: string, name: string): ConceptBank {
  const fail = (problems: readonly string[]): never => {
    throw new NireonError('CONFIG_INVALID', problems.map((problem) => `${name}: ${problem}`).join('\n'));
  };
  const read = conceptBankSchema.safeParse(yamlOf(text, fail));
  if (!read.success) return fail(read.error.issues.map((issue) => `${issue.path.join('.') || 'it'}: ${issue.message}`));
  const problems = [...repeatedNames(read.data), ...badConcepts(read.data)];
  return problems.length === 0 ? read.data : fail(problems);
}

function yamlOf(text: string, fail: (problems: readonly string[]) => never): unknown {
  try {
    return parse(text);
  } catch (error) {
    return fail([messageOf(error).split('\n')[0]!]);
  }
}

function repeatedNames({ domains }: ConceptBank): string[] {
  const names = domains.map((domain) => domain.name);
  return names.filter((name, i) => names.indexOf(name) !== i).map((name) => `the domain "${name}" stands twice`);
}

function badConcepts({ domains }: ConceptBank): string[] {
  const problems: string[] = [];
  const seen = new Map<string, string>();
  for (const { name, concepts } of domains) {
    for (const concept of concepts) {
      const place = `"${concept}" (${name})`;
      if (!/^\S+(?: \S+){0,2}$/u.test(concept)) problems.push(`${place} is not one to three words with single spaces between them`);
      if (concept !== concept.toLowerCase()) problems.push(`${place} is not in lower case`);
      const key = sense(concept);
      const other = seen.get(key);
      if (other !== undefined) problems.push(`${place} says the same as ${other}`);
      else seen.set(key, place);
    }
  }
  return problems;
}

/** Equal for singular and plural, and however words are joined: `wild cards`, `wild-card`, `wildcard`. */
const sense = (concept: string): string =>
  concept
    .toLowerCase()
    .split(/[\s-]+/u)
    .map((word) =>
      word
        .replace(/ies$/u, 'y')
        .replace(/(?<=[sxz]|[cs]h)es$/u, '')
        .replace(/(?<!s)s$/u, ''),
    )
    .join('');
