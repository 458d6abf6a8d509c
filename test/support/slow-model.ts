import { writeFile } from 'node:fs/promises';

/** A table for `--model scripted:file`: three texts that differ and one judgement, each after so many milliseconds. */
export async function writeSlowModel(file: string, delayMs: number, judge: object = {}): Promise<string> {
  const vary = ['one', 'two', 'three'].map((word, ordinal) => ({
    ...{ name: 'vary', ordinal, delayMs },
    json: { title: `Idea ${word}`, text: `The ${word} way to do it: ${word} scales, ${word} signs and ${word} people who look at them.` },
  }));
  const grades = { objective: 3, constraints: 3, effect: 2, means: 3, effort: 2, risk: 3 };
  const answer = { name: 'judge', delayMs, json: { weaknesses: ['Thin.'], grades, rationale: 'As asked.' } };
  await writeFile(file, JSON.stringify([...vary, { ...answer, ...judge }]));
  return `scripted:${file}`;
}
