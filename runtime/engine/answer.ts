import type { z } from 'zod';
import { mostNesting, unsoundIn } from '../domain/sound-json.ts';

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly string[] };

/**
 * Reads the answer of a model: the text as JSON, or the first JSON object in it that fits, if it is fenced or surrounded by words.
 * Anything out of range, missing or added is a problem: nothing is clamped, defaulted or guessed, and no word in the text means anything.
 */
export function parseAnswer<T>(text: string, schema: z.ZodType<T>): Parsed<T> {
  const candidates = jsonObjects(text);
  let problems: readonly string[] = [`the answer holds no JSON object that is nested at most ${mostNesting} deep`];
  for (const [index, candidate] of candidates.entries()) {
    const parsed = schema.safeParse(candidate);
    const unsound = unsoundIn(candidate);
    if (parsed.success && !unsound) return { ok: true, value: parsed.data };
    if (index > 0) continue;
    if (unsound) problems = [`${unsound.path}: ${unsound.message}`];
    if (parsed.error) problems = parsed.error.issues.slice(0, 10).map((issue) => `${issue.path.join('.') || '(root)'}: ${issue.message}`);
  }
  return { ok: false, problems };
}

/** Bounds the work that a hostile text can cause: each start is scanned once to its end. */
const mostStarts = 16;

/** The outermost JSON objects that stand in a text, in order. */
function jsonObjects(text: string): unknown[] {
  // JSON that is something else is an answer, and a wrong one: nothing is picked out of it.
  const whole = parse(text);
  if (whole !== undefined && (typeof whole !== 'object' || whole === null || Array.isArray(whole))) return [];
  const found: unknown[] = [];
  let start = text.indexOf('{');
  for (let tried = 0; start !== -1 && tried < mostStarts; tried++) {
    const end = objectEnd(text, start);
    const value = end === -1 ? undefined : parse(text.slice(start, end));
    if (value !== undefined) found.push(value);
    start = whole === undefined ? text.indexOf('{', value === undefined ? start + 1 : end) : -1;
  }
  return found;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Index after the brace that closes the one at `start`, those inside strings not counted; -1 if none does, or it goes too deep. */
function objectEnd(text: string, start: number): number {
  let nesting = 0;
  let inString = false;
  for (let i = start; i < text.length; i++) {
    const c = text[i];
    if (inString) {
      if (c === '\\') i++;
      else if (c === '"') inString = false;
    } else if (c === '"') inString = true;
    else if ((c === '{' || c === '[') && ++nesting > mostNesting) return -1;
    else if ((c === '}' || c === ']') && --nesting === 0) return i + 1;
  }
  return -1;
}
