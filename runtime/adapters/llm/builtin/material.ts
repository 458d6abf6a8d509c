import type { LlmCallParts } from '../../../ports/llm.ts';

/** No idea is longer; what others hand in is read this far. */
const longestText = 6_000;

/** The text under a label, read as plain data: without control characters, to 6,000 characters; empty if there is none. */
export const materialOf = (parts: Pick<LlmCallParts, 'material'>, label: string): string =>
  plain(wholeMaterialOf(parts, label).slice(0, longestText));

/** The text under a label as it stands; empty if there is none. */
export const wholeMaterialOf = (parts: Pick<LlmCallParts, 'material'>, label: string): string =>
  parts.material.find((piece) => piece.label === label)?.text ?? '';

/** Without control and invisible characters (line ends stay) and halves of surrogate pairs. */
export const plain = (text: string): string => text.toWellFormed().replace(/(?!\n)[\p{Cc}\p{Cf}\ufffd]/gu, ' ');

/** On one line, with single spaces, and without the marks that quote a phrase in a text of ours. */
export const onOneLine = (text: string): string => plain(text).replace(/[“”]/gu, '').replace(/\s+/gu, ' ').trim();

/** An idea as mechanisms hand it over: its title, a blank line, its text; a text alone has no title. */
export function readIdea(text: string): { title: string; body: string } {
  const gap = text.indexOf('\n\n');
  return gap > 0 && gap <= 160 ? { title: onOneLine(text.slice(0, gap)), body: text.slice(gap + 2) } : { title: '', body: text };
}
