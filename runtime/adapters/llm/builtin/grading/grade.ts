import { criteria, type Critique, type Evidence, type Grades } from '../../../../domain/assessment.ts';
import type { LlmCallParts } from '../../../../ports/llm.ts';
import { cut } from '../fit-text.ts';
import { burdenSome, ease, ifs, kinds, order, tests, things, vague, wayBack } from './grade-words.ts';
import { materialOf, onOneLine, plain, wholeMaterialOf } from '../material.ts';
import { measure, type Measures } from './measure.ts';

/** A grade before rounding, what it was counted from, and what is weak about it. */
interface Counted {
  readonly value: number;
  readonly because: string;
  readonly weakness: string;
}

/** Grades an idea by what can be counted in it, and says for each criterion what was counted. No understanding is claimed. */
export function judge(parts: LlmCallParts): Critique {
  const idea = materialOf(parts, 'idea');
  const measured = measure({ objective: plain(parts.objective), idea, parentTitle: materialOf(parts, 'parent title') });
  const counted = count(idea, measured);
  const grades = Object.fromEntries(criteria.map((name) => [name, rounded(counted[name].value)])) as Grades;
  const worst = criteria.filter((name) => grades[name] < 4).sort((a, b) => counted[a].value - counted[b].value);
  const weaknesses = worst.slice(0, 3).map((name) => cut(counted[name].weakness, 200));
  const because = criteria.map((name) => `${name} ${grades[name]}: ${counted[name].because}`).join('; ');
  return {
    weaknesses: weaknesses.length > 0 ? weaknesses : ['Only words were counted; whether it would work in practice is not known.'],
    grades,
    rationale: cut(`Counted by builtin, no language model. ${because}.`, 600),
  };
}

/** As judge, with what the program's own `holds` says of the claim and nothing else. */
export function rejudge(parts: LlmCallParts): Critique & { evidence: Evidence } {
  const holds = holdsIn(wholeMaterialOf(parts, 'result'));
  const evidence: Evidence = holds === true ? 'supports' : holds === false ? 'refutes' : 'inconclusive';
  const before = judge(parts);
  const shift = { supports: 1, refutes: -1, inconclusive: 0 }[evidence];
  const moved = (grade: number): number => rounded(grade + shift);
  const grades = { ...before.grades, effect: moved(before.grades.effect), means: moved(before.grades.means) };
  return { ...before, grades, rationale: cut(`The program ${said[evidence]}. ${before.rationale}`, 600), evidence };
}

const said = {
  supports: 'found the claim to hold, so effect and means gain a point',
  refutes: 'found the claim not to hold, so effect and means lose a point',
  inconclusive: 'decided nothing',
} as const;

function holdsIn(result: string): unknown {
  try {
    return (JSON.parse(result) as { holds?: unknown } | null)?.holds;
  } catch {
    return undefined;
  }
}

const rounded = (value: number): number => Math.max(0, Math.min(4, Math.round(value)));
const part = (value: number, full: number): number => Math.min(1, value / full);

function count(idea: string, m: Measures): Record<(typeof criteria)[number], Counted> {
  const asked = m.covered.length + m.missing.length;
  const share = asked === 0 ? 0 : m.covered.length / asked;
  const [people, objects, acts, times] = [m.actors, kinds(idea, things) + m.counted, m.acts, kinds(idea, order)];
  const [easy, hard, wishes] = [kinds(idea, ease), kinds(idea, burdenSome), kinds(idea, vague)];
  const [conditions, ways, checks] = [kinds(idea, ifs), kinds(idea, wayBack), kinds(idea, tests)];
  const wish = 0.35 * Math.min(3, wishes);
  const means = 0.7 * part(people, 2) + 0.9 * part(objects, 3) + 0.9 * part(acts, 6) + 0.8 * part(times, 4) + 0.7 * part(m.figures, 3);
  const risk = 0.3 + 1.2 * part(conditions, 1) + 1.3 * part(ways, 3) + 1.2 * part(checks, 3);
  // To repeat the objective is not yet to serve it: half of the grade is for saying how.
  const topic = 0.6 * part(share, 0.75) + 0.25 * m.phraseShare + 0.15 * part(m.likeness, 0.4);
  const repeats = m.words > 25 && m.variety < 0.5;
  const objective = 4 * topic * (0.5 + 0.5 * part(means, 2.2)) * (repeats ? 0.6 : 1);
  // What is not about the objective cannot serve it; whether it can be done is another question, less sure in the same measure.
  const serves = Math.min(1, 0.25 + 1.6 * topic) * (repeats ? 0.5 : 1);
  const weight = Math.min(1, 0.5 + 1.1 * topic) * (repeats ? 0.5 : 1);
  return {
    objective: {
      value: objective,
      because: `${m.covered.length} of ${asked} words of the objective occur, likeness ${m.likeness.toFixed(2)}`,
      weakness: `It says nothing of ${quotedList(m.missing)}, which the objective names.`,
    },
    constraints: constraints(m, objective, serves),
    effect: {
      value: m.effect * serves - (m.parentLikeness > 0.75 ? 1 : 0) - wish / 2,
      because: `the clearest sentence about an effect counts ${m.effect.toFixed(1)} of 4`,
      weakness: 'No sentence says by how much, and in which direction, what the objective speaks of would change.',
    },
    means: {
      value: means * weight - wish,
      because: `words for ${people} kinds of people, ${objects} things, ${acts} acts, ${times} times, ${m.figures} figures`,
      weakness: people === 0 ? 'Nobody is named who would do it.' : 'Between who does something and what comes of it, steps are missing.',
    },
    effort: {
      value: (0.9 + 0.5 * Math.min(1, means / 2) + 0.65 * Math.min(4, easy) - 0.8 * hard) * weight - wish / 2,
      because: `${easy} signs of little effort, ${hard} of much`,
      weakness: hard > 0 ? 'It asks for much before anything can be seen.' : 'What it costs, in hours or money, is not said.',
    },
    risk: {
      value: risk * weight - wish / 2,
      because: `${conditions} conditions, ${ways} ways back, ${checks} checks`,
      weakness:
        conditions === 0
          ? 'Nothing is said of what happens if it does not work.'
          : 'How one would notice in time that it fails is left open.',
    },
  };
}

function constraints(m: Measures, objective: number, weight: number): Counted {
  if (m.limits.length === 0) {
    const value = (0.3 + 0.7 * objective + 1.1 * m.phraseShare) * weight;
    return {
      value,
      because: 'the objective sets no limit, its phrases stand in',
      weakness: 'Where, for whom and when the objective wants it is only touched.',
    };
  }
  const first = (state: string): string | undefined => m.limits.find((limit) => limit.state === state)?.clause;
  const [broken, open] = [first('broken'), first('open')];
  const kept = m.limits.filter((limit) => limit.state === 'kept').length / m.limits.length;
  const name = (clause: string): string => `“${cut(onOneLine(clause), 60)}”`;
  if (broken !== undefined)
    return {
      value: 0,
      because: `${name(broken)} is not kept`,
      weakness: `The objective says ${name(broken)}, and the text does it all the same.`,
    };
  return {
    value: (1.2 + 2.8 * kept) * weight,
    because: open === undefined ? `it speaks of ${name(m.limits[0]!.clause)}` : `nothing on ${name(open)}`,
    weakness: open === undefined ? 'The limit is named, but not how it is kept.' : `It does not say how it keeps to ${name(open)}.`,
  };
}

const quotedList = (words: readonly string[]): string =>
  words.length === 0
    ? 'some things'
    : words
        .slice(0, 3)
        .map((word) => `“${cut(word, 30)}”`)
        .join(', ');
