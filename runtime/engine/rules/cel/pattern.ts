import type { ASTNode } from '@marcbachmann/cel-js';
import { maxText } from './values.ts';

/*
 * The CEL library hands patterns to JavaScript's backtracking regular expressions, which can take exponential time. So a pattern must
 * stand in the rule as a plain text, and the paths that backtracking could try through it are counted before it is ever run.
 */
const maxLength = 200;
const token = /\\.|\[(?:\\.|[^\]\\])*\]|\(\?:|\(\?|[()|^$.]|[*+?]\??|\{(\d+)(,(\d*))?\}\??|[^]/gy;

/** Upper bound of the steps of one match over the longest text; or why the pattern is refused. */
export function patternCost(argument: ASTNode): number | string {
  const pattern = argument.op === 'value' ? argument.args : undefined;
  if (typeof pattern !== 'string') return 'matches() takes a pattern written as a plain text';
  if (pattern.length > maxLength) return `a pattern has at most ${maxLength} characters`;
  try {
    new RegExp(pattern);
  } catch {
    return `${JSON.stringify(pattern)} is not a regular expression`;
  }
  let anchored = pattern.startsWith('^');
  let paths = 1;
  let depth = 0;
  let steps = 0;
  let before = '';
  for (const [part, least, range, most] of pattern.matchAll(token)) {
    if (part === '(?' || /^\\[1-9k]/.test(part)) return 'a pattern may not use look-around, named groups or back-references';
    if (part === '|') {
      paths *= 2;
      anchored &&= depth > 0;
    } else if (part === '(' || part === '(?:') depth++;
    else if (part === ')') depth--;
    const ways = choices(part, least, range, most);
    if (ways !== undefined) {
      if (before === ')' && part[0] !== '?') return 'a group in a pattern may not be repeated';
      paths *= ways;
    }
    steps += least === undefined ? 1 : Number(least);
    before = part;
  }
  // Without an anchor every start is tried.
  return paths * steps * (anchored ? 1 : maxText);
}

/** How many lengths a quantifier can try; undefined for what is none. */
function choices(part: string, least: string | undefined, range: string | undefined, most: string | undefined): number | undefined {
  if (least !== undefined) {
    if (range === undefined) return 1;
    return most === '' || most === undefined ? maxText : Math.max(1, Number(most) - Number(least) + 1);
  }
  if (part === '?' || part === '??') return 2;
  return /^[*+]\??$/.test(part) ? maxText : undefined;
}
