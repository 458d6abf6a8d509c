import type { LlmCallParts } from '../../../ports/llm.ts';
import { materialOf } from './write.ts';

/** A claim is worth a program only where the text has a figure to test. */
export function decide(parts: LlmCallParts): { decision: 'experiment' | 'none'; claim: string; reason: string } {
  const sentence = materialOf(parts, 'idea')
    .split(/(?<=[.!?])\s+/u)
    .find((s) => /\d/.test(s));
  if (sentence === undefined || materialOf(parts, 'what can be run') === '') {
    return { decision: 'none', claim: '', reason: 'The text names no figure that a program could test.' };
  }
  return {
    decision: 'experiment',
    claim: sentence.slice(0, 500),
    reason: 'The text names a figure; a simulation with plain assumptions can contradict it.',
  };
}

/** A program that computes its figure by a fixed pseudo-random walk and says whether it holds. */
export function program(parts: LlmCallParts): object {
  const figure = Number(/\d+/.exec(materialOf(parts, 'claim'))?.[0] ?? 10);
  const python = materialOf(parts, 'what can be run').includes('python');
  return {
    dialect: python ? 'python' : 'javascript',
    entryPoint: 'main',
    code: python
      ? 'def main(inputs):\n    x, total = 12345, 0\n    for _ in range(1000):\n        x = (x * 1103515245 + 12345) % 2147483648\n        total += (x % 100) / 100\n    change = total / 10\n    return {"change": change, "holds": change >= inputs["figure"]}\n'
      : 'function main(inputs) {\n  let x = 12345, total = 0;\n  for (let i = 0; i < 1000; i++) {\n    x = (x * 1103515245 + 12345) % 2147483648;\n    total += (x % 100) / 100;\n  }\n  const change = total / 10;\n  return { change, holds: change >= inputs.figure };\n}\n',
    inputs: { figure },
    requirements: [],
    expects: {
      type: 'object',
      properties: { change: { type: 'number' }, holds: { type: 'boolean' } },
      required: ['change', 'holds'],
      additionalProperties: false,
    },
  };
}
