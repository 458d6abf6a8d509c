import { plainLine } from '../report/plain-text.ts';

export interface Column {
  readonly head: string;
  readonly align?: 'right';
  /** The one that is cut where the line is too long for the terminal. */
  readonly flexible?: boolean;
}

/** Columns two spaces apart; with a width the flexible one is cut so that no line is longer. Control characters are made visible. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], width?: number): string {
  const cells = rows.map((row) => row.map(plainLine));
  const widths = columns.map(({ head }, i) => Math.max(cellWidth(head), ...cells.map((row) => cellWidth(row[i]!))));
  const flexible = columns.findIndex((column) => column.flexible);
  if (width !== undefined && flexible >= 0) {
    const others = widths.reduce((sum, each, i) => (i === flexible ? sum : sum + each), 2 * (columns.length - 1));
    widths[flexible] = Math.min(widths[flexible]!, Math.max(12, width - others));
  }
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => {
        const cut = cutTo(cell, widths[i]!);
        const fill = ' '.repeat(Math.max(0, widths[i]! - cellWidth(cut)));
        return columns[i]!.align === 'right' ? fill + cut : cut + fill;
      })
      .join('  ')
      .trimEnd();
  return [columns.map(({ head }) => head), ...cells].map((row) => `${line(row)}\n`).join('');
}

const segments = new Intl.Segmenter('en', { granularity: 'grapheme' });
// East Asian Wide and Fullwidth, and emoji: two cells on a terminal (Unicode Standard Annex 11, in blocks).
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u;
const narrow = /^[\u0020-\u02ff]*$/;

/** Cells that a text takes on a terminal. */
export function cellWidth(text: string): number {
  if (narrow.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segments.segment(text)) width += wide.test(segment) ? 2 : /^[\p{Mn}\p{Me}\p{Cf}]*$/u.test(segment) ? 0 : 1;
  return width;
}

/** At most so many cells, with an ellipsis for what was cut. */
export function cutTo(text: string, width: number): string {
  if (cellWidth(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const { segment } of segments.segment(text)) {
    const next = cellWidth(segment);
    if (used + next > width - 1) break;
    kept += segment;
    used += next;
  }
  return `${kept.trimEnd()}…`;
}
