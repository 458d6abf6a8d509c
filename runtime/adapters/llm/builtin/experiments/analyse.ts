import type { LlmCallParts } from '../../../../ports/llm.ts';
import { experiments, programOf, type Experiment } from './experiments.ts';
import { cut } from '../fit-text.ts';
import { materialOf, onOneLine } from '../material.ts';
import { sentencesOf } from '../language/noun-phrases.ts';

interface Decision {
  readonly decision: 'experiment' | 'none';
  readonly claim: string;
  readonly reason: string;
}

/** An experiment for a claim of one of the few kinds that this writer can simulate; else none, with the reason. */
export function decide(parts: LlmCallParts): Decision {
  const none = (reason: string): Decision => ({ decision: 'none', claim: '', reason });
  if (dialectsOf(parts).length === 0) return none('Nothing that can be run here is a dialect in which builtin writes programs.');
  for (const sentence of sentencesOf(materialOf(parts, 'idea'))) {
    const found = find(sentence);
    if (found !== undefined)
      return {
        decision: 'experiment',
        claim: cut(onOneLine(sentence), 500),
        reason: `A small simulation can contradict this figure. It assumes ${found.experiment.assumes}.`,
      };
  }
  return none('The idea makes no claim of the few kinds that builtin can simulate: waves, one line, samples, reserves.');
}

/**
 * A program that tests the claim and may come out either way. For a claim of a kind that it can't simulate, one that says so: its `holds` is
 * null, which is no evidence.
 */
export function writeProgram(parts: LlmCallParts): object {
  const dialects = dialectsOf(parts);
  // A program that was refused or failed is tried in the other dialect, if there is one.
  const dialect = (materialOf(parts, 'problems') === '' ? dialects[0] : dialects.at(-1)) ?? 'javascript';
  const found = find(materialOf(parts, 'claim'));
  return {
    dialect,
    code: found === undefined ? undecided(dialect) : programOf(found.experiment, dialect),
    entryPoint: 'main',
    inputs: found?.inputs ?? {},
    requirements: [],
    expects: {
      type: 'object',
      properties: { measured: { type: ['number', 'null'] }, wanted: { type: ['number', 'null'] }, holds: { type: ['boolean', 'null'] } },
      required: ['measured', 'wanted', 'holds'],
      additionalProperties: false,
    },
  };
}

function find(claim: string): { experiment: Experiment; inputs: Readonly<Record<string, number>> } | undefined {
  for (const experiment of experiments) {
    const match = experiment.pattern.exec(claim);
    if (match !== null) {
      const inputs = Object.fromEntries(experiment.figures.map((figure, i) => [figure, Math.max(1, Number(match[i + 1]))]));
      return { experiment, inputs };
    }
  }
  return undefined;
}

/** The dialects in which it can write, of those offered; both if nothing is said. */
function dialectsOf(parts: LlmCallParts): ('javascript' | 'python')[] {
  const offer = materialOf(parts, 'what can be run');
  const listed = /dialects?:([^\n]*)/iu.exec(offer)?.[1] ?? offer;
  return (['javascript', 'python'] as const).filter((dialect) => offer === '' || listed.includes(dialect));
}

const undecided = (dialect: string): string =>
  dialect === 'python'
    ? '# builtin cannot simulate this claim, so nothing is measured.\ndef main(inputs):\n    return {"measured": None, "wanted": None, "holds": None}\n'
    : '// builtin cannot simulate this claim, so nothing is measured.\nfunction main(inputs) {\n  return { measured: null, wanted: null, holds: null };\n}\n';
