/* eslint-disable no-control-regex -- finding them is what this file is for */

/**
 * Text from models and strangers, made harmless to look at: control characters (terminal escapes among them) as visible signs, marks that
 * override the direction of what follows and lone surrogates as U+FFFD, invisible tag characters gone. Line breaks and tabs stay.
 */
export function plainText(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?|[\u2028\u2029\u0085]/g, '\n')
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, (sign) => String.fromCharCode(0x2400 + sign.charCodeAt(0)))
    .replace(/\u007f/g, '\u2421')
    .replace(/[\u0080-\u009f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/g, '\ufffd')
    .replace(/[\u{e0000}-\u{e007f}]/gu, '');
}

/** The same on one line. */
export function plainLine(text: string): string {
  return plainText(text).replace(/\s+/gu, ' ').trim();
}
