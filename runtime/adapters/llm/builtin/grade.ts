import type { Critique, Evidence, Grades } from '../../../domain/assessment.ts';
import { phrases } from '../../../domain/phrases.ts';
import { createRandom } from '../../../domain/random.ts';
import type { LlmCallParts } from '../../../ports/llm.ts';
import { materialOf } from './write.ts';

/** A crude stem: enough to see that "queues" and "queue" are one word. */
const stem = (word: string): string => word.toLowerCase().replace(/(?:ings?|ed|es|s|ly|er)$/u, '');
const words = (text: string): string[] => (text.slice(0, 20_000).match(/\p{L}[\p{L}'’-]*/gu) ?? []).map(stem);
const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/** Words that say how something is done, how large it is, and what happens when it goes wrong. */
const vocabulary = {
  means:
    /\b(?:because|so that|by|with|through|when|then|each|every|first|before|after|list|step|rule|sheet|check|turn|hand|keep|count|measure)\b/giu,
  effort: /\b(?:small|cheap|hour|minute|morning|week|already|at hand|one|nobody needs|simple|plain|volunteer|tiny|few|only)\b/giu,
  risk: /\b(?:if|unless|fail|fails|undo|undone|risk|test|trial|check|limit|ceiling|stop|stops|ends|beside|left as it was|wrong|insure|buffer)\b/giu,
  effect: /\b(?:percent|half|double|twice|whole|everyone|all|direct|directly|cause|peak|within|gains?|improves?|grows?)\b|\d+/giu,
};
const hits = (text: string, pattern: RegExp): number => new Set((text.match(pattern) ?? []).map((hit) => hit.toLowerCase())).size;
const grade = (x: number): number => Math.max(0, Math.min(4, Math.round(x)));

interface Measured {
  readonly grades: Grades;
  readonly covered: readonly string[];
  readonly missed: readonly string[];
  readonly means: number;
  readonly checks: number;
}

/** Measurable features of a text, as six grades. No understanding is claimed. */
function measure(parts: LlmCallParts): Measured {
  const text = materialOf(parts, 'idea').slice(0, 20_000);
  const own = new Set(words(text));
  const asked = [...new Set(phrases(parts.objective).flatMap(words))];
  const covered = asked.filter((word) => own.has(word));
  const goals = phrases(parts.objective).filter((phrase) => text.toLowerCase().includes(phrase));
  const onTopic = share(covered.length, asked.length);
  const sentences = text.split(/[.!?]+\s/u).filter((s) => s.trim() !== '').length;
  const means = hits(text, vocabulary.means);
  const effect = hits(text, vocabulary.effect);
  const ease = hits(text, vocabulary.effort);
  const checks = hits(text, vocabulary.risk);
  // A little of the effect's own dice, so that like texts do not all grade alike; the same call always grades the same.
  const random = createRandom(parts.effectId);
  const dice = (): number => (random.uniform() - 0.5) * 0.8;
  // What is not about the objective cannot serve it, however well it is made.
  const relevance = Math.min(1, 0.25 + 2 * onTopic);
  return {
    grades: {
      objective: grade(6 * onTopic + dice()),
      constraints: grade((1.2 * goals.length + 2 * onTopic) * relevance + dice()),
      effect: grade(0.9 * effect * relevance + dice()),
      means: grade((0.55 * means + 0.25 * sentences) * relevance + dice()),
      effort: grade((1 + 0.9 * ease) * relevance + dice()),
      risk: grade((0.3 + 0.9 * checks) * relevance + dice()),
    },
    covered,
    missed: asked.filter((word) => !own.has(word)),
    means,
    checks,
  };
}

export function gradeIdea(parts: LlmCallParts): Critique {
  const { grades, covered, missed, means, checks } = measure(parts);
  const weaknesses = [
    ...(grades.objective < 3 && missed.length > 0
      ? [
          `It does not speak of ${missed
            .slice(0, 3)
            .map((w) => `“${w}”`)
            .join(', ')}, which the objective names.`,
        ]
      : []),
    ...(grades.means < 3 ? ['How it would be done is said in few steps.'] : []),
    ...(grades.risk < 2 ? ['Nothing says what happens when it goes wrong.'] : []),
    ...(grades.effect < 2 ? ['How large the effect would be is left open.'] : []),
    'Only words were measured; nobody has understood it.',
  ];
  const rationale =
    `Measured by builtin, which is no language model: ${covered.length} of ${covered.length + missed.length} words of the objective occur, ` +
    `${means} kinds of words for means and order, ${checks} for checks and limits. The grades follow from these counts.`;
  return { weaknesses: weaknesses.slice(0, 3).map((w) => w.slice(0, 200)), grades, rationale };
}

/** What a result says of a claim, by its own `holds` field and nothing else. */
export function gradeEvidence(parts: LlmCallParts): Critique & { evidence: Evidence } {
  const result = materialOf(parts, 'result');
  const evidence: Evidence = /"holds"\s*:\s*true/.test(result)
    ? 'supports'
    : /"holds"\s*:\s*false/.test(result)
      ? 'refutes'
      : 'inconclusive';
  return { ...gradeIdea(parts), evidence };
}
