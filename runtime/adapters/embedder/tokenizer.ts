import { Tokenizer } from '@huggingface/tokenizers';

/** Its own types name files that TypeScript does not find under Node's rules. */
type Encoder = new (definition: object, config: object) => { encode(text: string): { readonly ids: readonly number[] } };

export interface Tokens {
  readonly ids: readonly number[];
  /** The text went on after `maxTokens`. */
  readonly truncated: boolean;
}

/** Changes whenever the same text and file may give other tokens: part of the embedder's digest. */
export const tokenizerRules = 'sigma, cjk beyond the bmp, own cut';

/** The ranges of the original, its gap before U+2B920 included. */
const cjkBeyondBmp = /[\u{20000}-\u{2A6DF}\u{2A700}-\u{2B81F}\u{2B920}-\u{2CEAF}\u{2F800}-\u{2FA1F}]/gu;

/**
 * Text to the token ids of a tokenizer.json (BERT's WordPiece), the closing mark included, at most `maxTokens`. Equal to Hugging Face's own
 * tokenizers, whose JavaScript edition differs in two things that are made good here: it lower-cases Σ by its place in the word, and it
 * does not set ideographs beyond the basic plane apart.
 */
export function createTokenizer(definition: object, maxTokens: number): (text: string) => Tokens {
  const tokenizer = new (Tokenizer as unknown as Encoder)(definition, {});
  const encode = (text: string) => tokenizer.encode(text).ids;
  const closing = encode('').at(-1)!;
  return (text) => {
    const clean = text.toWellFormed().replaceAll('\u03A3', '\u03C3').replace(cjkBeyondBmp, ' $& ');
    // No more is read than the cut needs: words do not see each other, so a text can be parted at any space.
    for (let reach = maxTokens * 8; ; reach *= 2) {
      const end = clean.length <= reach ? clean.length : clean.indexOf(' ', reach);
      const ids = encode(end < 0 ? clean : clean.slice(0, end));
      if (ids.length > maxTokens) return { ids: [...ids.slice(0, maxTokens - 1), closing], truncated: true };
      if (end < 0 || end === clean.length) return { ids, truncated: false };
    }
  };
}
