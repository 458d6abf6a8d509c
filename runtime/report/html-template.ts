import { plainText } from './plain-text.ts';

/** Markup that may stand in a page as it is. Only `markup` makes it. */
export interface Html {
  readonly text: string;
}
type Piece = Html | string | number | undefined | false | readonly Piece[];

/** A template in which every value is escaped unless it is markup itself: nothing that a model wrote can become a tag or an attribute. */
export function markup(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  return { text: strings.reduce((text, part, i) => text + render(pieces[i - 1]) + part) };
}

/** A style sheet or another text of ours, as it is. */
export const trusted = (text: string): Html => ({ text });

function render(piece: Piece): string {
  if (piece === undefined || piece === false) return '';
  if (typeof piece === 'number') return String(piece);
  if (typeof piece === 'string') return escapeHtml(piece);
  if ('text' in piece) return piece.text;
  return piece.map(render).join('');
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;', '`': '&#96;' };

export function escapeHtml(text: string): string {
  return plainText(text).replace(/[&<>"'`]/g, (sign) => entities[sign]!);
}
