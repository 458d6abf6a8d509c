import type { ScriptedReply } from '../../runtime/adapters/llm/scripted.ts';
import type { LlmRequest } from '../../runtime/ports/llm.ts';

/** Three grades of 0..4 that sum to `total` (0..12). */
function split(total: number): [number, number, number] {
  const first = Math.min(4, total);
  const second = Math.min(4, total - first);
  return [first, second, total - first - second];
}

/** A critique whose align grades sum to `a` and whose feas grades sum to `f`. */
export function critique(a: number, f: number, more: object = {}): object {
  const [objective, constraints, effect] = split(a);
  const [means, effort, risk] = split(f);
  return {
    weaknesses: ['It is only a fixture.'],
    grades: { objective, constraints, effect, means, effort, risk },
    rationale: 'The grades were asked for.',
    ...more,
  };
}

/** What the script of the fixture may know of the idea that is judged: `An idea of round R, index I, depth D, …` */
export interface Told {
  readonly round: number;
  readonly index: number;
  readonly depth: number;
}

const shape = /An idea of depth (\d+), index (\d+)/;
export const told = (request: LlmRequest): Told => {
  const text = request.parts.material.find((m) => m.label === 'idea')?.text ?? '';
  const [, depth = '0', index = '0'] = shape.exec(text) ?? [];
  return { round: Number(depth), depth: Number(depth), index: Number(index) };
};

/** Writes distinct texts that name no concept; judges by `grade`. In breadth the depth of an idea is its round. */
export function fixtureScript(
  grade: (of: Told, request: LlmRequest) => { a: number; f: number } | ScriptedReply,
): (request: LlmRequest) => ScriptedReply | undefined {
  return (request) => {
    const { name, ordinal, material } = request.parts;
    if (name === 'vary') {
      const seed = material.find((m) => m.label === 'seed')?.text ?? '';
      const depth = Number(shape.exec(seed)?.[1] ?? 0) + 1;
      const index = ordinal;
      return {
        json: { title: `Idea ${depth} ${index}`, text: `An idea of depth ${depth}, index ${index}, grown by ${request.parts.effectId}.` },
      };
    }
    if (name === 'blend') {
      const idea = material.find((m) => m.label === 'idea')?.text ?? '';
      const concept = (material.find((m) => m.label === 'toward')?.text ?? '').split(',')[0];
      const depth = Number(shape.exec(idea)?.[1] ?? 0) + 1;
      return {
        json: {
          title: `Blend ${depth}`,
          text: `An idea of depth ${depth}, index 0, blended with ${concept} by ${request.parts.effectId}.`,
        },
      };
    }
    if (name === 'judge') {
      const answer = grade(told(request), request);
      return 'a' in answer ? { json: critique(answer.a, answer.f) } : answer;
    }
    return undefined;
  };
}
